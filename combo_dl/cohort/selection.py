"""Who enters a cohort: one rule after the other, each exclusion counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from combo_dl.cohort.codes import CodeList
from combo_dl.cohort.exposures import as_frame
from combo_dl.cohort.lines import regimens
from combo_dl.cohort.people import observed_spans, person_facts, with_event
from combo_dl.cohort.protocol import Protocol
from combo_dl.core.drug_table import DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.files import digest_of

DAYS_A_YEAR = 365.25


@dataclass(kw_only=True)
class Flow:
    """The flow chart while it grows: (rule, people left, what the rule asks)."""

    steps: list[tuple[str, int, str]] = field(default_factory=list)

    def keep(
        self, people: pd.DataFrame, kept: pd.Series | np.ndarray, rule: str, asks: str
    ) -> pd.DataFrame:
        """The people kept. Raises InputError naming the rule that left nobody."""
        left = people[np.asarray(kept, bool)]
        self.steps.append((rule, len(left), asks))
        if left.empty:
            before = self.steps[-2][1] if len(self.steps) > 1 else len(people)
            raise InputError(
                f"the cohort is empty: {rule!r} ({asks}) left none of {before} people; "
                "loosen that rule, or look at the codes that it names"
            )
        return left


def select(
    events: ir.Table,
    lines: pd.DataFrame,
    doses: ir.Table,
    protocol: Protocol,
    codes: Mapping[str, CodeList],
    table: DrugTable,
) -> tuple[pd.DataFrame, Flow]:
    """The people of a cohort, and the flow chart.

    People have ``person, line, start`` (the first dose), ``drugs`` (begun in the grace period),
    ``birth, sex, death, observed_end`` and ``seen_to`` (the last day on which they are followed).
    Rules ask in a fixed order, and only of what is known at time zero.
    Raises InputError where nobody is left, naming the rule.
    """
    flow = Flow()
    found = regimens(lines, within_days=protocol.grace_days)
    treated = found.drop_duplicates("person")
    flow.keep(treated, np.ones(len(treated), bool), "treated", "a line of therapy")
    people = _indexed(found, protocol, table, flow)
    people = _observed(events, people, protocol, flow)
    people = _described(events, people, protocol, flow)
    people = _washed(doses, people, protocol, table, flow)
    for rule in protocol.eligibility.rules:
        own = codes[f"rule {rule.name}"]
        having = with_event(
            events, people, kind=rule.kind, codes=own, first=rule.from_day, last=rule.to_day
        )
        there = people["person"].isin(having)
        asks = f"{'a' if rule.needed else 'no'} {rule.kind} of {', '.join(rule.codes)}, days "
        asks += f"{rule.from_day} to {rule.to_day} of the first dose"
        people = flow.keep(people, there if rule.needed else ~there, rule.name, asks)
    people = _at_risk(people, protocol, flow)
    people = _assigned(people, protocol, table, flow)
    return _by_no_order(people), flow


def _indexed(found: pd.DataFrame, protocol: Protocol, table: DrugTable, flow: Flow) -> pd.DataFrame:
    index = protocol.index
    wanted = {table.get(d).name for d in index.drugs}
    if index.line:
        found = flow.keep(
            found, found["line"] == index.line, f"line {index.line}", f"a line number {index.line}"
        )
    if wanted:
        fits = found["drugs"].map(lambda drugs: bool(wanted & set(drugs)))
        kept = found[fits].sort_values(["person", "line"]).drop_duplicates("person")
        asks = f"{' or '.join(sorted(wanted))} by day {protocol.grace_days} of a line"
        return flow.keep(kept, np.ones(len(kept), bool), "index drug", asks)
    return found.sort_values(["person", "line"]).drop_duplicates("person")


def _observed(
    events: ir.Table, people: pd.DataFrame, protocol: Protocol, flow: Flow
) -> pd.DataFrame:
    need = protocol.eligibility.observed_days
    spans = observed_spans(events, people["person"])
    if spans.empty:
        raise InputError(
            "the source states no span of observation of these people (events of kind observed); "
            "without one nobody is at risk: derive it from the dates of complete records"
        )
    spans = spans.rename(columns={"start": "observed_start", "end": "observed_end"})
    joined = people.merge(spans, on="person")
    inside = joined[joined["start"].between(joined["observed_start"], joined["observed_end"])]
    inside = flow.keep(inside, np.ones(len(inside), bool), "observed", "observed at the first dose")
    before = (inside["start"] - inside["observed_start"]).dt.days
    return flow.keep(
        inside, before >= need, "observed before", f"{need} days of observation before"
    )


def _described(
    events: ir.Table, people: pd.DataFrame, protocol: Protocol, flow: Flow
) -> pd.DataFrame:
    facts = person_facts(events, people["person"]).reset_index()
    people = people.merge(facts, on="person")
    e = protocol.eligibility
    days = (people["start"] - people["birth"]).dt.days
    people = people.assign(age_years=np.floor(days / DAYS_A_YEAR))
    kept = people["age_years"].between(e.age_low, e.age_high)
    return flow.keep(people, kept, "age", f"{e.age_low} to {e.age_high} years, birth known")


def _washed(
    doses: ir.Table, people: pd.DataFrame, protocol: Protocol, table: DrugTable, flow: Flow
) -> pd.DataFrame:
    e = protocol.eligibility
    if not e.washout_days:
        return people
    names = sorted({table.get(d).name for d in e.washout_drugs})
    rows = as_frame(doses.filter(doses.drug.isin(names)), "person", "drug", "start")
    starts = people[["person", "start"]].rename(columns={"start": "anchor"})
    joined = rows.merge(starts, on="person")
    day = (joined["start"] - joined["anchor"]).dt.days
    had = set(joined[(day < 0) & (day >= -e.washout_days)]["person"])
    asks = f"none of {', '.join(names)} in the {e.washout_days} days before"
    return flow.keep(people, ~people["person"].isin(had), "washout", asks)


def _at_risk(people: pd.DataFrame, protocol: Protocol, flow: Flow) -> pd.DataFrame:
    """People still alive and observed when they begin to be at risk."""
    zero = people["start"] + pd.Timedelta(days=protocol.zero_day)
    last = people["observed_end"]
    if protocol.data_cut:
        last = last.clip(upper=pd.Timestamp(protocol.data_cut))
    last = np.minimum(last, zero + pd.Timedelta(days=protocol.follow_up_days))
    people = people.assign(zero=zero, seen_to=last)
    begin = people["start"] + pd.Timedelta(days=protocol.risk_day)
    alive = people["death"].isna() | (people["death"] > begin)
    people = flow.keep(people, alive, "alive", f"alive after day {protocol.risk_day}")
    begin = begin[people.index]
    asks = f"observed after day {protocol.risk_day}"
    return flow.keep(people, people["seen_to"] > begin, "followed", asks)


def _assigned(
    people: pd.DataFrame, protocol: Protocol, table: DrugTable, flow: Flow
) -> pd.DataFrame:
    names: dict[tuple[str, ...], str] = {
        tuple(sorted(table.get(d).name for d in drugs)): name
        for name, drugs in protocol.strategies.items()
    }
    label = [names.get(d, "") if names else " + ".join(d) for d in people["drugs"]]
    people = people.assign(strategy=label)
    if names:
        asks = f"the drugs of {', '.join(protocol.strategies)}"
        people = flow.keep(people, people["strategy"] != "", "strategy", asks)
    if protocol.smallest_strategy > 1:
        size = people.groupby("strategy")["person"].transform("size")
        least = protocol.smallest_strategy
        asks = f"a strategy of at least {least} people"
        people = flow.keep(people, size >= least, "size of strategy", asks)
    return people


def _by_no_order(people: pd.DataFrame) -> pd.DataFrame:
    """Rows in an order that says nothing of identifiers and days, the same in every run."""
    order = people["person"].map(digest_of).sort_values().index
    return people.loc[order].reset_index(drop=True)
