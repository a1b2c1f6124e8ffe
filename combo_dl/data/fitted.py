"""Fitted: all that training rows taught about drugs and profiles before a network is trained.

It is the ``world.npz`` of a bundle: catalog, graph, scalers, known names and the pairs seen.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.errors import FormatError
from combo_dl.core.monotherapy import Curves
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Study
from combo_dl.data.batch import CURVE, GENES
from combo_dl.data.drug_scale import DrugScaler, fit_drug_scaler
from combo_dl.data.fitted_study import (
    FittedStudy,
    fit_study,
    prefixed,
    profile_response,
    relative_doses,
    study_arrays,
    study_from_arrays,
    under,
    with_curves,
    with_effects,
)
from combo_dl.data.gene_meeting import GeneGraph
from combo_dl.data.study_tensors import StudyTensors, study_tensors
from combo_dl.data.world import WorldTensors, world_tensors


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

    def world_of(
        self, catalog: DrugCatalog, graph: DrugGraph, curves: dict[str, Curves] | None = None
    ) -> WorldTensors:
        """Tensors of other drugs; those that are a training drug get its vector.

        curves: {study: single-drug curves of these drugs}; where not given, those of the study.
        """
        vector = {d: i for i, d in enumerate(self.known_drugs.tolist())}
        same = self.same_drugs(catalog).tolist()
        own = zip(catalog.drugs.names, same, strict=True)
        names = {name: vector[d] for name, d in own if d in vector}
        return world_tensors(
            catalog,
            graph,
            scaler=self.drugs,
            known=names,
            response=self._response(catalog.drugs.names, same, curves or {}),
        )

    def same_drugs(self, catalog: DrugCatalog) -> np.ndarray:
        """int64[D]: id in the own catalog of each drug of another one, -1 for a drug it lacks.

        A drug is the same by its name, unless the structures differ; under another name it is the
        same by its structure (first block of the InChIKey), where only one drug has that.
        """
        if catalog is self.catalog:
            return np.arange(len(catalog))
        owners: dict[str, list[int]] = {}
        for i, key in enumerate(self.catalog.inchikey14):
            owners.setdefault(key, []).append(i)
        found = []
        for name, key in zip(catalog.drugs.names, catalog.inchikey14, strict=True):
            own = self.catalog.drugs.get(name)
            # Without a structure of its own, a drug that is named as a known one is that one.
            if own >= 0 and (key.startswith("name:") or self.catalog.inchikey14[own] == key):
                found.append(own)
            else:
                same = owners.get(key, []) if key and own < 0 else []
                found.append(same[0] if len(same) == 1 else -1)
        return np.array(found, dtype=np.int64)

    def _response(
        self, drugs: tuple[str, ...], same: list[int], curves: dict[str, Curves]
    ) -> np.ndarray:
        """float32[D, R]: vectors of the single-drug curves and of the side effects that drugs have
        alone, of each study, side by side. ``same``: ids of the drugs in the own catalog."""
        # Effects are those of a drug of the studies, whatever it is called here.
        own = tuple(self.catalog.drugs.names[d] if d >= 0 else "" for d in same)
        parts = [np.zeros((len(drugs), 0), np.float32)]
        for name in sorted(self.studies):
            study = self.studies[name]
            if study.response is not None and study.curves is not None:
                known = curves.get(name, study.curves)
                parts.append(study.response.drug_vectors(known, drugs))
            if study.effects is not None and study.single is not None:
                parts.append(study.effects.drug_vectors(study.single, own))
        return np.concatenate(parts, axis=1)

    @property
    def response_width(self) -> int:
        """R, length of what is known of a drug alone (curves, side effects); 0 where neither is
        used."""
        used = [p for s in self.studies.values() for p in (s.response, s.effects) if p is not None]
        return sum(part.width for part in used)

    @property
    def has_curves(self) -> bool:
        """Whether single-drug curves are used."""
        return any(s.response is not None for s in self.studies.values())

    def vector_ids(self) -> np.ndarray:
        """int64 of each drug of the catalog: the id of its vector in the network, -1 without."""
        vector = np.full(len(self.catalog), -1, np.int64)
        vector[self.known_drugs] = np.arange(len(self.known_drugs))
        return vector

    def known_pairs(self) -> np.ndarray:
        """int64[n, 2]: the pairs of training drugs of all studies, ascending ids of vectors."""
        vector = self.vector_ids()
        pairs = [vector[part.pairs] for part in self.studies.values()]
        return np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0).astype(np.int64)

    def tensors(
        self,
        study: Study,
        *,
        world_ids: np.ndarray,
        columns: dict[str, tuple[str, ...]],
        drugs: tuple[str, ...] | None = None,
        curves: Curves | None = None,
        panel: Curves | None = None,
        graph: DrugGraph | None = None,
    ) -> StudyTensors:
        """Tensors of a study's rows, scaled as its training rows were.

        drugs, curves, graph: names of the world's drugs, their single-drug curves and their
        targets, where they are not those of the training.  panel: single-drug curves of the
        training's drugs, which describe profiles whatever drugs are asked of them, where they are
        not those of the training.
        """
        part = self.studies[study.name]
        index = {name: i for i, name in enumerate(part.known)}
        known = np.array([index.get(n, -1) for n in study.profiles.ids.names], dtype=np.int64)
        return study_tensors(
            study,
            scaler=part.scaler,
            world_ids=world_ids,
            known_profiles=known,
            columns=columns,
            told=self._told(
                study,
                drugs or self.catalog.drugs.names,
                curves or part.curves,
                self.graph if graph is None else graph,
                # In training no other drug is read, and there may be thousands.
                world_ids[np.unique(study.combos.drugs[study.combos.present])]
                if graph is None
                else None,
            ),
            response=profile_response(study, part, panel),
            dose=relative_doses(study, part.dose_scale),
        )

    def _told(
        self,
        study: Study,
        drugs: tuple[str, ...],
        curves: Curves | None,
        graph: DrugGraph,
        some: np.ndarray | None,
    ) -> dict[str, np.ndarray]:
        """{what: float32[D, P, F]} of these drugs in the study's profiles; what profiles say of
        genes of ``some`` drugs (int64 ids) alone, where given, and 0 of the others."""
        made: dict[str, np.ndarray] = {}
        part, profiles = self.studies[study.name], study.profiles
        if part.response is not None and curves is not None and len(profiles):
            made[CURVE] = part.response.state_numbers(curves, drugs, profiles.ids.names)
        if part.genes is not None and len(profiles):
            targets, parts = graph.target_profile(), self.gene_parts
            asked = np.arange(len(targets)) if some is None else some
            # Rows of zeros that nobody writes to take no memory.
            told = np.zeros((len(targets), len(profiles), 2 * len(parts)), np.float32)
            told[asked] = part.genes.told(profiles, targets[asked], graph.targets.names, parts)
            made[GENES] = told
        return made

    @property
    def gene_parts(self) -> tuple[str, ...]:
        """Names of what profiles of any study say of the genes that a drug acts on."""
        used = [s.genes.parts for s in self.studies.values() if s.genes is not None]
        return tuple(sorted({name for parts in used for name in parts}))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays (no objects) for an npz file."""
        arrays = prefixed("catalog", self.catalog.to_arrays())
        arrays |= prefixed("graph", self.graph.to_arrays())
        arrays |= prefixed("drug_scaler", self.drugs.to_arrays())
        arrays["known_drugs"] = self.known_drugs
        arrays["studies"] = text_array(sorted(self.studies))
        for name, part in self.studies.items():
            arrays |= prefixed(f"study:{name}", study_arrays(part))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Fitted":
        """The inverse of ``to_arrays``. Raises FormatError when parts are missing or do not fit."""
        studies = {}
        for name in take_text(arrays, "studies"):
            studies[name] = study_from_arrays(under(f"study:{name}", arrays))
        made = cls(
            catalog=DrugCatalog.from_arrays(under("catalog", arrays)),
            graph=DrugGraph.from_arrays(under("graph", arrays)),
            drugs=DrugScaler.from_arrays(under("drug_scaler", arrays)),
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
            _check(f"drugs alone of {name}", part.alone, drugs, width=None)
            if part.genes is not None and len(part.genes.near) not in (0, len(self.graph.targets)):
                raise FormatError(
                    f"genes of {name} are next to {len(part.genes.near)} targets; the graph has "
                    f"{len(self.graph.targets)}"
                )
            _check(f"triples of {name}", np.delete(part.triples, 2, axis=1), drugs, width=2)


def fit(
    *,
    catalog: DrugCatalog,
    graph: DrugGraph,
    studies: list[Study],
    world_ids: dict[str, np.ndarray],
    rows: dict[str, np.ndarray],
    max_fields: int,
    components: int = 0,
    effects: int = 0,
    genes: GeneGraph | None = None,
) -> Fitted:
    """Fit on the training ``rows`` (int64, a study each) and nothing else.

    world_ids: {study: int64[D] catalog id of each of its drugs}.  components: of single-drug
    curves; 0 = do not use them.  effects: the same of side effects of single drugs.  genes: where
    fields of genes meet drugs, None = nowhere.
    Raises ConfigError when curves or effects are asked for and no study has any.
    """
    parts = {s.name: s.take(rows[s.name]) for s in studies}
    used = [world_ids[n][np.unique(p.combos.drugs[p.combos.present])] for n, p in parts.items()]
    known = np.unique(np.concatenate(used)).astype(np.int64)
    fitted = {
        n: fit_study(p, world_ids[n], max_fields=max_fields, genes=genes) for n, p in parts.items()
    }
    if components:
        fitted = with_curves(fitted, parts, components)
    if effects:
        fitted = with_effects(fitted, parts, effects)
    return Fitted(
        catalog=catalog,
        graph=graph,
        drugs=fit_drug_scaler(catalog, graph, known),
        known_drugs=known,
        studies=fitted,
    )


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


def _check(what: str, ids: np.ndarray, size: int, *, width: int | None) -> None:
    shape = ids.shape[1:] == (() if width is None else (width,)) and ids.ndim > 0
    if not shape or ids.dtype.kind != "i" or (ids.size and not 0 <= ids.min() <= ids.max() < size):
        raise FormatError(f"{what} are {ids.dtype}{ids.shape}; expected ids from 0 to {size - 1}")
