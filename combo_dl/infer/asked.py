"""A request under one study of a bundle, as the rows that its networks read, and their outcomes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.monotherapy import Curves, curves_of
from combo_dl.core.predictions import SURVIVAL_DAYS, Predictions
from combo_dl.core.study import Study
from combo_dl.core.vocab import Vocab
from combo_dl.data.calibration import groups_of
from combo_dl.data.fitted import Fitted
from combo_dl.data.fitted_study import FittedStudy
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.support import supports
from combo_dl.data.world import WorldTensors
from combo_dl.data.world_join import among
from combo_dl.drugs.graph import build_graph
from combo_dl.infer.assumed import Assumed
from combo_dl.infer.bundle_reader import BundleParts
from combo_dl.infer.outcomes import AskedRows, outcomes
from combo_dl.infer.request_doses import AskedDoses, asked_doses
from combo_dl.infer.request_studies import CELL_LINES, StudyPart
from combo_dl.infer.request_table import Request
from combo_dl.infer.risk_outcomes import null_supports
from combo_dl.nn.relation.no_relation import NoRelation


@dataclass(frozen=True, kw_only=True)
class AskedDrugs:
    """The drugs of a request as the bundle knows them. catalog: of D drugs.  same: int64[D], the id
    of each in the bundle's catalog, -1 for a drug it lacks.  known: int64[D] the same, -1 also for
    a drug that training never saw."""

    catalog: DrugCatalog
    same: np.ndarray
    known: np.ndarray


def asked_drugs(fitted: Fitted, catalog: DrugCatalog) -> AskedDrugs:
    """The drugs of ``catalog``, found among those of the bundle."""
    same = fitted.same_drugs(catalog)
    known = np.where(np.isin(same, fitted.known_drugs), same, -1)
    return AskedDrugs(catalog=catalog, same=same, known=known)


@dataclass(frozen=True, kw_only=True)
class AskedInputs:
    """What networks read of a request. world, related: as of AskedRows.  tensors: of its rows."""

    world: WorldTensors
    related: WorldTensors
    tensors: StudyTensors


@dataclass(frozen=True, kw_only=True)
class AskedPart:
    """Rows of a request (those of ``part``) under the study of ``part``. monotherapy: a user's own
    single-drug curves, None where there are none."""

    parts: BundleParts
    drugs: AskedDrugs
    request: Request
    part: StudyPart
    monotherapy: pd.DataFrame | None

    @property
    def _fitted(self) -> FittedStudy:
        return self.parts.fitted.studies[self.part.study]

    @property
    def fitted_study(self) -> FittedStudy:
        """What training kept of the study of the part."""
        return self._fitted

    def inputs(self) -> AskedInputs:
        """The tensors of all rows of the part. Raises InputError as ``predictions``."""
        curves = self._curves
        world = self._world(curves)
        return AskedInputs(world=world, related=self._related(world), tensors=self._tensors(curves))

    @cached_property
    def known_drugs(self) -> np.ndarray:
        """int64[D]: id of each drug in the bundle's catalog, -1 of one that this study's rows lack:
        what another study taught of a drug is not support for what this one measures."""
        known = self.drugs.known
        return np.where(np.isin(known, self._fitted.seen_drugs), known, -1)

    def predictions(
        self, endpoints: dict[str, Endpoint], *, first: bool, assumed: Assumed
    ) -> Predictions:
        """Predictions of the endpoints of the part. first: whether the kernel ridge learned from
        this study. Raises InputError, ConfigError."""
        request, seen = self.request, self.profile_ids
        curves = any(endpoints[n].is_survival for n in self.part.endpoints)
        support = supports(request.sets, self.known_drugs, seen, self._fitted)
        return Predictions(
            outcomes=outcomes(
                self.parts,
                {n: endpoints[n] for n in self.part.endpoints},
                self._rows(support),
                first=first,
                assumed=assumed,
            ),
            row=self.part.rows,
            drug_names=request.names,
            profile_names=self.part.shown,
            support=support,
            profile_seen=seen >= 0,
            level=assumed.level,
            bundle_digest=self.parts.card["digest"],
            times_days=np.array(SURVIVAL_DAYS) if curves else None,
        ).validate()

    def _rows(self, support: tuple[str, ...]) -> AskedRows:
        sets, known, space = self.request.sets, self.known_drugs, self.part.people.space
        seen = self.profile_ids >= 0
        unseen = np.any((sets >= 0) & (known[sets] < 0), axis=1)
        if space == CELL_LINES:
            unseen |= ~seen
        given = self.inputs()
        return AskedRows(
            world=given.world,
            related=given.related,
            tensors=given.tensors,
            # Trials and patients are always new, also in the rows that were held out.
            group=groups_of(support, seen | (space == "none")),
            unseen=unseen,
            beyond=self._beyond(),
            null_support=null_supports(sets, known, self._fitted.alone, self._undosed()),
        )

    def _beyond(self) -> np.ndarray:
        """bool[N]: no drug of the row is known, or it is a combination and the study has none."""
        sets, known = self.request.sets, self.known_drugs
        none = np.all((sets < 0) | (known[sets] < 0), axis=1)
        return none | (((sets >= 0).sum(axis=1) > 1) & (not len(self._fitted.pairs)))

    def _undosed(self) -> np.ndarray:
        """bool[N, K]: drugs without a dose, of which training knows doses."""
        scale, sets = self._fitted.dose_scale, self.request.sets
        if scale is None:
            return np.zeros(sets.shape, bool)
        names = self.parts.fitted.catalog.drugs.names
        dosed = {d for d, seen in zip(scale.drugs, scale.seen, strict=True) if seen}
        known = np.array([i >= 0 and names[i] in dosed for i in self.drugs.same], dtype=bool)
        return (sets >= 0) & known[sets] & np.isnan(self._doses.dose)

    @cached_property
    def _doses(self) -> AskedDoses:
        ids, names = self.drugs.same, self.parts.fitted.catalog.drugs.names
        return asked_doses(
            self.request,
            self._fitted.dose_scale,
            dose_unit=self.parts.card["studies"][self.part.study]["dose_unit"],
            known=[names[i] if i >= 0 else "" for i in ids],
        )

    def _study(self) -> Study:
        """The request as a study without labels."""
        n = len(self.request.rows)
        return Study(
            name=self.part.study,
            version="request",
            dose_unit=self.parts.card["studies"][self.part.study]["dose_unit"],
            drugs=Vocab(kind="drug", names=tuple(d.name for d in self.request.drugs)),
            smiles=tuple(d.smiles for d in self.request.drugs),
            combos=ComboTable(
                drugs=self.request.sets.astype(np.int32),
                dose=self._doses.dose,
                profile=self.part.profile,
                labels={},
                weight=np.ones(n, np.float32),
                group=np.arange(n, dtype=np.int32),
                day=np.full(n, np.nan, np.float32),
            ),
            profiles=self.part.people,
        ).validate()

    @property
    def _curves(self) -> Curves | None:
        """Single-drug curves under the names that were asked: a user's own before the bundle's."""
        fitted = self._fitted
        if fitted.curves is None:
            return None
        names = self.parts.fitted.catalog.drugs.names
        known = replace(
            fitted.curves,
            drugs=self.drugs.catalog.drugs,
            number=fitted.curves.at(
                [names[i] if i >= 0 else "" for i in self.drugs.same],
                fitted.curves.profiles.names,
            ),
        )
        return known if self.monotherapy is None else curves_of(self.monotherapy).before(known)

    def _panel(self) -> Curves | None:
        """Single-drug curves of the training's drugs, asked or not: they describe the profiles."""
        fitted, wells = self._fitted, self.monotherapy
        if fitted.curves is None or wells is None:
            return fitted.curves
        # A drug of another structure under the name of a training drug is not that drug.
        named = zip(self.drugs.catalog.drugs.names, self.drugs.same, strict=True)
        own = wells[~wells["drug"].isin([n for n, i in named if i < 0])]
        return curves_of(own).before(fitted.curves) if len(own) else fitted.curves

    @cached_property
    def profile_ids(self) -> np.ndarray:
        """int64[n]: id of each row's profile in the training profiles; -1 for a user's own."""
        table, own = self.part.people, self.part.own
        index = {n: i for i, n in enumerate(self._fitted.known)}
        index = {n: i for n, i in index.items() if n not in table.ids.names[:own]}
        names = table.ids.names
        return np.array([index.get(names[p], -1) if p >= 0 else -1 for p in self.part.profile])

    def _world(self, curves: Curves | None) -> WorldTensors:
        given = {} if curves is None else {self.part.study: curves}
        return self.parts.fitted.world_of(
            self.drugs.catalog, self._graph, given | self._other_curves()
        )

    @cached_property
    def _graph(self) -> DrugGraph:
        """The drugs asked and their targets, with the training's relations among targets."""
        fitted = self.parts.fitted
        genes = fitted.graph.targets.names
        graph = build_graph(
            self.request.drugs, targets=genes, target_edges=None, target_edge_source=""
        )
        kept = {r: e for r, e in fitted.graph.edges.items() if r[0] == r[2] == "target"}
        if kept:
            graph = type(graph)(
                drugs=graph.drugs,
                targets=graph.targets,
                edges=graph.edges | kept,
                weight=graph.weight | {r: fitted.graph.weight[r] for r in kept},
                source=graph.source | {r: fitted.graph.source[r] for r in kept},
            )
        return graph

    def _related(self, world: WorldTensors) -> WorldTensors:
        """A drug hears of all it heard of in training, asked of or not: so what is said of it does
        not depend on what else is asked."""
        fitted = self.parts.fitted
        if isinstance(self.parts.members[0].relation, NoRelation):
            return world
        return among(world, fitted.world(), torch.from_numpy(self.drugs.same))

    def _other_curves(self) -> dict[str, Curves]:
        """{study: curves under the names asked} of the other studies: they say of a drug what they
        say of it in every study."""
        made: dict[str, Curves] = {}
        for name, study in self.parts.fitted.studies.items():
            if name != self.part.study and study.curves is not None:
                other = replace(self.part, study=name)
                found = replace(self, part=other)._curves
                made |= {} if found is None else {name: found}
        return made

    def _tensors(self, curves: Curves | None) -> StudyTensors:
        asked, fitted = self._study(), self.parts.fitted
        if self._doses.scale is not None:
            scaled = replace(self._fitted, dose_scale=self._doses.scale)
            fitted = replace(fitted, studies=fitted.studies | {self.part.study: scaled})
        tensors = fitted.tensors(
            asked,
            world_ids=np.arange(len(asked.drugs)),
            columns={},
            drugs=asked.drugs.names,
            curves=curves,
            panel=self._panel(),
            graph=self._graph,
        )
        # A user's profile is its own, even under the name of a training profile.
        tensors.known_profile[: self.part.own] = -1
        return tensors


def check_monotherapy(parts: BundleParts, studies: list[str], wells: pd.DataFrame | None) -> None:
    """Raise ConfigError on single-drug curves that no study asked was trained with."""
    if wells is not None and all(parts.fitted.studies[n].curves is None for n in studies):
        raise ConfigError(
            "this bundle was trained without single-drug curves; leave monotherapy out"
        )
