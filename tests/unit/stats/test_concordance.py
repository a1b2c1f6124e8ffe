"""C of two models: known answers by hand, scikit-survival's Uno, and resamples row by row."""

import numpy as np
import pytest
from survival_rows import patients

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.concordance import (
    METRICS,
    ComparedRisks,
    _gap,
    concordance_difference,
    event_weights,
    stratified_c,
)
from combo_dl.stats.survival_scores import harrell_c, uno_c

HORIZON = 400.0
SEEN = FollowUp.of([1, 2, 3, 4], [1, 0, 1, 1])
# Pairs (0,1), (0,2), (0,3), (2,3): the second is in order in three, the third in none.
RISK = np.array([4.0, 3.0, 1.0, 2.0])


def compared(n=300, *, late=False, seed=0):
    seen = patients(n, late=late, seed=seed)
    rng = np.random.default_rng(seed)
    model, against = (-seen.time_days + rng.normal(0, 300, len(seen)) for _ in range(2))
    return ComparedRisks(
        seen=seen,
        model=model,
        against=np.round(against, -2),
        cluster=np.arange(len(seen)),
        horizon_days=HORIZON,
    )


def test_a_table_by_hand():
    assert harrell_c(SEEN, RISK) == 0.75
    fold = ComparedRisks(
        seen=SEEN, model=RISK, against=-RISK, cluster=np.arange(4), horizon_days=9.0
    )
    found, each = concordance_difference([fold], metric="harrell_c", draws=50)
    assert found.mean == 0.5 and found.folds == (0.5,) and found.n_clusters == 4
    assert each[0].mean == found.mean


def test_weights_of_events_by_hand():
    # Censored on day 2 is 1 of 3 who were left then: events after it stand for 3/2, squared.
    assert event_weights(SEEN, 9.0) == pytest.approx([1, 0, 9 / 4, 9 / 4])
    assert event_weights(SEEN, 3.0) == pytest.approx([1, 0, 0, 0])


@pytest.mark.parametrize("metric", METRICS)
def test_the_difference_is_that_of_both_scores(metric):
    fold = compared()

    def score(risk):
        if metric == "harrell_c":
            return harrell_c(fold.seen, risk)
        return uno_c(fold.seen, fold.seen, risk, horizon_days=HORIZON)

    found, _ = concordance_difference([fold], metric=metric, draws=100)
    assert found.mean == pytest.approx(score(fold.model) - score(fold.against), abs=1e-9)
    assert found.low < found.mean < found.high


@pytest.mark.parametrize("late", [False, True])
def test_a_resample_is_that_of_repeated_rows(late):
    fold = compared(120, late=late)
    n = len(fold.seen)
    count = np.bincount(np.random.default_rng(1).integers(0, n, n), minlength=n)
    rows = np.repeat(np.arange(n), count)
    drawn = fold.seen.take(rows)
    expected = harrell_c(drawn, fold.model[rows]) - harrell_c(drawn, fold.against[rows])
    found = _gap(fold, "harrell_c")(count[None].astype(float))
    assert found[0] == pytest.approx(expected, abs=1e-12)


def test_one_order_differs_by_exactly_nothing_and_a_seed_gives_one_interval():
    fold = compared()
    same = ComparedRisks(**{**vars(fold), "against": fold.model * 3 + 1})
    for metric in METRICS:
        found, _ = concordance_difference([same], metric=metric, draws=50)
        assert (found.mean, found.low, found.high) == (0, 0, 0)
        twice = [concordance_difference([fold], metric=metric, draws=50)[0] for _ in range(2)]
        assert twice[0] == twice[1]


def test_the_mean_is_that_of_folds_where_it_is_defined():
    folds = [compared(seed=s) for s in (1, 2)]
    none = FollowUp.of([3, 4], [0, 0])
    empty = ComparedRisks(
        seen=none, model=np.ones(2), against=np.ones(2), cluster=np.arange(2), horizon_days=9.0
    )
    both, _ = concordance_difference(folds, metric="harrell_c", draws=50)
    found, each = concordance_difference([*folds, empty], metric="harrell_c", draws=50)
    assert found.mean == both.mean == pytest.approx(np.mean(both.folds))
    assert np.isnan(each[2].mean) and np.isnan(each[2].low)


def test_late_entry_has_no_weights_for_censoring():
    late = compared(late=True)
    assert np.isnan(concordance_difference([late], metric="uno_c", draws=20)[0].mean)
    with pytest.raises(InputError, match="have delayed entry"):
        event_weights(late.seen, HORIZON)


def test_strata_are_compared_within():
    seen = FollowUp.of([1, 2, 3, 4], [1, 1, 1, 1])
    stratum = np.array(["a", "b", "a", "b"], dtype=object)
    # Of the pairs (0,2) and (1,3) the first alone is in order; all four others are not looked at.
    assert stratified_c(seen, np.array([2.0, 0.0, 1.0, 5.0]), stratum) == 0.5
    assert np.isnan(stratified_c(seen, np.ones(4), np.arange(4)))
    one = np.zeros(len(SEEN))
    assert stratified_c(SEEN, RISK, one) == harrell_c(SEEN, RISK)


def test_what_cannot_be_compared_is_refused():
    fold = compared(20)
    with pytest.raises(InputError, match="no bootstrap of metric 'auroc'"):
        concordance_difference([fold], metric="auroc")
    with pytest.raises(InputError, match="no fold to compare"):
        concordance_difference([], metric="uno_c")
    broken = ComparedRisks(**{**vars(fold), "model": np.full(len(fold.seen), np.nan)})
    with pytest.raises(InputError, match="one finite number each patient"):
        concordance_difference([broken], metric="uno_c")
