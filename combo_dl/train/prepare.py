"""Steps 2 to 5 of a training: endpoints, split, scalers, catalog and graph, in that order."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.drug_table import (
    DRUGS_TABLE,
    Drug,
    oncology_drugs,
    parse_drugs,
    target_genes,
)
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import read_text
from combo_dl.core.names import normalise
from combo_dl.core.study import HOSPITAL, Provenance, Study
from combo_dl.data.fitted import Fitted, fit
from combo_dl.data.fold import Fold
from combo_dl.data.gene_meeting import GeneGraph
from combo_dl.data.label_edges import training_graph
from combo_dl.data.leakage_rows import as_sets
from combo_dl.data.splits import whole
from combo_dl.drugs.catalog import build_catalog, study_drugs
from combo_dl.drugs.graph import build_graph, read_target_edges
from combo_dl.drugs.interactions import interaction_edges
from combo_dl.drugs.request import own_drugs
from combo_dl.nn.build import NetworkSpec, build_network, build_part
from combo_dl.nn.dimensions import Dimensions, ProfileDimensions
from combo_dl.train.gene_graph import gene_graph, origin_of_pairs
from combo_dl.train.network_checks import check_curves, check_genes, check_names
from combo_dl.train.settings import TrainSettings
from combo_dl.train.sizes import column_names

_ROWS = 8192  # of a wide label, looked at together


@dataclass(frozen=True, kw_only=True)
class DrugWorld:
    """The drugs of all studies. ids: {study: int64[D] catalog id of each of its drugs}.
    edge_sources: {name: where relations among drugs or among genes come from}.  genes: where
    fields of genes meet drugs, None = nowhere."""

    catalog: DrugCatalog
    graph: DrugGraph
    ids: dict[str, np.ndarray]
    edge_sources: dict[str, Provenance] = field(default_factory=dict)
    genes: GeneGraph | None = None

    def identity(self, study: Study) -> tuple[str, ...]:
        """InChIKey first block of each drug of a study."""
        keys = self.catalog.inchikey14
        return tuple(keys[i] for i in self.ids[study.name])

    def training_graph(self, rows: dict[str, np.ndarray], studies: list[Study]) -> DrugGraph:
        """The graph without edges that carry a label of ``studies`` or join a pair of a row that
        is not among the training ``rows`` of each."""
        return training_graph(
            self.graph,
            identity=self.catalog.inchikey14,
            studies=studies,
            world_ids=self.ids,
            rows=rows,
        )


def drug_world(studies: list[Study], settings: TrainSettings) -> DrugWorld:
    """Catalog and graph of the drugs of ``studies``; structures and targets are the catalogue's."""
    table = oncology_drugs()
    for study in studies:
        table = table.extended(_own_drugs(study))
    if settings.drugs is not None:
        table = own_drugs(read_drugs(settings.drugs), table=table)
    found: dict[str, Drug] = {}
    for study in studies:
        for drug in study_drugs(study.drugs.names, study.smiles, table=table):
            found.setdefault(drug.name, drug)
    drugs = [found[name] for name in sorted(found)]
    catalog = build_catalog(drugs)
    # A user's own drug may bind a gene that no drug of the catalogue does.
    targets = tuple(sorted({*target_genes(), *(gene for drug in drugs for gene in drug.targets)}))
    edges = None
    if settings.string_edges is not None:
        edges = read_target_edges(settings.string_edges, targets=targets)
    known = None if settings.interactions is None else settings.interactions()
    graph = build_graph(
        drugs,
        targets=targets,
        target_edges=edges,
        target_edge_source="string",
        drug_edges=None
        if known is None
        else interaction_edges(
            known, names=catalog.drugs.names, identity=catalog.inchikey14, table=table
        ),
        drug_edge_source="" if known is None else known.name,
    )
    ids = {s.name: catalog.drugs.ids(s.drugs.names).astype(np.int64) for s in studies}
    sources = {} if known is None else {known.name: known.provenance}
    genes = gene_graph(studies, targets, settings)
    sources |= origin_of_pairs(settings)
    return DrugWorld(
        catalog=catalog,
        graph=graph,
        ids=ids,
        edge_sources=sources,
        genes=genes,
    )


def _own_drugs(study: Study) -> tuple[Drug, ...]:
    """What a study itself says of drugs that the catalogue lacks: that one is radiation, say."""
    if DRUGS_TABLE not in study.tables:
        return ()
    return parse_drugs(study.tables[DRUGS_TABLE].to_pandas().to_csv(index=False))


