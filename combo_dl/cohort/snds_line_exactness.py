"""Lines of therapy derived from generated claims, held against the lines they were drawn from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY, DrugCodes
from combo_dl.cohort.exposures import dose_days
from combo_dl.cohort.line_rules import LineRules
from combo_dl.cohort.lines import line_drugs, regimens

HIDDEN = "chemotherapy in the stay of a named drug, which no COD_LES tells"
TWIN = "a twin: the pseudonym is of two people"
NOT_READ = "a dose of the line was not read (late flow)"
UNLISTED = "a drug of the regimen was not on the list yet when the line began"
SHIFTED = "an earlier line of the person was missed"
OTHER = "not explained"


@dataclass(frozen=True)
class LineExactness:
    """n_true lines, of which n_right were derived exactly (person, number, first day, drugs);
    n_extra derived that are not true; missed: why each other true line was missed.
    """

    n_true: int
    n_right: int
    n_extra: int
    missed: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        """Lines derived exactly, of those that are true."""
        return self.n_right / max(self.n_true, 1)


def line_exactness(events: ir.Table, truth: Path, rules: LineRules) -> LineExactness:
    """Lines of events (``read_snds``) against a truth folder (``write_snds``).

    The true drugs are those that SNDS can show: their names, or ``chemotherapy, unnamed``.
    """
    doses = dose_days(events, DrugCodes(), rules)
    derived = regimens(line_drugs(doses, rules), within_days=rules.window_days)
    found = {
        (p, n, start.date()): frozenset(drugs)
        for p, n, start, drugs in derived[["person", "line", "start", "drugs"]].itertuples(
            index=False
        )
    }
    lines = pd.read_parquet(truth / "lines.parquet")
    true = {
        (p, n, _day(start)): frozenset(drugs.split(" + "))
        for p, n, start, drugs in lines[["person", "line", "start", "visible_drugs"]].itertuples(
            index=False
        )
    }
    missed = {key for key, drugs in true.items() if found.get(key) != drugs}
    reasons = _reasons(missed, true, found, truth, doses, rules.window_days)
    extra = sum(true.get(key) != drugs for key, drugs in found.items())
    counts = Counter(reasons.values())
    return LineExactness(
        len(true),
        len(true) - len(missed),
        extra,
        tuple(counts.most_common()),
    )


def _reasons(
    missed: set[tuple], true: dict, found: dict, truth: Path, doses: ir.Table, window_days: int
) -> dict[tuple, str]:
    people = pd.read_parquet(truth / "people.parquet")
    twins = set(people.loc[people["twin"], "person"])
    read = {
        (p, drug, _day(day))
        for p, drug, day in doses.select("person", "drug", "start")
        .to_pandas()
        .itertuples(index=False, name=None)
    }
    given = pd.read_parquet(truth / "doses.parquet")
    given = given[given["person"].isin({key[0] for key in missed})]
    wanting: set[tuple] = set()
    begun: dict[tuple, set[str]] = {}
    starts = {key[:2]: key[2] for key in missed}
    for p, line, drug, day in given[["person", "line", "visible_as", "day"]].itertuples(
        index=False, name=None
    ):
        if drug != UNNAMED_CHEMOTHERAPY and (p, drug, _day(day)) not in read:
            wanting.add((p, line))
        if (p, line) in starts and (_day(day) - starts[p, line]).days <= window_days:
            begun.setdefault((p, line), set()).add(drug)
    made: dict[tuple, str] = {}
    bad: set[str] = set()
    for key in sorted(missed):
        person, line, _ = key
        if person in twins:
            made[key] = TWIN
        elif found.get(key, frozenset()) | {UNNAMED_CHEMOTHERAPY} == true[key]:
            made[key] = HIDDEN
        elif begun.get((person, line)) != true[key]:
            made[key] = UNLISTED
        elif (person, line) in wanting:
            made[key] = NOT_READ
        else:
            made[key] = SHIFTED if person in bad else OTHER
        bad.add(person)
    return made


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
