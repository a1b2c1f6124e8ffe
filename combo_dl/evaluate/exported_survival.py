"""What of survival may leave: outcomes by group of prediction, calibration, a coarse curve.

Everything that is told of survival here is tied to one table of counts: how each person's follow-up
went, in spans of time that do not overlap, by group of predicted mean days. Observed survival of a
day is told where the count of events of each span up to it is, and of no other day: from two
observed shares of the same people their difference is a count.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from combo_dl.core.export_gate import ALL
from combo_dl.core.export_kinds import CountTable, Export, ValueTable
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.small_cells import Key, hidden_cells
from combo_dl.evaluate.survival_groups import WEEK
from combo_dl.stats.survival import kaplan_meier
from combo_dl.train.survivals import DAYS

GROUPS = 5
DIGITS = 2  # of shares: a third digit of 100 people would be a count
GROUP, COURSE, PEOPLE = "group", "course", "people"
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
    if days and (left == 0 or left >= threshold) and len(rows) >= 2 * threshold:
        made += _courses(endpoint, rows, days, threshold)
    return made


def _days(record: dict, endpoint: str) -> tuple[int, ...]:
    """Days up to which every fold was scored."""
    scored = record["survival"]["endpoints"][endpoint]["days"].values()
    return tuple(d for d in DAYS if d <= min(scored, default=0))


def _courses(
    endpoint: str, rows: pd.DataFrame, days: tuple[int, ...], threshold: int
) -> list[Export]:
    group, long, hidden = _grouped(rows, days, threshold)

    def told(name: str) -> list[int]:
        """The days of which observed survival may be told, of a group or of all."""
        spans = [_key(name, _event(a, b)) for a, b in pairwise((0, *days))]
        open_ = np.cumprod([k not in hidden for k in spans])
        return [d for d, whole in zip(days, open_, strict=True) if whole]

    parts = {name: group == name for name in np.unique(group)}
    parts |= {ALL: np.ones(len(rows), bool)}
    found = [r for name, at in parts.items() for r in _observed(name, rows[at], days, told(name))]
    return [
        CountTable(
            file=f"courses_{endpoint}.csv",
            frame=long,
            dimensions=(GROUP, COURSE),
            population=f"scored {endpoint}",
            why=f"follow-up of {endpoint} by group of predicted mean days, the fewest first",
        ),
        ValueTable(
            file=f"calibration_{endpoint}.csv",
            frame=pd.DataFrame(found),
            why=f"survival predicted and observed of {endpoint}, by the groups of its courses",
        ),
        ValueTable(
            file=f"curve_{endpoint}.csv",
            frame=_curve(_seen(rows), told(ALL), threshold),
            why=f"observed {endpoint} in steps of {threshold} events or more",
        ),
    ]


def _grouped(
    rows: pd.DataFrame, days: tuple[int, ...], threshold: int
) -> tuple[np.ndarray, pd.DataFrame, set[Key]]:
    """(group object[n] of each person, counts by group and course, hidden cells): the most groups,
    at most GROUPS, of which no cell is hidden; else one."""
    order = np.lexsort((np.arange(len(rows)), rows["mean_days"].to_numpy()))
    course = pd.Series(_course(rows, days), name=COURSE)
    for count in range(GROUPS, 0, -1):
        group = np.empty(len(rows), dtype=object)
        for place, at in enumerate(np.array_split(order, count)):
            group[at] = str(place + 1)
        counted = pd.crosstab(pd.Series(group, name=GROUP), course, margins=True, margins_name=ALL)
        # A span in which nobody has an event is a count too.
        wanted = [*(_event(a, b) for a, b in pairwise((0, *days))), _none(days), ALL]
        counted = counted.reindex(columns=pd.Index(wanted, name=COURSE), fill_value=0)
        long = counted.stack().rename(PEOPLE).reset_index()
        if count == 1:
            long = long[long[GROUP] == ALL]
            group[:] = ALL
        keys = [_key(g, c) for g, c in zip(long[GROUP], long[COURSE], strict=True)]
        cells = dict(zip(keys, long[PEOPLE].astype(int), strict=True))
        hidden = hidden_cells(cells, threshold)
        if not hidden:
            break
    return group, long, hidden


def _key(group: str, course: str) -> Key:
    return frozenset((d, v) for d, v in ((GROUP, group), (COURSE, course)) if v != ALL)


def _course(rows: pd.DataFrame, days: tuple[int, ...]) -> np.ndarray:
    """object[n]: the span in which the event was, or that there was none."""
    time, had = rows["time_days"].to_numpy(), rows["event"].to_numpy() > 0
    made = np.full(len(rows), _none(days), dtype=object)
    for start, end in pairwise((0, *days)):
        made[had & (time > start) & (time <= end)] = _event(start, end)
    return made


def _none(days: tuple[int, ...]) -> str:
    return f"no event seen up to day {days[-1]}"


def _event(start: int, end: int) -> str:
    return f"event from day {start} to day {end}"


def _seen(rows: pd.DataFrame) -> FollowUp:
    return FollowUp.of(*(rows[c].to_numpy() for c in ("time_days", "event", "entry_days")))


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
            {GROUP: name, "day": day, "predicted": predicted, "observed": observed}
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
