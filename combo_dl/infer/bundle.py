"""Bundle: a trained ensemble that predicts for any drugs and profiles."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import Drug, DrugTable, oncology_drugs, parse_drugs
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.core.names import hint
from combo_dl.core.predictions import Predictions
from combo_dl.core.profile_table import ProfileTable
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import unknown_targets
from combo_dl.drugs.request import own_drugs
from combo_dl.infer.asked import AskedDrugs, AskedPart, asked_drugs, check_monotherapy
from combo_dl.infer.assumed import Assumed
from combo_dl.infer.bundle_reader import BundleParts, read_bundle
from combo_dl.infer.request_curves import named_curves
from combo_dl.infer.request_studies import StudyPart, study_parts
from combo_dl.infer.request_table import Request, read_request
from combo_dl.infer.survival_members import interval_note
from combo_dl.infer.tidy import tidy
from combo_dl.stats.independent_action import FIRST_SCAN_DAYS


def load_bundle(folder: str | Path, *, device: str = "cpu") -> "Bundle":
    """The bundle in ``folder``, which computes on ``device``: cpu or cuda.

    Raises FormatError when it is missing, changed or does not fit, ConfigError without that device.
    """
    return Bundle(parts=read_bundle(Path(folder), device=device))


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Networks of one training, with the drugs, profiles and scalers they were trained on.

    more_drugs: that may be named too, though training saw none of them."""

    parts: BundleParts
    more_drugs: tuple[Drug, ...] = ()

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
        """Drugs that may be named: those of the bundle, the package's catalogue, and more."""
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
        known = known.extended([drug for drug in own if known.find(drug.name) is None])
        return known.extended([drug for drug in self.more_drugs if known.find(drug.name) is None])

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
        spearman: float = 0.3,
        first_scan_days: float | None = FIRST_SCAN_DAYS,
    ) -> pd.DataFrame:
        """A tidy table: one line a combination and endpoint, with mean, interval and support.

        rows: ``drug_a, drug_b[, drug_c…], profile``, or ``drugs, profile``, or long form
        (``combination, drug, profile``); where the bundle learned from doses, with ``dose_a,
        dose_unit_a, …`` (long: ``dose, dose_unit``).  profiles: a user's own (``profile`` and one
        column a field).  drugs: a user's own (``name`` and any of smiles, targets, modality,
        drug_class, synonyms).  monotherapy: a user's own single-drug curves (``drug, profile,
        dose_um, viability``).  level: share of new observations between ``low`` and ``high``.
        study: the one whose endpoints and profiles are meant; without it each endpoint is
        predicted under the first study that has it.  spearman: rank correlation, 0 to 1, of a
        patient's times under each drug alone, which the nulls of survival assume: 0.3, weak and
        positive, is a choice and no estimate.  first_scan_days: beyond which the times of drugs
        add under the additive null; None for none, which saves most of the time of long tables.
        ``attrs["notes"]`` of the table are sentences
        on what was left out, ``attrs["endpoints"]`` says what its lines are.
        Raises InputError, UnknownNameError or ConfigError naming what is wrong.
        """
        table = self.table_of_drugs(drugs)
        request = read_request(rows, table)
        if monotherapy is not None:
            monotherapy = named_curves(monotherapy, table)
        assumed = Assumed(
            level=level, spearman=spearman, first_scan_days=first_scan_days
        ).validate()
        parts, notes = self._study_parts(request, study, profiles, allow_missing_fields)
        check_monotherapy(self.parts, [p.study for p in parts], monotherapy)
        silent = self._silent(request, parts)
        found = self._predictions(request, parts, silent, monotherapy=monotherapy, assumed=assumed)
        made = tidy(found, self.endpoints, self.columns)
        made.attrs = {
            "notes": [
                *notes,
                *map(_doses_not_used, silent),
                *self._usual_excesses(request, parts),
                *self._intervals_of_days(parts),
            ],
            "endpoints": {
                n: {"direction": self.endpoints[n].direction, "columns": list(self.columns[n])}
                for part in parts
                for n in part.endpoints
            },
        }
        return made

    def _predictions(
        self,
        request: Request,
        parts: list[StudyPart],
        silent: list[StudyPart],
        *,
        monotherapy: pd.DataFrame | None,
        assumed: Assumed,
    ) -> list[Predictions]:
        """Of each part. silent: those whose studies know no doses."""
        return [
            asked.predictions(self.endpoints, first=self.is_first(asked), assumed=assumed)
            for asked in self._asked(request, parts, silent, monotherapy=monotherapy)
        ]

    def _asked(
        self,
        request: Request,
        parts: list[StudyPart],
        silent: list[StudyPart],
        *,
        monotherapy: pd.DataFrame | None,
    ) -> list[AskedPart]:
        known = asked_drugs(self.parts.fitted, build_catalog(request.drugs))
        self._refuse_nothing_known(request, known, parts)
        return [
            AskedPart(
                parts=self.parts,
                drugs=known,
                request=_without_doses(request, part, silent).take(part.rows),
                part=part,
                monotherapy=monotherapy,
            )
            for part in parts
        ]

    def _study_parts(
        self,
        request: Request,
        study: str | None,
        profiles: pd.DataFrame | None,
        allow_missing_fields: bool,
    ) -> tuple[list[StudyPart], list[str]]:
        return study_parts(
            self.card,
            self.parts.profiles,
            request,
            study=None if study is None else self._study(study),
            profiles=profiles,
            allow_missing=allow_missing_fields,
        )

    def is_first(self, asked: AskedPart) -> bool:
        """Whether the kernel ridge learned from the study of the part."""
        return asked.part.study == self._study(None)

    def asked(
        self,
        rows: pd.DataFrame,
        *,
        profiles: pd.DataFrame | None = None,
        drugs: pd.DataFrame | None = None,
        study: str | None = None,
        allow_missing_fields: bool = False,
    ) -> list[AskedPart]:
        """The rows as ``predict`` reads them, study by study, before anything is predicted.

        Raises InputError, UnknownNameError or ConfigError as ``predict``.
        """
        request = read_request(rows, self.table_of_drugs(drugs))
        parts, _ = self._study_parts(request, study, profiles, allow_missing_fields)
        return self._asked(request, parts, self._silent(request, parts), monotherapy=None)

    @cached_property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """{endpoint: names of its columns}, as lines of a prediction show them: a name that two
        endpoints have is shown with its endpoint."""
        own = self.card["dimensions"].get("columns", {})
        # What is told of survival is one line, whatever its label has (days, event, entry).
        names = {
            n: (n,) if e.is_survival else tuple(own.get(n, e.columns))
            for n, e in self.endpoints.items()
        }
        count = Counter(name for found in names.values() for name in found)
        return {
            n: tuple(f"{n}: {name}" if count[name] > 1 else name for name in found)
            for n, found in names.items()
        }

    def place_of(self, name: str, *, setting: str) -> tuple[str, int]:
        """(endpoint, place among its columns) of a column, or of an endpoint of one column.

        Raises ConfigError with the nearest names, and the ``setting`` that named it.
        """
        for endpoint, columns in self.columns.items():
            if name in columns:
                return endpoint, columns.index(name)
            if name == endpoint and len(columns) == 1:
                return endpoint, 0
        known = [c for columns in self.columns.values() for c in columns]
        raise ConfigError(
            f"{setting} names {name!r}, which this bundle does not predict; {hint(name, known)}"
        )

    def table_of_drugs(self, drugs: pd.DataFrame | None) -> DrugTable:
        """``drug_table`` with a user's own before it. Raises InputError, UnknownNameError."""
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

    def _silent(self, request: Request, parts: list[StudyPart]) -> list[StudyPart]:
        """The parts that make nothing of the doses of their rows. Raises InputError where that is
        all of them."""
        given = ~np.isnan(request.doses)
        silent = [p for p in parts if not self.parts.fitted.studies[p.study].doses]
        silent = [p for p in silent if given[p.rows].any()]
        if silent and len(silent) == len(parts):
            row = int(np.argmax(given.any(axis=1)))
            raise InputError(
                f"{request.rows[row].label} has a dose, but this bundle was trained without doses "
                "and cannot tell one from another; remove the dose columns"
            )
        return silent

    def _usual_excesses(self, request: Request, parts: list[StudyPart]) -> list[str]:
        """What an excess of a set's risk is to be read beside."""
        size = (request.sets >= 0).sum(axis=1)
        return [
            _usual_excess(name, part.study, asked)
            for part in parts
            for name, told in self.card["studies"][part.study].get("usual_excess", {}).items()
            if name in part.endpoints
            and (asked := {k: v for k, v in told.items() if (size[part.rows] == int(k)).any()})
        ]

    def _intervals_of_days(self, parts: list[StudyPart]) -> list[str]:
        """What the intervals of mean days are, endpoints of like intervals together."""
        told: dict[str, list[str]] = {}
        for name in dict.fromkeys(n for p in parts for n in p.endpoints):
            if self.endpoints[name].is_survival:
                what = interval_note(self.parts.days_laws.get(name), len(self.parts.members))
                told.setdefault(what, []).append(name)
        return [f"{', '.join(names)}: {what}" for what, names in told.items()]

    def _refuse_nothing_known(
        self, request: Request, drugs: AskedDrugs, parts: list[StudyPart]
    ) -> None:
        """Raise InputError where a risk or survival is asked of drugs of none of which anything is
        known."""
        facts = [d.smiles or d.targets or d.drug_class for d in request.drugs]
        asked = [self.endpoints[n] for p in parts for n in p.endpoints]
        risks = any(e.is_risk or e.is_survival for e in asked)
        if risks and (drugs.known < 0).all() and not any(facts):
            names = [d.name for d in request.drugs]
            raise InputError(
                f"nothing is known of {', '.join(names[:3])}{', …' if len(names) > 3 else ''}: "
                "training saw none of the drugs, and none has a structure, a target or a class; "
                "describe them in a drugs table (drugs=FILE)"
            )


def _without_doses(request: Request, part: StudyPart, silent: list[StudyPart]) -> Request:
    if part.study not in [p.study for p in silent]:
        return request
    return replace(request, doses=np.full_like(request.doses, np.nan))


def _usual_excess(name: str, study: str, sizes: dict[str, dict]) -> str:
    found = [
        f"{100 * (told['rate'] - told['independent']):+.0f} points in sets of {size} drugs "
        f"({100 * told['rate']:.0f} % where independent drugs would have had "
        f"{100 * told['independent']:.0f} %, {told['rows']} rows)"
        for size, told in sizes.items()
    ]
    return (
        f"{name}: counted in training rows of {study} whose drugs were all given alone too, the "
        f"usual excess is {', '.join(found)}. An excess near that tells nothing of a set."
    )


def _doses_not_used(part: StudyPart) -> str:
    names = ", ".join(part.endpoints[:3]) + (", …" if len(part.endpoints) > 3 else "")
    return f"{part.study} was trained without doses: doses do not change {names}."
