"""Doses become lines of therapy: which drugs were given together, in which order.

The customs are those of the public references (ARTEMIS and OncoRegimenFinder, OHDSI): drugs first
given within a window are one combination, a long gap closes a line, and a further drug opens one,
but for maintenance and for a change within a class. Nothing later than the window after the first
dose of a line decides that it begins or which drugs it has: so who is assigned at the end of the
window is assigned by what was known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from combo_dl.cohort.drug_codes import DrugCodes
from combo_dl.cohort.exposures import dose_days
from combo_dl.cohort.line_rules import DrugKinds, LineRules
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import InputError

CHUNK_ROWS = 250_000  # of doses, held at once
REGIMEN, SWITCH, MAINTENANCE, CARRIED = "regimen", "switch", "maintenance", "carried"
LINE_COLUMNS = ("person", "line", "drug", "role", "first", "last", "doses", "line_start")


@dataclass(kw_only=True)
class _Line:
    """A line while it grows: drug -> [role, first day, last day covered, doses]."""

    start: int
    last: int
    drugs: dict[str, list] = field(default_factory=dict)
    before: frozenset[str] = frozenset()  # of the line before, and not stopped for long

    def give(self, drug: str, role: str, day: int, end: int) -> None:
        own = self.drugs.setdefault(drug, [role, day, end, 0])
        own[2] = max(own[2], end)
        own[3] += 1
        self.last = max(self.last, end)


def _person_lines(
    days: np.ndarray, ends: np.ndarray, drugs: list[str], lookup: _Lookup
) -> list[_Line]:
    """Lines of one person whose doses are sorted by day: int64[n] first and last covered day (since
    any fixed day), n names."""
    rules, lines = lookup.rules, list[_Line]()
    doses_of: dict[str, np.ndarray] = {
        d: days[[i for i, other in enumerate(drugs) if other == d]] for d in set(drugs)
    }
    for at in _same_day(days):
        day = int(days[at[0]])
        line = lines[-1] if lines else None
        if line is None or day - line.last > rules.gap_days:
            line = _Line(start=day, last=day)
            lines.append(line)
        roles = {drugs[i]: _role(line, drugs[i], day, doses_of, lookup) for i in at}
        if None in roles.values():
            still = frozenset(
                d for d, own in line.drugs.items() if day - own[2] <= rules.carry_days
            )
            line = _Line(start=day, last=day, before=still)
            lines.append(line)
            roles = dict.fromkeys(roles, REGIMEN)
        for i in at:
            line.give(drugs[i], roles[drugs[i]] or REGIMEN, day, int(ends[i]))
    return lines


def _role(
    line: _Line, drug: str, day: int, doses_of: Mapping[str, np.ndarray], lookup: _Lookup
) -> str | None:
    """What a drug is in the open line; None: it opens another."""
    window = lookup.rules.window_days
    if drug in line.drugs:
        return line.drugs[drug][0]
    if day - line.start <= window:
        return REGIMEN
    if drug in line.before:
        return CARRIED

    def goes_on(other: str) -> bool:
        later = doses_of[other]
        return bool(((later >= day) & (later <= day + window)).any())

    partners = lookup.maintains(drug) & set(line.drugs)
    if partners and not any(goes_on(p) for p in partners):
        return MAINTENANCE
    mine = lookup.groups(drug)
    alike = [d for d in line.drugs if mine & lookup.groups(d)]
    if alike and not any(goes_on(d) for d in alike):
        return SWITCH
    return None


class _Lookup:
    """The kinds of drugs, each asked of the catalogue once."""

    def __init__(self, kinds: DrugKinds) -> None:
        self.rules = kinds.rules
        self.groups = lru_cache(maxsize=None)(kinds.groups)
        self.maintains = lru_cache(maxsize=None)(kinds.maintains)


def _same_day(days: np.ndarray) -> Iterator[range]:
    """The places of the doses of each day."""
    cuts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
    for start, stop in pairwise(cuts):
        yield range(start, stop)


def line_drugs(
    doses: ir.Table, rules: LineRules, *, table: DrugTable | None = None
) -> pd.DataFrame:
    """Lines of therapy of doses (``exposures.dose_days``): one row a person, line and drug.

    Columns: ``person``; ``line`` (1, 2, ...); ``drug``; ``role`` (regimen: first given within the
    window; switch, maintenance, carried: later, without a new line); ``first`` and ``last`` day of
    the drug in the line; ``doses``; ``line_start``. Sorted by person, line and drug. The engine
    hands over doses in order, so that no more than ``CHUNK_ROWS`` and one person are held; what is
    made of them becomes columns part by part.
    """
    lookup = _Lookup(DrugKinds(rules=rules, table=table or oncology_drugs()))
    parts, rows = list[pd.DataFrame](), list[tuple]()
    for person, days, ends, drugs in _people(doses):
        rows += _rows(person, _person_lines(days, ends, drugs, lookup))
        if len(rows) >= CHUNK_ROWS:
            parts.append(_columns(rows))
            rows = []
    if rows or not parts:
        parts.append(_columns(rows))
    return pd.concat(parts, ignore_index=True)


def _columns(rows: list[tuple]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(LINE_COLUMNS))
    for name in ("first", "last", "line_start"):
        made[name] = _EPOCH + pd.to_timedelta(made[name], unit="D")
    return made.astype({"line": "int64", "doses": "int64"})


_EPOCH = pd.Timestamp("1970-01-01")


def _people(doses: ir.Table) -> Iterator[tuple[str, np.ndarray, np.ndarray, list[str]]]:
    """(person, days, ends, drugs) of one person after the other, read in chunks."""
    wanted = doses.select("person", "start", "end", "drug").order_by(["person", "start", "drug"])
    rest: pd.DataFrame | None = None
    for batch in wanted.to_pyarrow_batches(chunk_size=CHUNK_ROWS):
        frame = batch.to_pandas()
        frame = frame if rest is None else pd.concat([rest, frame], ignore_index=True)
        if frame.empty:
            continue
        last = (frame["person"] == frame["person"].iloc[-1]).to_numpy()
        yield from _split(frame[~last])
        rest = frame[last]
    if rest is not None:
        yield from _split(rest)


def _split(frame: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, np.ndarray, list[str]]]:
    if frame.empty:
        return
    people = frame["person"].to_numpy()
    days, ends = (
        pd.to_datetime(frame[c]).to_numpy().astype("datetime64[D]").astype(np.int64)
        for c in ("start", "end")
    )
    names = frame["drug"].tolist()
    cuts = np.flatnonzero(people[1:] != people[:-1]) + 1
    for a, b in zip([0, *cuts], [*cuts, len(people)], strict=True):
        yield people[a], days[a:b], ends[a:b], names[a:b]


def _rows(person: str, lines: list[_Line]) -> list[tuple]:
    return [
        (person, number, drug, role, first, last, doses, line.start)
        for number, line in enumerate(lines, start=1)
        for drug, (role, first, last, doses) in sorted(line.drugs.items())
    ]


def lines_of(events: ir.Table, codes: DrugCodes, rules: LineRules) -> pd.DataFrame:
    """``line_drugs`` of an event table.

    Raises ConfigError on rules that cannot be, InputError where no event
    is a dose of a cancer drug.
    """
    rules.validate(codes.table)
    found = line_drugs(dose_days(events, codes, rules), rules, table=codes.table)
    if found.empty:
        raise InputError(
            "no event is a dose of a cancer drug that the catalogue names; look at the vocabulary "
            "and code of the drug events, and give the codes of your source (a table of drug codes)"
        )
    return found


def regimens(lines: pd.DataFrame, *, within_days: int) -> pd.DataFrame:
    """One row a person and line: ``person, line, start, end, drugs``; drugs (a sorted tuple) are
    those first given no later than ``within_days`` after the first dose, whatever came after."""
    offset = (lines["first"] - lines["line_start"]).dt.days
    begun = lines[(offset <= within_days) & lines["role"].isin([REGIMEN, CARRIED])]
    keys = ["person", "line"]
    drugs = begun.groupby(keys)["drug"].agg(lambda names: tuple(sorted(names)))
    spans = lines.groupby(keys).agg(start=("line_start", "first"), end=("last", "max"))
    return spans.assign(drugs=drugs).reset_index()
