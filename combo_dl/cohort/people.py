"""Facts of people that a cohort asks of events: spans, birth, death, events in a window."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.codes import CodeList, matches

DAY = "datetime64[ns]"


def of_people(events: ir.Table, anchors: pd.DataFrame, kind: str, codes: CodeList) -> ir.Table:
    """Events of ``kind`` and ``codes`` of the people of ``anchors`` (``person, start``), with the
    day of each relative to the anchor in ``offset``."""
    frame = anchors[["person", "start"]].rename(columns={"start": "anchor"})
    frame = frame.assign(anchor=frame["anchor"].dt.date)
    known = ibis.memtable(frame, schema={"person": "string", "anchor": "date"})
    own = events.filter((events.kind == kind) & matches(events, codes))
    joined = own.join(known, "person", how="inner")
    return joined.mutate(offset=joined.start.delta(joined.anchor, unit="day"))


def with_event(
    events: ir.Table,
    anchors: pd.DataFrame,
    *,
    kind: str,
    codes: CodeList,
    first: int,
    last: int,
) -> set[str]:
    """The people with such an event from day ``first`` to day ``last`` of their anchor."""
    found = of_people(events, anchors, kind, codes)
    found = found.filter(found.offset.between(first, last))
    return set(found.select("person").distinct().to_pandas()["person"])


def first_after(
    events: ir.Table, anchors: pd.DataFrame, *, kind: str, codes: CodeList, after: int
) -> pd.Series:
    """{person: days from the anchor to the first such event after day ``after``}."""
    found = of_people(events, anchors, kind, codes)
    found = found.filter(found.offset > after)
    days = found.group_by("person").aggregate(offset=found.offset.min()).to_pandas()
    return days.set_index("person")["offset"].astype("int64")


def last_values(
    events: ir.Table, anchors: pd.DataFrame, *, kind: str, codes: CodeList, first: int, last: int
) -> pd.DataFrame:
    """One row a person: the ``value`` and ``unit`` of the last such event of the window; of several
    of one day the lowest value, so that every engine takes the same."""
    found = of_people(events, anchors, kind, codes)
    found = found.filter(found.offset.between(first, last) & found.value.notnull())
    order = ibis.window(
        group_by="person", order_by=[ibis.desc(found.offset), found.value, found.unit]
    )
    ranked = found.mutate(rank=ibis.row_number().over(order))
    return ranked.filter(ranked["rank"] == 0).select("person", "value", "unit").to_pandas()


def person_facts(events: ir.Table, people: pd.Series) -> pd.DataFrame:
    """One row a person of ``people``: ``birth`` and ``death`` (the earliest stated day) and ``sex``
    (missing where the source states two)."""
    known = ibis.memtable(pd.DataFrame({"person": people}), schema={"person": "string"})
    own = events.filter(events.kind.isin(["birth", "death", "sex"])).semi_join(known, "person")
    days = own.group_by("person", "kind").aggregate(
        start=own.start.min(), low=own.code.min(), high=own.code.max()
    )
    frame = days.to_pandas()
    made = pd.DataFrame(index=pd.Index(people, name="person"))
    for kind in ("birth", "death"):
        rows = frame[frame["kind"] == kind].set_index("person")
        made[kind] = pd.to_datetime(rows["start"]).astype(DAY)
    sex = frame[(frame["kind"] == "sex") & (frame["low"] == frame["high"])].set_index("person")
    made["sex"] = sex["low"].where(sex["low"].isin(["female", "male"])).astype(object)
    return made


def observed_spans(events: ir.Table, people: pd.Series) -> pd.DataFrame:
    """Spans ``person, start, end`` in which people are observed; those that touch are one."""
    known = ibis.memtable(pd.DataFrame({"person": people}), schema={"person": "string"})
    rows = events.filter(events.kind == "observed").semi_join(known, "person")
    frame = rows.select("person", "start", "end").to_pandas()
    frame["start"], frame["end"] = (pd.to_datetime(frame[c]).astype(DAY) for c in ("start", "end"))
    frame = frame[frame["end"] >= frame["start"]].sort_values(["person", "start", "end"])
    reach = frame.groupby("person")["end"].cummax()
    before = reach.groupby(frame["person"]).shift()
    new = before.isna() | (frame["start"] > before + pd.Timedelta(days=1))
    island = new.groupby(frame["person"]).cumsum().rename("island")
    merged = frame.groupby(["person", island]).agg(start=("start", "min"), end=("end", "max"))
    return merged.reset_index().drop(columns="island")
