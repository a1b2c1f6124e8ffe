"""How many groups of test patients the intervals of mean days hold, and by whom calibrated."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_patients
from scipy import special

from combo_dl.data.days_calibration import AGREED, DaysCalibration, GroupDays, steepness
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.survival_coverage import ALONE, OTHERS, inside, interval_rows
from combo_dl.train.run import prepare, train


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    fit = replace(tiny_patients.settings(tmp_path_factory.mktemp("x")).fit, max_epochs=2)
    folds = UnitFolds(unit="profile", n_folds=3, seed=0)
    out = tmp_path_factory.mktemp("coverage") / "out"
    settings = tiny_patients.settings(out, split=folds, seeds=2, fit=fit)
    study = tiny_patients.study()
    train(settings, [study])
    return prepare(settings, [study])


def test_groups_are_held_by_laws_of_other_folds(work):
    rows = {r["calibrated_on"]: r for r in interval_rows(work)}
    assert ALONE in rows and OTHERS in rows
    alone, others = rows[ALONE], rows[OTHERS]
    assert alone["groups"] == others["groups"] > 8 and alone["spread"] == 0
    for row in rows.values():
        assert 0 <= row["held_80"] <= row["held_95"] <= 1
        assert 0 < row["width_80_days"] < row["width_95_days"] < 500
    # Two epochs teach little: networks agree, and are wrong.
    assert others["spread"] > 0 and others["width_80_days"] > alone["width_80_days"]
    assert others["held_80"] >= alone["held_80"]


def test_of_borrowed_calibrations_nothing_is_told(work):
    """Their groups may be those that are tested."""
    given = replace(work.settings, calibrate_from=(work.settings.out,))
    names = [r["calibrated_on"] for r in interval_rows(replace(work, settings=given))]
    assert names == [ALONE, OTHERS]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_of_the_right_spread_hold_their_level(level):
    rng = np.random.default_rng(0)
    n, noise, tau = 20_000, 0.3, 0.4
    right = rng.uniform(-1.5, 1.5, n)
    observed = special.expit(right + rng.normal(0, noise, n))
    groups = GroupDays(
        predicted=special.expit(right + rng.normal(0, tau, n)),
        between=np.zeros(n),
        observed=observed,
        sampling=(noise / steepness(observed)) ** 2,
        cohort=np.full(n, "one", dtype=object),
        new=np.ones(n, bool),
        networks=1,
    )
    law = DaysCalibration(spread=tau, groups=10_000, new_cohorts=True)
    assert inside(groups, law, level=level).mean() == pytest.approx(level, abs=0.01)
    assert inside(groups, AGREED, level=level).mean() < level - 0.1
