"""Bundle: a trained ensemble that predicts for any drugs and profiles."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_table import Drug, DrugTable, oncology_drugs, parse_drugs
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.core.monotherapy import Curves, curves_of
from combo_dl.core.names import hint
from combo_dl.core.predictions import Predictions
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Study
from combo_dl.core.vocab import Vocab
from combo_dl.data.calibration import groups_of
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.support import supports
from combo_dl.data.world import WorldTensors
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph, unknown_targets
from combo_dl.drugs.request import own_drugs
from combo_dl.infer.bundle_reader import BundleParts, read_bundle
from combo_dl.infer.outcomes import AskedRows, outcomes
from combo_dl.infer.request_curves import named_curves
from combo_dl.infer.request_profiles import joined as joined_profiles
from combo_dl.infer.request_profiles import own_profiles
from combo_dl.infer.request_table import Request, read_request
from combo_dl.infer.risk_outcomes import null_supports
from combo_dl.infer.tidy import tidy


def load_bundle(folder: str | Path) -> "Bundle":
    """The bundle in ``folder``. Raises FormatError when it is missing, changed or does not fit."""
    return Bundle(parts=read_bundle(Path(folder)))


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Networks of one training, with the drugs, profiles and scalers they were trained on."""

    parts: BundleParts

    @property
    def card(self) -> dict:
        """What the bundle says of itself."""
        return self.parts.card

    @cached_property
    def endpoints(self) -> dict[str, Endpoint]:
        """What it predicts."""
        return {n: Endpoint.from_json(n, raw) for n, raw in self.card["endpoints"].items()}

    @cached_property
    def drug_table(self) -> DrugTable:
        """Drugs that may be named: those of the bundle, and the package's catalogue."""
        catalog = self.parts.fitted.catalog
        known = oncology_drugs()
        own = [
            known.find(name)
            or Drug(name=name, modality=modality, smiles=smiles, inchikey=key, drug_class=kind)
            for name, modality, smiles, key, kind in zip(
                catalog.drugs.names,
                catalog.modality,
                catalog.smiles,
                catalog.inchikey,
                catalog.drug_class,
                strict=True,
            )
        ]
        return known.extended([drug for drug in own if known.find(drug.name) is None])

    def profiles(self, study: str | None = None) -> ProfileTable:
        """The profiles that may be named (cell lines)."""
        return self.parts.profiles[self._study(study)]

    def predict(
        self,
        rows: pd.DataFrame,
        *,
        profiles: pd.DataFrame | None = None,
        drugs: pd.DataFrame | None = None,
        level: float = 0.8,
        study: str | None = None,
        allow_missing_fields: bool = False,
        monotherapy: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """A tidy table: one line a combination and endpoint, with mean, interval and support.

        rows: ``drug_a, drug_b[, drug_c…], profile``, or ``drugs, profile``, or long form
        (``combination, drug, profile``).  profiles: a user's own (``profile`` and one column a
        field).  drugs: a user's own (``name`` and any of smiles, targets, modality, drug_class,
        synonyms).  monotherapy: a user's own single-drug curves (``drug, profile, dose_um,
        viability``).  level: share of new observations between ``low`` and ``high``.
        Raises InputError, UnknownNameError or ConfigError naming what is wrong.
        """
        table = self._with_drugs(drugs)
        request = read_request(rows, table)
        if monotherapy is not None:
            monotherapy = named_curves(monotherapy, table)
        found = self._predictions(
            request,
            profiles=profiles,
            level=level,
            study=study,
            allow_missing=allow_missing_fields,
            monotherapy=monotherapy,
        )
        columns = self.card["dimensions"].get("columns", {})
        names = {n: tuple(columns.get(n, e.columns)) for n, e in self.endpoints.items()}
        return tidy(found, self.endpoints, names)

    def _with_drugs(self, drugs: pd.DataFrame | None) -> DrugTable:
        if drugs is None:
            return self.drug_table
        own = parse_drugs(drugs.to_csv(index=False))
        genes = self.parts.fitted.graph.targets.names
        for gene in unknown_targets(own, genes):
            raise UnknownNameError(
                f"the table of drugs names the target {gene!r}, which this bundle does not know; "
                f"{hint(gene, genes)}; correct it, or leave it out"
            )
        return own_drugs(own, table=self.drug_table)

    def _study(self, study: str | None) -> str:
        names = list(self.card["studies"])
        if study is not None and study not in names:
            raise ConfigError(f"the bundle has no study {study!r}; {hint(study, names)}")
        return study or self.card.get("first_study", names[0])

    def _predictions(
        self,
        request: Request,
        *,
        profiles: pd.DataFrame | None,
        level: float,
        study: str | None,
        allow_missing: bool,
        monotherapy: pd.DataFrame | None,
    ) -> Predictions:
        if not 0 < level < 1:
            raise ConfigError(f"level is {level}; expected a share between 0 and 1, such as 0.8")
        name = self._study(study)
        self._check_doses(request, name)
        own = None
        if profiles is not None:
            known = self.parts.profiles[name]
            own = own_profiles(profiles, known, allow_missing_fields=allow_missing)
        people = joined_profiles(self.parts.profiles[name], own)
        asked = self._asked(request, people, name)
        catalog = build_catalog(request.drugs)
        known_ids = self._known(catalog)
        curves = self._curves(catalog, monotherapy, name)
        seen = self._profile_ids(asked, own, name)
        unseen = np.any((request.sets >= 0) & (known_ids[request.sets] < 0), axis=1)
        if people.space == "cell_line":
            unseen |= seen < 0
        support = supports(request.sets, known_ids, seen, self.parts.fitted.studies[name])
        rows = AskedRows(
            world=self._world(request, catalog, curves),
            tensors=self._tensors(asked, own, curves, self._panel(catalog, monotherapy, name)),
            group=groups_of(support, (seen >= 0) | (people.space != "cell_line")),
            unseen=unseen,
            no_drug_seen=np.all((request.sets < 0) | (known_ids[request.sets] < 0), axis=1),
            null_support=null_supports(
                request.sets, known_ids, self.parts.fitted.studies[name].alone
            ),
        )
        return Predictions(
            outcomes=outcomes(
                self.parts, self.endpoints, rows, first=name == self._study(None), level=level
            ),
            row=np.arange(len(asked)),
            drug_names=request.names,
            profile_names=tuple(row.profile for row in request.rows),
            support=support,
            profile_seen=seen >= 0,
            level=level,
            bundle_digest=self.card["digest"],
        ).validate()

    def _asked(self, request: Request, people: ProfileTable, study: str) -> Study:
        """The request as a study without labels."""
        n = len(request.rows)
        names = Vocab(kind="drug", names=tuple(d.name for d in request.drugs))
        return Study(
            name=study,
            version="request",
            dose_unit=self.card["studies"][study]["dose_unit"],
            drugs=names,
            smiles=tuple(d.smiles for d in request.drugs),
            combos=ComboTable(
                drugs=request.sets.astype(np.int32),
                dose=request.doses,
                profile=self._profiles_of(request, people),
                labels={},
                weight=np.ones(n, np.float32),
                group=np.arange(n, dtype=np.int32),
                day=np.full(n, np.nan, np.float32),
            ),
            profiles=people,
        ).validate()

    @staticmethod
    def _profiles_of(request: Request, people: ProfileTable) -> np.ndarray:
        if people.space == "none":
            return np.full(len(request.rows), -1, np.int32)
        for row in request.rows:
            if not row.profile:
                raise InputError(
                    f"{row.label} names no profile; fill the column 'profile' with one of "
                    f"{', '.join(people.ids.names[:5]) or 'your own table (profiles=FILE)'}, …"
                )
            if row.profile not in people.ids:
                raise UnknownNameError(
                    f"{row.label} names the unknown profile {row.profile!r}; "
                    f"{hint(row.profile, people.ids.names)}; or describe it (profiles=FILE)"
                )
        return people.ids.ids([row.profile for row in request.rows])

    def _known(self, catalog: DrugCatalog) -> np.ndarray:
        """int64[D]: catalog id of each asked drug in the bundle, -1 where training never saw it."""
        ids = self.parts.fitted.same_drugs(catalog)
        return np.where(np.isin(ids, self.parts.fitted.known_drugs), ids, -1)

    def _check_doses(self, request: Request, study: str) -> None:
        if not self.parts.fitted.studies[study].doses and not np.isnan(request.doses).all():
            row = int(np.argmax((~np.isnan(request.doses)).any(axis=1)))
            raise InputError(
                f"{request.rows[row].label} has a dose, but this bundle was trained without doses "
                "and cannot tell one from another; remove the dose columns"
            )

    def _curves(
        self, catalog: DrugCatalog, wells: pd.DataFrame | None, study: str
    ) -> Curves | None:
        """Single-drug curves under the names that were asked: a user's own before the bundle's."""
        fitted = self.parts.fitted.studies[study]
        if fitted.curves is None:
            if wells is not None:
                raise ConfigError(
                    "this bundle was trained without single-drug curves; leave monotherapy out"
                )
            return None
        ids, names = self.parts.fitted.same_drugs(catalog), self.parts.fitted.catalog.drugs.names
        known = replace(
            fitted.curves,
            drugs=catalog.drugs,
            number=fitted.curves.at(
                [names[i] if i >= 0 else "" for i in ids], fitted.curves.profiles.names
            ),
        )
        return known if wells is None else curves_of(wells).before(known)

    def _panel(self, catalog: DrugCatalog, wells: pd.DataFrame | None, study: str) -> Curves | None:
        """Single-drug curves of the training's drugs, asked or not: they describe the profiles."""
        fitted = self.parts.fitted.studies[study]
        if fitted.curves is None or wells is None:
            return fitted.curves
        # A drug of another structure under the name of a training drug is not that drug.
        ids = self.parts.fitted.same_drugs(catalog)
        others = [n for n, i in zip(catalog.drugs.names, ids, strict=True) if i < 0]
        own = wells[~wells["drug"].isin(others)]
        return curves_of(own).before(fitted.curves) if len(own) else fitted.curves

    def _profile_ids(self, asked: Study, own: ProfileTable | None, study: str) -> np.ndarray:
        """int64[N]: id of each row's profile in the training profiles; -1 for a user's own."""
        index = {n: i for i, n in enumerate(self.parts.fitted.studies[study].known)}
        if own is not None:
            index = {n: i for n, i in index.items() if n not in own.ids}
        names = asked.profiles.ids.names
        return np.array([index.get(names[p], -1) if p >= 0 else -1 for p in asked.combos.profile])

    def _world(self, request: Request, catalog: DrugCatalog, curves: Curves | None) -> WorldTensors:
        fitted = self.parts.fitted
        genes = fitted.graph.targets.names
        graph = build_graph(request.drugs, targets=genes, target_edges=None, target_edge_source="")
        kept = {r: e for r, e in fitted.graph.edges.items() if r[0] == r[2] == "target"}
        if kept:
            graph = type(graph)(
                drugs=graph.drugs,
                targets=graph.targets,
                edges=graph.edges | kept,
                weight=graph.weight | {r: fitted.graph.weight[r] for r in kept},
                source=graph.source | {r: fitted.graph.source[r] for r in kept},
            )
        given = {n: curves for n, s in fitted.studies.items() if s.curves is not None}
        return fitted.world_of(catalog, graph, {n: c for n, c in given.items() if c is not None})

    def _tensors(
        self,
        asked: Study,
        own: ProfileTable | None,
        curves: Curves | None,
        panel: Curves | None,
    ) -> StudyTensors:
        tensors = self.parts.fitted.tensors(
            asked,
            world_ids=np.arange(len(asked.drugs)),
            columns={},
            drugs=asked.drugs.names,
            curves=curves,
            panel=panel,
        )
        if own is not None:
            # A user's profile is its own, even under the name of a training profile.
            tensors.known_profile[: len(own)] = -1
        return tensors
