"""``train``: studies and settings in, bundles and scores out, continued from where it stopped."""

import csv
import fcntl
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np

from combo_dl.core.drug_graph import DRUG_DRUG
from combo_dl.core.errors import ComboError, ConfigError
from combo_dl.core.files import digest_of, read_json, sha256, write_json, write_text
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.core.study_files import study_digest
from combo_dl.train import pool
from combo_dl.train.bundle_writer import Laws, versions, write_bundle
from combo_dl.train.callbacks import Report
from combo_dl.train.days import check_days_from, days_laws, keep_days
from combo_dl.train.held_out import keep_held_out, read_held_out
from combo_dl.train.member import fit_member
from combo_dl.train.prepare import check_endpoints, check_parts, chosen_folds, drug_world
from combo_dl.train.progress import Teller, shown
from combo_dl.train.results import MEAN, fold_calibrations, fold_scores, with_means
from combo_dl.train.risks import keep_risks, risk_laws
from combo_dl.train.settings import TrainSettings
from combo_dl.train.stage import check_machine
from combo_dl.train.work import Work


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """value: mean over members of the least validation error (standardised; to be minimised), None
    for a pruned trial.  scores: one row a fold and endpoint, and means.  bundles: folders.
    objectives: {name: mean over members} of what a search may minimise: ``val_error``, its part of
    each endpoint (``val_error_<endpoint>``) and the number of ``weights``."""

    value: float | None
    folder: Path
    scores: list[dict]
    bundles: tuple[Path, ...] = ()
    objectives: dict[str, float] = field(default_factory=dict)


def prepare(settings: TrainSettings, studies: list[Study]) -> Work:
    """Check settings against data, split, and build the drugs. Raises ConfigError, InputError."""
    settings.validate()
    names = [s.name for s in studies]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two studies have the name {name!r}; give each its own")
    _check_shares(names, settings)
    check_endpoints(studies, settings)
    check_parts(studies, settings)
    world = drug_world(studies, settings)
    return Work(
        settings=settings,
        studies=studies,
        world=world,
        folds=chosen_folds(studies[0], world, settings),
    )


def _check_shares(names: list[str], settings: TrainSettings) -> None:
    for name in settings.shares.keys() - set(names):
        raise ConfigError(
            f"shares names the study {name!r}, which is not in data; {hint(name, names)}"
        )


def train(
    settings: TrainSettings, studies: list[Study], *, on_validation: Report | None = None
) -> TrainResult:
    """Fit every member that is not there yet, write a bundle a fold and the table of scores.

    on_validation: told (epoch, error) of the first member; True = prune. Raises ComboError.
    """
    work = prepare(settings, [s.validate() for s in studies])
    check_machine(settings.fit, tensorboard=settings.tensorboard)
    borrowed = _borrowed(work)
    with _locked(settings.out):
        _claim(work)
        if not _fit_members(work, on_validation):
            return TrainResult(value=None, folder=settings.out, scores=[])
        return _finish(work, borrowed)


def _jobs(work: Work) -> list[tuple[int, int]]:
    """(fold, seed) of the members to fit; the first seeds come first, since others follow them."""
    every = [(f, s) for s in range(work.settings.seeds) for f in range(len(work.folds))]
    return [j for j in every if not (work.folder(*j) / "member.json").is_file()]


def _fit_members(work: Work, report: Report | None) -> bool:
    jobs = _jobs(work)
    if not jobs:
        return True
    with shown(len(jobs)) as teller:
        if work.settings.fit.workers > 1 and report is None and len(jobs) > 1:
            for wave in ([j for j in jobs if j[1] == 0], [j for j in jobs if j[1] > 0]):
                if wave:
                    pool.fit_all(work, wave, teller)
            return True
        return _one_by_one(work, jobs, teller, report)


def _one_by_one(
    work: Work, jobs: list[tuple[int, int]], teller: Teller, report: Report | None
) -> bool:
    for fold, seed in jobs:
        teller.member(f"{work.folds[fold].name} seed {seed}")
        first = (fold, seed) == (0, 0)
        if not fit_member(work, fold, seed, report=report if first else None, tell=teller.epoch):
            return False
        teller.done()
    return True


def _finish(work: Work, borrowed: list[dict]) -> TrainResult:
    settings = work.settings
    rows = [row for fold in range(len(work.folds)) for row in fold_scores(work, fold)]
    table = with_means(rows)
    errors, objectives, bundles = [], [], []
    for fold, part in enumerate(work.folds):
        members = [read_json(work.folder(fold, s) / "member.json") for s in range(settings.seeds)]
        errors += [min(m["errors"]) for m in members if m["errors"]]
        objectives += [m["objectives"] for m in members if m.get("objectives")]
        folder = settings.out / ("bundle" if len(work.folds) == 1 else f"bundle_{part.name}")
        own = [row for row in rows if row["fold"] == part.name] or borrowed
        laws = Laws(
            columns=fold_calibrations(work, fold, networks=settings.seeds),
            risks=risk_laws(work, fold),
            days=days_laws(work, fold, networks=settings.seeds),
        )
        write_bundle(work, fold, folder, scores=_defined(own), laws=laws)
        bundles.append(folder)
    if table:
        write_text(settings.out / "scores.csv", _csv(table))
        keep_held_out(work, settings.out)
        keep_risks(work, settings.out)
        keep_days(work, settings.out)
    value = float(np.mean(errors)) if errors else float("nan")
    kept = {"value": value if errors else None, "scores": _defined(table)}
    write_json(settings.out / "result.json", kept)
    names = objectives[0] if objectives else {}
    return TrainResult(
        value=value,
        folder=settings.out,
        scores=table,
        bundles=tuple(bundles),
        objectives={n: float(np.mean([o[n] for o in objectives])) for n in names},
    )


