"""Entries held out of pairs x effects: laws of the draw on a table of known positives."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets.twosides_entries import (
    TEST,
    TRAINING,
    VALIDATION,
    Draw,
    copies,
    counts,
    draw_entries,
    whole,
)

NAMES = [f"effect {i}" for i in range(6)]
POOL = np.arange(100, 400)


@pytest.fixture
def positive():
    """400 pairs; the rate of an effect rises from 0.1 to 0.6."""
    return np.random.default_rng(5).random((400, 6)) < np.linspace(0.1, 0.6, 6)


def draw(positive, pool=POOL, *, seed=0, least=5):
    return draw_entries(positive, pool, Draw(share=0.1, least=least, seed=seed), NAMES)


def test_a_tenth_of_the_positives_and_as_many_negatives_are_held_out(positive):
    parts = draw(positive)
    for w in range(6):
        n = max(5, positive[:, w].sum() // 10)
        for part in (TEST, VALIDATION):
            drawn = parts[:, w] == part
            assert (drawn & positive[:, w]).sum() == n
            assert (drawn & ~positive[:, w]).sum() == n


def test_a_negative_is_of_the_pool(positive):
    held_out = (draw(positive) != TRAINING) & ~positive
    assert set(np.flatnonzero(held_out.any(axis=1))) <= set(POOL)


def test_the_same_seed_draws_the_same(positive):
    np.testing.assert_array_equal(draw(positive), draw(positive))
    assert (draw(positive) != draw(positive, seed=1)).any()


def test_negatives_are_uniform_over_the_pairs_that_are_not_positive(positive):
    times = sum((draw(positive, seed=s)[:, 5] == TEST).astype(int) for s in range(400))
    negative = POOL[~positive[POOL, 5]]
    expected = 400 * (positive[:, 5].sum() // 10) / len(negative)
    # Each count is binomial; 5 standard deviations.
    assert np.abs(times[negative] - expected).max() < 5 * np.sqrt(expected)


def test_an_effect_with_too_few_pairs_is_named(positive):
    with pytest.raises(InputError, match=r"'effect 0' has \d+ pairs, and 60 are to be held out"):
        draw(positive, least=30)
    with pytest.raises(InputError, match=r"'effect 0' needs 10 pairs without it .* raise .*empty"):
        draw(positive, POOL[:3])


def test_copies_are_disjoint_and_whole_together(positive):
    parts = draw(positive)
    made = copies(positive, np.arange(400), positive=positive, parts=parts)
    seen = ~np.isnan(made.values)
    times = np.zeros(positive.shape, int)
    for part in (TRAINING, VALIDATION, TEST):
        at = made.part == part
        np.add.at(times, made.row[at], seen[at])
        where = np.zeros(positive.shape, bool)
        where[made.row[at]] = seen[at]
        np.testing.assert_array_equal(where, parts == part)
        assert len(set(made.row[at])) == at.sum()
    assert (times == 1).all()
    np.testing.assert_array_equal(made.values[seen], positive[made.row][seen])
    assert seen.any(axis=1)[made.part != TRAINING].all()
    assert made.row[made.part == TRAINING].tolist() == list(range(400))


def test_counts_are_those_of_the_draw(positive):
    made = copies(positive, np.arange(400), positive=positive, parts=draw(positive))
    found = dict(counts(made))
    assert found["test entries reported"] == found["test entries not reported"]
    assert found["training rows"] == 400


def test_pairs_of_one_structure_share_their_entries():
    # Pairs 0 and 1 are one structure: 0 has the effects 0 and 1, pair 1 has 1 and 2.
    reported = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]], bool)
    positive = np.array([[1, 1, 1, 0], [0, 0, 0, 1]], bool)
    parts = np.full((2, 4), TEST, np.int8)
    parts[1, 0] = TRAINING
    made = copies(reported, np.array([0, 0, 1]), positive=positive, parts=parts)
    nan = np.nan
    expected = [[nan] * 4, [nan] * 4, [0, nan, nan, nan]]
    expected += [[1, 1, nan, 0], [nan, nan, 1, nan], [nan, 0, 0, 1]]
    np.testing.assert_array_equal(made.values, expected)
    assert made.part.tolist() == [TRAINING] * 3 + [TEST] * 3


def test_a_whole_copy_hides_nothing(positive):
    made = whole(positive)
    np.testing.assert_array_equal(made.values, positive)
    assert made.row.tolist() == list(range(400)) and set(made.part) == {TRAINING}
