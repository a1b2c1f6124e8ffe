"""What of survival may leave: outcomes by fifth of the prediction, calibration, a coarse curve.

Everything that is told of survival here is tied to one table of counts: how each person's follow-up
went, in spans of time that do not overlap, by fifth of the predicted mean days. Observed survival
of a day is told where the count of events of each span up to it is, and of no other day: from two
observed shares of the same people their difference is a count.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from combo_dl.core.export_gate import ALL
from combo_dl.core.export_kinds import CountTable, Export, ValueTable
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.small_cells import hidden_cells
from combo_dl.evaluate.survival_groups import WEEK
from combo_dl.stats.survival import kaplan_meier
from combo_dl.train.survivals import DAYS

FIFTHS = 5
DIGITS = 2  # of shares: a third digit of 100 people would be a count
FIFTH, COURSE, PEOPLE = "fifth", "course", "people"
_SCORES = ("harrell_c", "gap_365")


def survival_exports(
    record: dict, endpoint: str, rows: pd.DataFrame, *, threshold: int
) -> list[Export]:
    """Tables of one endpoint. rows: one a scored patient, with time_days, event, entry_days,
    mean_days and survival at days, of the headline."""
    made = _subgroups(record, endpoint, rows)
    left = record["protocol"]["test_rows"] - len(rows)
    days = _days(record, endpoint)
    # How many are not scored must not be told by subtraction from the people of the cohort.
    if days and (left == 0 or left >= threshold) and len(rows) >= FIFTHS * threshold:
        made += _courses(endpoint, rows, days, threshold)
    return made


def _days(record: dict, endpoint: str) -> tuple[int, ...]:
    """Days up to which every fold was scored."""
    scored = record["survival"]["endpoints"][endpoint]["days"].values()
    return tuple(d for d in DAYS if d <= min(scored, default=0))


def _courses(
    endpoint: str, rows: pd.DataFrame, days: tuple[int, ...], threshold: int
) -> list[Export]:
    fifth = np.empty(len(rows), int)
    order = np.lexsort((np.arange(len(rows)), rows["mean_days"].to_numpy()))
    for place, at in enumerate(np.array_split(order, FIFTHS)):
        fifth[at] = place + 1
    course = _course(rows, days)
    counted = pd.crosstab(
        pd.Series(fifth.astype(str), name=FIFTH),
        pd.Series(course, name=COURSE),
        margins=True,
        margins_name=ALL,
    )
    long = counted.stack().rename(PEOPLE).reset_index()
    keys = [
        frozenset((d, v) for d, v in ((FIFTH, f), (COURSE, c)) if v != ALL)
        for f, c in zip(long[FIFTH], long[COURSE], strict=True)
    ]
    hidden = hidden_cells(dict(zip(keys, long[PEOPLE].astype(int), strict=True)), threshold)

    def told(name: str) -> list[int]:
        """The days of which observed survival may be told, of a fifth or of all."""
        own = [] if name == ALL else [(FIFTH, name)]
        spans = [frozenset([*own, (COURSE, _event(a, b))]) for a, b in pairwise((0, *days))]
        open_ = [k in keys and k not in hidden for k in spans]
        return [d for d, whole in zip(days, np.cumprod(open_), strict=True) if whole]

    groups = {ALL: np.ones(len(rows), bool)} | {str(k): fifth == k for k in range(1, FIFTHS + 1)}
    found = [r for name, at in groups.items() for r in _observed(name, rows[at], days, told(name))]
    curve = _curve(_seen(rows), told(ALL), threshold)
    return [
        CountTable(
            file=f"courses_{endpoint}.csv",
            frame=long,
            dimensions=(FIFTH, COURSE),
            population=f"scored {endpoint}",
            why=f"follow-up of {endpoint} by fifth of the predicted mean days, the lowest first",
        ),
        ValueTable(
            file=f"calibration_{endpoint}.csv",
            frame=pd.DataFrame(found),
            why=f"survival predicted and observed of {endpoint}, by the fifths of its courses",
        ),
        ValueTable(
            file=f"curve_{endpoint}.csv",
            frame=curve,
            why=f"observed {endpoint} in steps of {threshold} events or more",
        ),
    ]


def _course(rows: pd.DataFrame, days: tuple[int, ...]) -> np.ndarray:
    """object[n]: the span in which the event was, or that there was none."""
    time, had = rows["time_days"].to_numpy(), rows["event"].to_numpy() > 0
    made = np.full(len(rows), f"left before day {days[-1]}", dtype=object)
    made[time > days[-1]] = f"seen beyond day {days[-1]}"
    for start, end in pairwise((0, *days)):
        made[had & (time > start) & (time <= end)] = _event(start, end)
    return made


def _event(start: int, end: int) -> str:
    return f"event from day {start} to day {end}"


def _seen(rows: pd.DataFrame) -> FollowUp:
    return FollowUp.of(rows["time_days"], rows["event"] > 0, rows["entry_days"])


def _observed(
    name: str, rows: pd.DataFrame, days: tuple[int, ...], told: list[int]
) -> list[dict[str, object]]:
    made = []
    curve = kaplan_meier(_seen(rows))
    for day in days:
        known = day in told and curve.reaches(day)
        observed = round(float(curve.at(day)), DIGITS) if known else None
        predicted = round(float(rows[f"survival_{day}"].mean()), DIGITS)
        made.append(
            {FIFTH: name, "day": day, "predicted": predicted, "observed": observed}
            | {PEOPLE: len(rows)}
        )
    return made


def _curve(seen: FollowUp, told: list[int], threshold: int) -> pd.DataFrame:
    """Kaplan-Meier week by week, where since the step before and up to the next day of the table of
    counts there are ``threshold`` events or more, and as many are at risk."""
    curve, made, last = kaplan_meier(seen), [(0.0, 1.0, len(seen))], 0
    had = np.sort(seen.time_days[seen.event > 0])
    for start, end in pairwise((0, *told)):
        at_end = int(np.searchsorted(had, end, side="right"))
        for day in [*np.arange(start + WEEK, end, WEEK), float(end)]:
            events = int(np.searchsorted(had, day, side="right"))
            at_risk = int(((seen.entry_days < day) & (seen.time_days >= day)).sum())
            apart = events - last >= threshold and at_end - events >= threshold
            if at_risk >= threshold and (apart or day == end) and curve.reaches(day):
                made.append((day, float(curve.at(day)), at_risk))
                last = events
    frame = pd.DataFrame(made, columns=["day", "survival", PEOPLE])
    return frame.round({"survival": DIGITS})


def _subgroups(record: dict, endpoint: str, rows: pd.DataFrame) -> list[Export]:
    """Fields whose levels are all told, each with people who had the event and who had not."""
    made = []
    own = [r for r in record["survival"]["subgroups"] if r["endpoint"] == endpoint]
    for field, model in dict.fromkeys((r["field"], r["model"]) for r in own):
        levels = [r for r in own if (r["field"], r["model"]) == (field, model)]
        whole = sum(r["patients"] for r in levels) == len(rows)
        if not whole or len(levels) < 2 or any(r["events"] is None for r in levels):
            continue
        few = min(min(r["events"], r["patients"] - r["events"]) for r in levels)
        for r in levels:
            numbers = {k: None if r[k] is None else round(r[k], 3) for k in _SCORES}
            head = {k: r[k] for k in ("field", "level", "model")}
            # All levels are of as few as the smallest: they leave together or not at all.
            made.append(head | numbers | {PEOPLE: few})
    if not made:
        return []
    return [
        ValueTable(
            file=f"subgroups_{endpoint}.csv",
            frame=pd.DataFrame(made),
            why=f"{endpoint} by subgroup: C, and survival predicted less observed at day 365",
        )
    ]
