"""Outcomes of people after time zero, as labels of a Study."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from combo_dl.cohort.codes import CodeList
from combo_dl.cohort.people import first_after
from combo_dl.cohort.protocol import Outcome, Protocol


def labels_of(
    events: ir.Table,
    people: pd.DataFrame,
    lines: pd.DataFrame,
    protocol: Protocol,
    codes: Mapping[str, CodeList],
) -> dict[str, np.ndarray]:
    """{outcome: label} of people (``selection.select``), all strictly after they enter.

    Survival: float32[N, 2] (time_days from time zero, event: 0 censored, 1 the outcome, 2 death
    where it competes), or [N, 3] with entry_days where entry is delayed. Toxicity: float32[N, 1],
    1 = seen within the days, 0 = not, and followed for as long or dead before; else NaN.
    """
    made = {}
    for name, outcome in protocol.outcomes.items():
        days = _days(events, people, lines, protocol, outcome, codes[f"outcome {name}"])
        build = _toxicity if outcome.kind == "toxicity" else _survival
        made[name] = build(people, days, outcome, protocol)
    return made


def _days(
    events: ir.Table,
    people: pd.DataFrame,
    lines: pd.DataFrame,
    protocol: Protocol,
    outcome: Outcome,
    codes: CodeList,
) -> np.ndarray:
    """float64[N] days from time zero to the outcome, endless where there is none."""
    if outcome.kind == "death":
        return _since_zero(people, people["death"])
    entry = protocol.risk_day - protocol.zero_day
    if outcome.kind == "next_treatment":
        starts = lines.drop_duplicates(["person", "line"])[["person", "line", "line_start"]]
        joined = people[["person", "line", "zero"]].merge(starts, on="person")
        later = joined[
            (joined["line_y"] > joined["line_x"])
            & ((joined["line_start"] - joined["zero"]).dt.days > entry)
        ]
        first = later.groupby("person")["line_start"].min()
        return _since_zero(people, people["person"].map(first))
    found = first_after(
        events,
        people.assign(start=people["zero"]),
        kind=outcome.event_kind,
        codes=codes,
        after=entry,
    )
    return people["person"].map(found).to_numpy(np.float64, na_value=np.inf)


def _since_zero(people: pd.DataFrame, day: pd.Series) -> np.ndarray:
    days = (pd.to_datetime(day) - people["zero"]).dt.days
    return days.to_numpy(np.float64, na_value=np.inf)


def _survival(
    people: pd.DataFrame, days: np.ndarray, outcome: Outcome, protocol: Protocol
) -> np.ndarray:
    last = _since_zero(people, people["seen_to"])
    death = _since_zero(people, people["death"])
    end = np.minimum(last, death)
    time = np.minimum(days, end)
    happened = days <= end
    event = happened.astype(np.float32)
    if outcome.death_competes:
        event = np.where(~happened & (death <= last), 2, event)
    label = [time, event]
    if protocol.delayed_entry:
        label.append(np.full(len(people), float(protocol.risk_day - protocol.zero_day)))
    return np.stack(label, axis=1).astype(np.float32)


def _toxicity(
    people: pd.DataFrame, days: np.ndarray, outcome: Outcome, protocol: Protocol
) -> np.ndarray:
    last = _since_zero(people, people["seen_to"])
    death = _since_zero(people, people["death"])
    seen = days <= np.minimum(np.minimum(last, death), outcome.within_days)
    known = seen | (last >= outcome.within_days) | (death <= last)
    return np.where(known, seen, np.nan).astype(np.float32)[:, None]
