"""The typed top level of each command: a stray key or a value of the wrong type fails at once."""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

# A part of the model, a study, a trainer: its class or function under ``_target_``, then its knobs.
Part = dict[str, Any]


@dataclass(kw_only=True)
class PathsConfig:
    """Folders: where source data lie and where results go."""

    data: str = MISSING
    out: str = MISSING


@dataclass(kw_only=True)
class TrialConfig:
    """The trial of a search that a training belongs to; a sweep sets it, people leave it null."""

    storage: str | None = None
    study: str | None = None
    id: int | None = None


@dataclass(kw_only=True)
class TrainConfig:
    """Settings of ``train`` and ``sweep``; what there may be many of is kept by name.

    Values are in ``configs/train.yaml`` and not here: the schema of ``evaluate`` comes after an
    experiment, whose settings a value here would undo.
    """

    data: dict[str, Any] = field(default_factory=dict)
    split: Part = field(default_factory=dict)
    model: Part = field(default_factory=dict)
    molecule: Part = field(default_factory=dict)
    relation: Part = field(default_factory=dict)
    profile: Part = field(default_factory=dict)
    response: Part = field(default_factory=dict)
    genes: Part = field(default_factory=dict)
    kernel: Part = field(default_factory=dict)
    fusion: Part = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    endpoint: dict[str, Any] = field(default_factory=dict)
    objective: Part = field(default_factory=dict)
    trainer: Part = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    logger: dict[str, Any] = field(default_factory=dict)
    paths: PathsConfig = field(default_factory=PathsConfig)
    # all, none, one fold or a list of folds
    folds: Any = MISSING
    seeds: int = MISSING
    seed: int = MISSING
    out: str = MISSING
    # result folder of the same settings on held-out folds, or a list of them, for the card of a
    # bundle with folds=none
    scores_from: Any = MISSING
    # result folders of the same settings on held-out rows of one split or several, whose test rows
    # calibrate a bundle with folds=none
    calibrate_from: list[str] = MISSING
    # the same, in the place of calibrate_from for the mean days of survival
    calibrate_days_from: list[str] = MISSING
    # {study: share of its batches that an epoch shows}; 1 where a study is not named
    shares: Any = MISSING
    # own table of drugs (name, smiles, targets, modality), before the package's catalogue
    drugs: str | None = MISSING
    # what a search minimises: val_error, val_error_<endpoint>, weights; several = no pruning
    optimise: list[str] = MISSING
    trial: TrialConfig = field(default_factory=TrialConfig)


@dataclass(kw_only=True)
class EvaluateConfig(TrainConfig):
    """Settings of ``evaluate``: those of ``train``, and the baselines beside the model; or a
    ``bundle``, scored on a study that it never saw, by its endpoint ``against``."""

    baselines: list[str] = MISSING
    # scores: labels of held-out rows; rct_contrasts: contrasts of arms of held-out trials
    protocol: str = MISSING
    bundle: str | None = None
    against: str | None = None
    # an attack on the networks too: can it be told who was learned from
    membership: bool = MISSING


@dataclass(kw_only=True)
class PredictConfig:
    """Settings of ``predict``. ``level``: share of outcomes between low and high, in (0, 1).
    ``spearman``: correlation of times under single drugs that the nulls of survival assume.
    ``first_scan_days``: beyond which times add under the additive one; null for none.
    ``bundle``: a folder, or a list of folders that each predict their own endpoints."""

    bundle: Any = MISSING
    rows: str = MISSING
    out: str = MISSING
    profiles: str | None = None
    drugs: str | None = None
    monotherapy: str | None = None
    level: float = MISSING
    spearman: float = MISSING
    first_scan_days: float | None = MISSING
    allow_missing_fields: bool = MISSING
    study: str | None = None
    effects: list[str] | None = None
    device: str = MISSING


@dataclass(kw_only=True)
class ExplainConfig:
    """Settings of ``explain``; see ``combo_dl.infer.explain.explain``. rows: a file, or a result
    folder of ``screen``, of which at most ``most`` rows are explained."""

    bundle: str = MISSING
    rows: str = MISSING
    out: str = MISSING
    column: str | None = None
    profiles: str | None = None
    drugs: str | None = None
    allow_missing_fields: bool = MISSING
    most: int = MISSING
    nearest: int = MISSING
    most_fields: int | None = None
    nodes: int = MISSING


