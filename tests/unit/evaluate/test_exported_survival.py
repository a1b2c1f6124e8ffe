"""What of survival leaves: attacked by sums, by shares of the same people, by what is missing."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from combo_dl.core.export_gate import export_gate
from combo_dl.evaluate.exported_survival import survival_exports

DAYS = (182, 365, 730)


def cohort(seed):
    """Scored people, of whom many or few have an event; the prediction knows something."""
    rng = np.random.default_rng(seed)
    n, size = int(rng.integers(22, 400)), float(rng.choice([150, 500, 2500, 20000]))
    risk = rng.normal(size=n)
    time = rng.exponential(size * np.exp(-risk / 2)) + 1
    seen = np.minimum(time, rng.uniform(100, 1500, n))
    made = {"time_days": seen, "event": (time <= seen).astype(int), "entry_days": 0.0}
    made |= {"mean_days": 400 - 80 * risk + rng.normal(size=n)}
    made |= {f"survival_{d}": np.clip(0.5 - risk / 10, 0, 1) for d in DAYS}
    return pd.DataFrame(made)


def record(rows, *, test_rows=None, subgroups=()):
    return {
        "protocol": {"test_rows": len(rows) if test_rows is None else test_rows},
        "survival": {
            "endpoints": {"os": {"days": {"fold0": 730.0, "fold1": 800.0}}},
            "subgroups": list(subgroups),
        },
    }


def left(rows, folder, **asked):
    """{file: table} of what leaves."""
    made = survival_exports(record(rows, **asked), "os", rows, threshold=11)
    if not made:
        return {}
    export_gate(made, folder)
    return {p.name: pd.read_csv(p, dtype={"group": str}) for p in folder.glob("*.csv")}


def ranges(courses):
    """{(group, course): (least, most)} for whoever solves the sums of the table."""
    groups = sorted(set(courses["group"]) - {"all"}) or ["all"]
    spans = sorted(set(courses["course"]) - {"all"})
    cells = list(product(groups, spans))
    A, b = [], []
    for row in courses.itertuples():
        if row.people == "hidden":
            continue
        A.append([row.group in (g, "all") and row.course in (s, "all") for g, s in cells])
        b.append(int(row.people))
    found = {}
    for i, cell in enumerate(cells):
        aim = np.eye(len(cells))[i]
        ends = [linprog(s * aim, A_eq=np.array(A) * 1.0, b_eq=b, method="highs") for s in (1, -1)]
        found[cell] = tuple(
            s * e.fun if e.status == 0 else np.inf for s, e in zip((1, -1), ends, strict=True)
        )
    return found


def true_events(rows, day):
    return int(((rows["event"] > 0) & (rows["time_days"] <= day)).sum())


@pytest.mark.parametrize("block", range(5))
def test_no_small_number_of_events_is_recoverable(block, tmp_path):
    for seed in range(block * 6, block * 6 + 6):
        rows = cohort(seed)
        tables = left(rows, tmp_path / str(seed))
        if not tables:
            continue
        courses, told = tables["courses_os.csv"], tables["calibration_os.csv"]
        shown = courses[courses["people"] != "hidden"]["people"].astype(int)
        assert (shown >= 11).all()
        if "hidden" in set(courses["people"].astype(str)):
            # A cell of which the range is one number under 11, or is all under it, is given away.
            assert all(high >= 11 for _, high in ranges(courses).values())
        # Where a share is observed, the events up to it are counts that are shown.
        for row in told[told["observed"].notna()].itertuples():
            own = courses[(courses["group"] == row.group) & courses["course"].str.startswith("ev")]
            last = own["course"].str.extract(r"to day (\d+)")[0].astype(int)
            assert (own["people"][last <= row.day] != "hidden").all()
        # Steps of the curve, and its steps to the days of the table, are of 11 events or more.
        days = tables["curve_os.csv"]["day"]
        assert (np.diff([true_events(rows, d) for d in days]) >= 11).all()


def test_who_is_not_scored_cannot_be_counted_by_subtraction(tmp_path):
    rows = cohort(3)
    assert left(rows, tmp_path / "all") and left(rows, tmp_path / "b", test_rows=len(rows) + 11)
    assert left(rows, tmp_path / "c", test_rows=len(rows) + 4) == {}


def test_subgroups_leave_with_all_levels_or_not_at_all(tmp_path):
    rows = cohort(3)
    n = len(rows)
    head = {"endpoint": "os", "field": "sex", "model": "m", "harrell_c": 0.61234, "gap_365": None}
    whole = [
        head | {"level": "female", "patients": 30, "events": 12},
        head | {"level": "male", "patients": n - 30, "events": 12},
    ]
    made = left(rows, tmp_path / "whole", subgroups=whole)["subgroups_os.csv"]
    assert made["harrell_c"].tolist() == [0.612, 0.612] and "patients" not in made
    cases = {
        "missing": [whole[0], whole[1] | {"patients": n - 34}],
        "few": [whole[0] | {"events": 9}, whole[1]],
        "unknown": [whole[0] | {"events": None}, whole[1]],
    }
    for name, levels in cases.items():
        found = left(rows, tmp_path / name, subgroups=levels)
        told = found.get("subgroups_os.csv")
        assert told is None or told.empty