def read_drugs(path: Path) -> tuple[Drug, ...]:
    """A user's own table of drugs. Raises SourceError or InputError."""
    return parse_drugs(read_text(path, what="table of drugs"))


def check_endpoints(studies: list[Study], settings: TrainSettings) -> None:
    """Raise ConfigError when no study has an endpoint, naming the labels that there are, and
    InputError when none has a value of it, a risk has events alone or none, or a survival has a
    horizon after its last event."""
    labels = sorted({label for s in studies for label in s.combos.labels})
    for endpoint in settings.endpoints.values():
        if not any(all(c in s.combos.labels for c in endpoint.columns) for s in studies):
            raise ConfigError(
                f"endpoint {endpoint.name!r} needs {', '.join(endpoint.columns)}; "
                f"the studies {', '.join(s.name for s in studies)} have {', '.join(labels)}"
            )
        if not any(_measured(s, endpoint) for s in studies):
            raise InputError(
                f"endpoint {endpoint.name!r} has no measured value in any row; "
                f"{', '.join(endpoint.columns)} must hold numbers"
            )
        if endpoint.is_risk:
            _check_classes(studies, endpoint)
        if endpoint.is_survival:
            _check_horizon(studies, endpoint)


def _check_horizon(studies: list[Study], endpoint: Endpoint) -> None:
    """Survival is learned up to the last event: beyond it, it would be made up."""
    labels = [s.combos.labels[c] for s in studies for c in endpoint.columns if c in s.combos.labels]
    days = [label[label[:, 1] > 0, 0].max(initial=0.0) for label in labels if label.shape[1] > 1]
    last, horizon = max(days, default=0.0), endpoint.horizon_days or 0.0
    if days and last < horizon:
        raise InputError(
            f"endpoint {endpoint.name!r} counts survival to day {horizon:g} (horizon_days), but "
            f"the last event of the studies is on day {last:g}; say endpoint.{endpoint.name}."
            f"horizon_days={int(last)} or less"
        )


def _check_classes(studies: list[Study], endpoint: Endpoint) -> None:
    found: set[float] = set()
    for study in studies:
        for label in (study.combos.labels[c] for c in endpoint.columns if c in study.combos.labels):
            for start in range(0, len(label), _ROWS):
                part = label[start : start + _ROWS]
                found |= {0.0} if (part < 1).any() else set()
                found |= {1.0} if (part > 0).any() else set()
                if len(found) == 2:
                    return
    raise InputError(
        f"all observed labels of the risk {endpoint.name!r} are {found.pop():g}; expected both 0 "
        f"and 1 in {', '.join(endpoint.columns)}: bring rows without the event, and with it"
    )


def _measured(study: Study, endpoint: Endpoint) -> bool:
    labels = [study.combos.labels[c] for c in endpoint.columns if c in study.combos.labels]
    parts = (label[i : i + _ROWS] for label in labels for i in range(0, len(label), _ROWS))
    return any(bool((~np.isnan(part)).any()) for part in parts)


def check_parts(studies: list[Study], settings: TrainSettings) -> None:
    """Build the network without memory or data. Raises ConfigError where a part cannot be built.

    It stands before anything is written: a folder that a faulty setting has claimed would refuse
    the mended one.
    """
    _check_drugs(settings.network)
    check_names([s.name for s in studies], settings.network)
    check_curves(studies, settings.network)
    check_genes(studies, settings.network)
    profile = ProfileDimensions(components=1, levels=(), known=1)
    dims = Dimensions(
        fingerprint=1,
        target=1,
        classes=1,
        known_drugs=1,
        graph_targets=1,
        relations=(),
        profiles={study.name: profile for study in studies},
        columns={n: column_names(studies, e) for n, e in settings.endpoints.items()},
    )
    with torch.device("meta"):
        build_network(settings.network, dims)
        build_part("objective", settings.objective, {})


def _check_drugs(network: NetworkSpec) -> None:
    """Raise ConfigError on a network that would see every drug as the same one."""
    tokens = [network.model.get(token) for token in ("ids", "targets", "classes")]
    alone = str(network.relation.get("_target_", "")).endswith(".NoRelation")
    looked_at = (*tokens, network.molecule, network.components, network.effects)
    if alone and not any(looked_at):
        raise ConfigError(
            "the network knows nothing of a drug: molecule is empty and model.ids, targets and "
            "classes are false; choose one of them, such as molecule=[fingerprint]"
        )


