"""Drug events become days of doses, and those become exposures: when a person was under a drug."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.codes import matches
from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY, DrugCodes, named
from combo_dl.cohort.line_rules import DrugKinds, LineRules

_DOSE = ("person", "drug", "start", "end")


def dose_days(
    events: ir.Table, codes: DrugCodes, rules: LineRules, *, supportive: bool = False
) -> ir.Table:
    """One row a person, drug and day on which it was given or handed out: ``person, drug, start,
    end`` (end: the last day that one of the day's rows covers).

    Two boxes of one day, a box split in two and the same claim from two tables are one row. A
    session of chemotherapy (``rules.sessions``) on a day without a named infused drug is a dose of
    ``chemotherapy, unnamed``; a drug that is swallowed explains no session.

    supportive: the supportive drugs instead of the antineoplastic ones.
    """
    kinds = DrugKinds(rules=rules, table=codes.table)
    drugs = named(events.filter(events.kind == "drug"), codes)
    drugs = drugs.filter(drugs.start.notnull() & drugs.person.notnull())
    seen = drugs.select("drug").distinct().to_pandas()["drug"].tolist()
    kept = [n for n in seen if kinds.is_supportive(n) == supportive]
    rows = drugs.filter(drugs.drug.isin(kept)).select(*_DOSE)
    if not supportive and rules.sessions:
        infused = rows.filter(rows.drug.notin([n for n in kept if kinds.is_oral(n)]))
        rows = rows.union(_sessions(events, rules, infused), distinct=False)
    return rows.group_by("person", "drug", "start").aggregate(
        end=ibis.greatest(rows.end.max(), rows.start.max())
    )


def _sessions(events: ir.Table, rules: LineRules, infused: ir.Table) -> ir.Table:
    """Doses of chemotherapy that has no name: sessions that no named infused drug explains."""
    found = events.filter(matches(events, rules.session_codes) & events.start.notnull())
    days = found.select("person", "start").distinct()
    explained = infused.select("person", "start").distinct()
    alone = days.anti_join(explained, ["person", "start"])
    return alone.select(
        person=alone.person,
        drug=ibis.literal(UNNAMED_CHEMOTHERAPY),
        start=alone.start,
        end=alone.start,
    )


def exposures(doses: ir.Table, rules: LineRules) -> ir.Table:
    """Doses (``dose_days``) as exposures: ``person, drug, start, end, doses``.

    Doses of one drug that begin no more than ``exposure_gap_days`` after the last covered day are
    one exposure; exposures of different drugs may overlap.
    """
    before = ibis.cumulative_window(group_by=["person", "drug"], order_by=doses.start)
    reach = doses.mutate(covered=doses.end.max().over(before))
    ordered = ibis.window(group_by=["person", "drug"], order_by=reach.start)
    spaced = reach.mutate(last=reach.covered.lag().over(ordered))
    days = spaced.start.delta(spaced.last, unit="day")
    new = (spaced.last.isnull() | (days > rules.exposure_gap_days)).cast("int64")
    marked = spaced.mutate(new=new)
    running = ibis.cumulative_window(group_by=["person", "drug"], order_by=marked.start)
    numbered = marked.mutate(island=marked.new.sum().over(running))
    return (
        numbered.group_by("person", "drug", "island")
        .aggregate(start=numbered.start.min(), end=numbered.end.max(), doses=numbered.count())
        .drop("island")
    )


def as_frame(table: ir.Table, *order: str) -> pd.DataFrame:
    """A table of the engine, sorted, as a DataFrame whose days are datetime64."""
    frame = table.order_by(list(order)).to_pandas()
    for name, kind in table.schema().items():
        if kind.is_date():
            frame[name] = pd.to_datetime(frame[name])
    return frame