@dataclass(kw_only=True)
class ScreenConfig:
    """Settings of ``screen``; see ``combo_dl.screen.settings.RankSettings``. drugs, profiles: a
    file (CSV), a list of names, or null; drugs also ``trained``.  size: a number or a range such
    as 2..3."""

    bundle: str = MISSING
    out: str = MISSING
    maximise: str = MISSING
    size: Any = MISSING
    top: int = MISSING
    drugs: Any = None
    profiles: Any = None
    # {column: number}; null, not {}, which would take no new key
    limit: Any = None
    weights: Any = None
    harm: str | None = None
    groups: str | None = None
    contraindicated: str | None = None
    approved: bool = MISSING
    other_targets: bool = MISSING
    most_new: int | None = None
    seen_pairs: bool = MISSING
    most_per_drug: int | None = None
    level: float = MISSING
    allow_missing_fields: bool = MISSING
    keep_scores: bool = MISSING
    block_rows: int = MISSING
    engine: str = MISSING
    workers: int = MISSING
    device: str = MISSING
    precision: str = MISSING


@dataclass(kw_only=True)
class ServeConfig:
    """Settings of ``serve``: which bundles, where it listens, and how large an upload may be.
    ``bundle``: a folder, or a list of folders that each predict their own endpoints."""

    bundle: Any = MISSING
    address: str = MISSING
    port: int = MISSING
    most_uploaded_mib: int = MISSING


@dataclass(kw_only=True)
class InspectConfig:
    """Settings of ``inspect``: one of bundle, study, data; ``leakage`` audits the last two,
    ``profile`` holds a table of profiles against a bundle or the contract of patients' fields."""

    bundle: str | None = None
    study: str | None = None
    # where to write the bundle's named profiles, as a model for one's own
    profiles: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    # the word ``leakage`` on the command line; split: what is audited, else all a study brings
    leakage: bool = MISSING
    # the word ``profile`` on the command line, and the table that it is about
    check_profile: bool = MISSING
    rows: str | None = None
    split: Part = field(default_factory=dict)
    # known interactions that a training would have as edges, for the audit
    relation: Part = field(default_factory=dict)
    paths: PathsConfig = field(default_factory=PathsConfig)


@dataclass(kw_only=True)
class CohortConfig:
    """Settings of ``cohort``: a protocol, the rules of lines and a source of records, each checked
    by its own type; ``threshold``: the smallest count that is exported, 11 or more."""

    protocol: Part = field(default_factory=dict)
    lines: Part = field(default_factory=dict)
    source: Part = field(default_factory=dict)
    paths: PathsConfig = field(default_factory=PathsConfig)
    out: str = MISSING
    codes: str | None = None
    regimens: str | None = None
    molecular: Part | None = None
    threshold: int = MISSING


# Settings of ``report``. Made by hand: ``from`` is a keyword, so a class body cannot hold it.
# from: a result folder of evaluate or a list of them; out: the page;
# pictures: a folder for its plots.
ReportConfig: type = dataclass(init=False, repr=False, eq=False)(
    type(
        "ReportConfig",
        (),
        {
            "__annotations__": {"from": Any, "out": str, "pictures": str | None},
            "__module__": __name__,
        },
    )
)


# Settings of ``export``, made by hand as those of ``report``. from: result folders that leave
# together; study: the folder of the study that a bundle learned from; membership: what an attack on
# the bundle's settings found; threshold: the smallest count that leaves, 11 or more.
ExportConfig: type = dataclass(init=False, repr=False, eq=False)(
    type(
        "ExportConfig",
        (),
        {
            "__annotations__": {
                "from": Any,
                "out": str,
                "study": str | None,
                "membership": str | None,
                "threshold": int,
            },
            "__module__": __name__,
        },
    )
)


def first_name(named: DictConfig) -> str:
    """First name of a group of many: the default of ``out`` is called after the first study."""
    return str(next(iter(named), "run"))


def register() -> None:
    """Make schemas and the ``first_name`` resolver known to Hydra; again does no harm."""
    store = ConfigStore.instance()
    store.store(name="train_schema", node=TrainConfig)
    store.store(name="evaluate_schema", node=EvaluateConfig)
    store.store(name="predict_schema", node=PredictConfig)
    store.store(name="explain_schema", node=ExplainConfig)
    store.store(name="screen_schema", node=ScreenConfig)
    store.store(name="cohort_schema", node=CohortConfig)
    store.store(name="serve_schema", node=ServeConfig)
    store.store(name="inspect_schema", node=InspectConfig)
    store.store(name="report_schema", node=ReportConfig)
    store.store(name="export_schema", node=ExportConfig)
    OmegaConf.register_new_resolver("first_name", first_name, replace=True)