def _borrowed(work: Work) -> list[dict]:
    """Scores of the same settings on held-out folds. Raises ConfigError when they were others."""
    for setting in ("calibrate_from", "calibrate_days_from"):
        for other in getattr(work.settings, setting):
            # How rows are held apart is what such folders differ in; how networks are fitted, not.
            _check_same(work, other, setting, but={"rows", "split"})
            read_held_out(other)
    check_days_from(work)
    folders, rows = work.settings.scores_from, []
    for folder in folders:
        _check_same(work, folder, "scores_from", but={"rows", "split"})
        found = read_json(folder / "result.json")["scores"]
        # Of several folders the means, under their names: they hold out other things.
        if len(folders) > 1:
            means = [r for r in found if r["fold"] == MEAN] or found  # one fold has no mean
            found = [r | {"fold": folder.name} for r in means]
        rows += found
    return rows


def _check_same(work: Work, folder: Path, setting: str, *, but: set[str]) -> None:
    """Raise ConfigError unless the training in ``folder`` had the same settings, ``but`` some."""
    found, own = read_json(folder / "run.json").get("identity", {}), identity_of(work)
    compared = (own.keys() | found.keys()) - but
    changed = sorted(k for k in compared if own.get(k) != found.get(k))
    if changed:
        raise ConfigError(
            f"{setting}={folder} was trained with other settings ({', '.join(changed)}); "
            "its held-out rows say nothing of this training"
        )


def _defined(rows: list[dict]) -> list[dict]:
    """Rows for JSON, which has no NaN: a score that is not defined (AUROC of one class) is None."""
    return [{k: None if v != v else v for k, v in row.items()} for row in rows]


def _csv(rows: list[dict]) -> str:
    buffer = io.StringIO()
    names = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(buffer, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _lock_file(out: Path) -> TextIO:
    try:
        out.mkdir(parents=True, exist_ok=True)
        return (out / ".lock").open("w")
    except OSError as error:
        raise ComboError(
            f"cannot write results to {out}: {error.strerror or error}; give out=FOLDER, a folder "
            "that is there or can be made"
        ) from error


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold ``out`` against a second run; the lock goes when the process does, however it ends."""
    with _lock_file(out) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ComboError(
                f"another run is writing to {out}; wait for it, or choose another out"
            ) from error
        yield


def _claim(work: Work) -> None:
    """Write or check ``run.json``: a folder has one configuration, since members are kept."""
    identity = identity_of(work)
    kept = work.settings.out / "run.json"
    if kept.is_file():
        found = read_json(kept).get("identity", {})
        changed = sorted(
            k for k in identity.keys() | found.keys() if identity.get(k) != found.get(k)
        )
        if changed:
            raise ConfigError(
                f"{work.settings.out} holds a training with other settings ({', '.join(changed)}); "
                "choose another out, or delete that folder"
            )
    _keep_results(work)
    record = {"identity": identity, "config": work.settings.config, "versions": versions()}
    write_json(kept, record)


def _keep_results(work: Work) -> None:
    """Raise ConfigError where results of a fold would be replaced by those of others."""
    cards = [read_json(path) for path in sorted(work.settings.out.glob("bundle*/card.json"))]
    found = {str(card.get("split", {}).get("fold")) for card in cards}
    if lost := found - {part.name for part in work.folds}:
        raise ConfigError(
            f"{work.settings.out} holds the results of {', '.join(sorted(lost))}, which folds="
            f"{work.settings.folds} would replace; choose another out, or name those folds too"
        )


def _row_digest(study: Study) -> str:
    """Digest of what splits go by: replicates, and columns such as published folds."""
    columns = [part for n in sorted(study.columns) for part in (n, study.columns[n].tobytes())]
    return digest_of(study.combos.group.tobytes(), *columns)


def _interactions_digest(work: Work) -> str:
    """Digest of the known interactions among the drugs, before any is left out."""
    graph = work.world.graph
    return digest_of(graph.source[DRUG_DRUG], graph.edges[DRUG_DRUG].tobytes())


def _gene_pairs(settings: TrainSettings) -> dict:
    """The digest of the pairs of genes, where they are read."""
    path, told = settings.gene_edges, settings.network.genes_told
    return {"gene_edges": sha256(path)} if path and told == "neighbours" else {}


def identity_of(work: Work) -> dict:
    """What decides the numbers of a member: one digest a group of settings."""
    settings = work.settings
    fit = asdict(settings.fit)
    for key in ("workers", "checkpoint_epochs"):
        del fit[key]
    edges = settings.string_edges
    named = {
        "endpoint": {n: e.to_json() for n, e in settings.endpoints.items()},
        "network": settings.network.to_plain(),
        "objective": settings.objective,
        "trainer": fit,
        "split": repr(settings.split),
        "seed": settings.seed,
        "max_fields": settings.max_fields,
        "kernel": None if settings.kernel is None else asdict(settings.kernel),
        "string_edges": sha256(edges) if edges else None,
        **({"interactions": _interactions_digest(work)} if settings.interactions else {}),
        **({"drugs": sha256(settings.drugs)} if settings.drugs else {}),
        **_gene_pairs(settings),
        **({"shares": settings.shares} if settings.shares else {}),
        "data": {s.name: study_digest(s) for s in work.studies},
        "rows": {s.name: _row_digest(s) for s in work.studies},
    }
    return {name: digest_of(json.dumps(value, sort_keys=True)) for name, value in named.items()}