def chosen_folds(study: Study, world: DrugWorld, settings: TrainSettings) -> list[Fold]:
    """The folds that ``settings.folds`` names. Raises ConfigError on a number that is not there."""
    made = settings.split.folds(study, world.identity(study))
    if settings.folds == "all":
        return made
    if settings.folds == "none":
        return [whole(made)]
    known = {str(k): fold for k, fold in enumerate(made)}
    asked = [part.strip() for part in settings.folds.split(",")]
    if len(set(asked)) != len(asked):
        raise ConfigError(f"folds is {settings.folds!r}; name each fold once")
    for part in asked:
        if part not in known:
            raise ConfigError(
                f"folds is {settings.folds!r}; expected all, none, or numbers "
                f"from 0 to {len(made) - 1} such as 1 or [0,2]"
            )
    return [known[part] for part in asked]


def companion_rows(
    first: Study, held_out: np.ndarray, other: Study, world: DrugWorld
) -> np.ndarray:
    """Rows of another study that may train while ``held_out`` rows of the first are not seen.

    Left out: every row with a set of drugs, a drug or a profile that stands in held-out rows only,
    and every row with a set of drugs in a profile that is held out. Of patients, every row of a
    hospital that has held-out rows: the same people may be in two studies, under no common name.
    """
    kept = np.ones(len(first), bool)
    kept[held_out] = False
    allowed = np.ones(len(other), bool)
    for mine, theirs in zip(*_keys(first, other, world), strict=True):
        hidden = np.setdiff1d(mine[~kept], mine[kept])
        allowed &= ~np.isin(theirs, hidden[hidden >= 0]).any(axis=1)
    if HOSPITAL in first.columns and HOSPITAL in other.columns:
        allowed &= ~np.isin(other.columns[HOSPITAL], first.columns[HOSPITAL][~kept])
    return np.flatnonzero(allowed)


def _keys(first: Study, other: Study, world: DrugWorld) -> tuple[list, list]:
    """int64[N, ·] ids of each row of both studies: its drugs, its profile, its set of drugs, and
    that set in that profile. Drugs go by identity, profiles by their normalised names."""
    studies = (first, other)
    drugs, profiles = [world.identity(s) for s in studies], [_profile_keys(s) for s in studies]
    drug_of = {k: i for i, k in enumerate(sorted({*drugs[0], *drugs[1]}))}
    profile_of = {k: i for i, k in enumerate(sorted({*profiles[0], *profiles[1]}))}
    width = max(s.combos.drugs.shape[1] for s in studies)
    found = []
    for study, identity, names in zip(studies, drugs, profiles, strict=True):
        ids = np.array([drug_of[k] for k in identity] + [-1])[study.combos.drugs]
        ids = np.pad(ids, ((0, 0), (0, width - ids.shape[1])), constant_values=-1)
        at = np.array([profile_of[k] for k in names] + [-1])[study.combos.profile]
        # Two names of one structure in a row are one drug of its set.
        found.append((ids, at[:, None], as_sets(ids)))
    sets = _numbered([f[2] for f in found])
    both = _numbered([np.concatenate([s, f[1]], axis=1) for s, f in zip(sets, found, strict=True)])
    left, right = ([f[0], f[1], s, b] for f, s, b in zip(found, sets, both, strict=True))
    return left, right


def _profile_keys(study: Study) -> list[str]:
    return [normalise(name) for name in study.profiles.ids.names]


def _numbered(parts: list[np.ndarray]) -> list[np.ndarray]:
    """int64[N, 1] a part: equal rows have equal numbers, also between parts."""
    place = np.unique(np.concatenate(parts), axis=0, return_inverse=True)[1].reshape(-1, 1)
    return np.split(place, np.cumsum([len(p) for p in parts])[:-1])


def training_rows(
    rows: np.ndarray, *, studies: list[Study], world: DrugWorld
) -> dict[str, np.ndarray]:
    """{study: rows that train} when ``rows`` of the first study do."""
    first = studies[0]
    held_out = np.setdiff1d(np.arange(len(first)), rows)
    chosen = {s.name: companion_rows(first, held_out, s, world) for s in studies[1:]}
    return {first.name: rows} | chosen


def fitted_on(
    rows: dict[str, np.ndarray], *, studies: list[Study], world: DrugWorld, settings: TrainSettings
) -> Fitted:
    """Fit scalers on the training ``rows``.

    The graph loses every relation that comes from a study's own labels (a label is never an input)
    and every edge between drugs that stand together in a row that does not train.
    """
    return fit(
        catalog=world.catalog,
        graph=world.training_graph(rows, studies),
        studies=studies,
        world_ids=world.ids,
        rows=rows,
        max_fields=settings.max_fields,
        components=settings.network.components,
        effects=settings.network.effects,
        genes=world.genes,
    )
