"""Fitted: all that training rows taught about drugs and profiles before a network is trained.

It is the ``world.npz`` of a bundle: catalog, graph, scalers, known names and the pairs seen.
"""

from dataclasses import dataclass

import numpy as np
import torch

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.errors import FormatError
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Study
from combo_dl.data.drug_scale import DrugScaler, fit_drug_scaler
from combo_dl.data.scale import ProfileScaler, fit_profile_scaler
from combo_dl.data.study_tensors import StudyTensors, study_tensors
from combo_dl.data.world import WorldTensors, world_tensors


@dataclass(frozen=True, kw_only=True)
class FittedStudy:
    """What was learned from one study.

    known: names of its training profiles, in order of their ids (empty for patients).
    pairs: int32[n, 2] ascending catalog ids of the pairs seen in training rows.
    triples: int32[n, 3] the same with the id of the profile (empty for patients).
    """

    scaler: ProfileScaler
    known: tuple[str, ...]
    pairs: np.ndarray
    triples: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Catalog and graph of the drugs of all studies, and what the training rows of each taught.

    known_drugs: int64[n] catalog ids of the drugs that stand in a training row, in order of their
    vectors in the network.
    """

    catalog: DrugCatalog
    graph: DrugGraph
    drugs: DrugScaler
    known_drugs: np.ndarray
    studies: dict[str, FittedStudy]

    def world(self) -> WorldTensors:
        """Tensors of the catalog's drugs."""
        return self.world_of(self.catalog, self.graph)

    def world_of(self, catalog: DrugCatalog, graph: DrugGraph) -> WorldTensors:
        """Tensors of other drugs; those with the name of a training drug get its vector."""
        names = {self.catalog.drugs.names[d]: i for i, d in enumerate(self.known_drugs.tolist())}
        return world_tensors(catalog, graph, scaler=self.drugs, known=names)

    def tensors(
        self, study: Study, *, world_ids: np.ndarray, columns: dict[str, tuple[str, ...]]
    ) -> StudyTensors:
        """Tensors of a study's rows, scaled as its training rows were."""
        part = self.studies[study.name]
        index = {name: i for i, name in enumerate(part.known)}
        known = np.array([index.get(n, -1) for n in study.profiles.ids.names], dtype=np.int64)
        return study_tensors(
            study, scaler=part.scaler, world_ids=world_ids, known_profiles=known, columns=columns
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays (no objects) for an npz file."""
        arrays = _prefixed("catalog", self.catalog.to_arrays())
        arrays |= _prefixed("graph", self.graph.to_arrays())
        arrays |= _prefixed("drug_scaler", self.drugs.to_arrays())
        arrays["known_drugs"] = self.known_drugs
        arrays["studies"] = text_array(sorted(self.studies))
        for name, part in self.studies.items():
            arrays |= _prefixed(f"study:{name}:scaler", part.scaler.to_arrays())
            own = {"known": text_array(part.known), "pairs": part.pairs, "triples": part.triples}
            arrays |= _prefixed(f"study:{name}", own)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Fitted":
        """The inverse of ``to_arrays``. Raises FormatError when parts are missing or do not fit."""
        studies = {}
        for name in take_text(arrays, "studies"):
            own = _under(f"study:{name}", arrays)
            studies[name] = FittedStudy(
                scaler=ProfileScaler.from_arrays(_under("scaler", own)),
                known=take_text(own, "known"),
                pairs=take(own, "pairs"),
                triples=take(own, "triples"),
            )
        made = cls(
            catalog=DrugCatalog.from_arrays(_under("catalog", arrays)),
            graph=DrugGraph.from_arrays(_under("graph", arrays)),
            drugs=DrugScaler.from_arrays(_under("drug_scaler", arrays)),
            known_drugs=take(arrays, "known_drugs"),
            studies=studies,
        )
        made._check_ids()
        return made

    def _check_ids(self) -> None:
        """Raise FormatError unless every id points at a drug, a gene, a bit or a profile."""
        drugs = len(self.catalog)
        _check("known drugs", self.known_drugs, drugs, width=None)
        bits = self.catalog.fingerprint.shape[1]
        _check("fingerprint columns", self.drugs.fingerprint.kept, bits, width=None)
        _check("target columns", self.drugs.target.kept, len(self.graph.targets), width=None)
        for name, part in self.studies.items():
            _check(f"pairs of {name}", part.pairs, drugs, width=2)
            _check(f"triples of {name}", part.triples[..., :2], drugs, width=2)


def fit(
    *,
    catalog: DrugCatalog,
    graph: DrugGraph,
    studies: list[Study],
    world_ids: dict[str, np.ndarray],
    rows: dict[str, np.ndarray],
    max_fields: int,
) -> Fitted:
    """Fit on the training ``rows`` (int64, a study each) and nothing else.

    world_ids: {study: int64[D] catalog id of each of its drugs}.
    """
    parts = {s.name: s.take(rows[s.name]) for s in studies}
    used = [world_ids[n][np.unique(p.combos.drugs[p.combos.present])] for n, p in parts.items()]
    known = np.unique(np.concatenate(used)).astype(np.int64)
    return Fitted(
        catalog=catalog,
        graph=graph,
        drugs=fit_drug_scaler(catalog, graph, known),
        known_drugs=known,
        studies={n: _fit_study(p, world_ids[n], max_fields=max_fields) for n, p in parts.items()},
    )


def _fit_study(part: Study, world_ids: np.ndarray, *, max_fields: int) -> FittedStudy:
    profile = part.combos.profile
    named = part.profiles.space == "cell_line"
    used = np.unique(profile[profile >= 0]) if named else np.zeros(0, np.int64)
    pairs, triples = _seen(part, world_ids)
    return FittedStudy(
        scaler=fit_profile_scaler(part.profiles, profile, max_fields=max_fields),
        known=tuple(part.profiles.ids.names[i] for i in used),
        pairs=pairs,
        triples=triples if named else np.zeros((0, 3), np.int32),
    )


def _seen(part: Study, world_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    drugs, profile = part.combos.drugs, part.combos.profile
    found = []
    for i in range(drugs.shape[1]):
        for j in range(i + 1, drugs.shape[1]):
            both = drugs[:, j] >= 0
            ids = np.sort(world_ids[drugs[both][:, [i, j]]], axis=1)
            found.append(np.concatenate([ids, profile[both, None]], axis=1))
    triples = np.unique(np.concatenate(found), axis=0) if found else np.zeros((0, 3), np.int64)
    pairs = np.unique(triples[:, :2], axis=0)
    return pairs.astype(np.int32), triples.astype(np.int32)


def known_profiles(table: ProfileTable, names: tuple[str, ...]) -> ProfileTable:
    """The rows of ``table`` with these names, in their order."""
    rows = table.ids.ids(names)
    return ProfileTable(
        space=table.space,
        ids=type(table.ids)(kind=table.ids.kind, names=names),
        fields=table.fields,
        number=table.number[rows],
        category=table.category[rows],
    )


def all_rows(tensors: StudyTensors) -> torch.Tensor:
    """Row ids of every row."""
    return torch.arange(len(tensors))


def _check(what: str, ids: np.ndarray, size: int, *, width: int | None) -> None:
    shape = ids.shape[1:] == (() if width is None else (width,)) and ids.ndim > 0
    if not shape or ids.dtype.kind != "i" or (ids.size and not 0 <= ids.min() <= ids.max() < size):
        raise FormatError(f"{what} are {ids.dtype}{ids.shape}; expected ids from 0 to {size - 1}")


def _prefixed(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{prefix}:{name}": array for name, array in arrays.items()}


def _under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    start = f"{prefix}:"
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
