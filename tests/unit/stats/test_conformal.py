import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from combo_dl.core.errors import InputError
from combo_dl.stats.conformal import LEVELS, abstain_threshold, fit_conformal, reach

NORMAL = tuple(stats.norm.ppf(0.5 + np.array(LEVELS) / 2))
RISING = st.lists(st.floats(0, 20), min_size=len(LEVELS), max_size=len(LEVELS)).map(sorted)
ORDER = ("easy", "fair", "hard", "hardest")


def one(table, group, level, **settings):
    return reach(table, [group], level, **settings)[0]


def test_the_ranks_of_a_known_case():
    ratio = np.random.default_rng(0).permutation(np.arange(1.0, 100.0))
    # Of 99 ratios, rank 100 x level: 50, 60, ... 95, 99.
    assert fit_conformal(ratio, ["a"] * 99)["a"] == (50, 60, 70, 80, 90, 95, 99)
    # Of 9, rank ceil(10 x level): 5, 6, 7, 8, 9; 10 is beyond the sample.
    few = fit_conformal(np.arange(1.0, 10.0), ["a"] * 9, min_rows=1)
    assert few["a"] == (5, 6, 7, 8, 9, 9, 9)


def test_small_groups_are_left_to_all_rows_together():
    ratio = np.concatenate([np.full(60, 1.0), np.full(59, 3.0)])
    table = fit_conformal(ratio, ["a"] * 60 + ["b"] * 59, min_rows=60)
    assert list(table) == ["", "a"]
    assert table["a"] == (1.0,) * 7 and table[""] == (1.0, *(3.0,) * 6)


@given(
    rows=st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from("ab")), min_size=1, max_size=80),
    seed=st.integers(0, 100),
)
def test_multipliers_rise_and_the_order_of_rows_does_not_matter(rows, seed):
    ratio, group = np.array([r for r, _ in rows]), [g for _, g in rows]
    table = fit_conformal(ratio, group, min_rows=5)
    assert all(list(row) == sorted(row) for row in table.values())
    order = np.random.default_rng(seed).permutation(len(rows))
    assert fit_conformal(ratio[order], [group[i] for i in order], min_rows=5) == table


def test_intervals_hold_their_level_in_every_group():
    """Exchangeable rows: the mean coverage of many draws is the rank over n + 1."""
    rng = np.random.default_rng(0)
    draws, n, m = 300, 59, 100
    held = {(g, level): [] for g in "ab" for level in LEVELS}
    for _ in range(draws):
        # Heavy tails in one group, uniform residuals in the other: the law does not matter.
        ratio = {
            "a": np.abs(rng.standard_t(2, n + m)),
            "b": rng.uniform(0, 9, n + m),
        }
        fitted = np.concatenate([values[:n] for values in ratio.values()])
        table = fit_conformal(fitted, ["a"] * n + ["b"] * n)
        for g in "ab":
            for level, multiplier in zip(LEVELS, table[g], strict=True):
                held[g, level].append(np.mean(ratio[g][n:] <= multiplier))
    for (_, level), shares in held.items():
        exact = min(np.ceil((n + 1) * level - 1e-9), n) / (n + 1)
        assert exact >= min(level, n / (n + 1))
        # Of a draw: a beta law and m new rows.
        error = np.sqrt(exact * (1 - exact) * (1 / (n + 2) + 1 / m) / draws)
        assert np.mean(shares) == pytest.approx(exact, abs=4 * error)


def test_one_multiplier_for_all_would_not_hold_in_each_group():
    rng = np.random.default_rng(0)
    ratio = np.abs(np.concatenate([rng.normal(size=2000), 5 * rng.normal(size=2000)]))
    table = fit_conformal(ratio, ["a"] * 2000 + ["b"] * 2000)
    assert one(table, "a", 0.8) < one(table, "", 0.8) < one(table, "b", 0.8)
    assert np.mean(ratio[2000:] <= one(table, "", 0.8)) < 0.7


@pytest.mark.parametrize(
    ("ratio", "group", "what"),
    [
        ([1.0, np.nan], ["a", "a"], "row 1 has ratio nan"),
        ([1.0, np.inf], ["a", "a"], "row 1 has ratio inf"),
        ([-1.0, 1.0], ["a", "a"], "row 0 has ratio -1.0"),
        ([1.0, 1.0], ["a"], "2.* and 1 groups"),
        ([], [], "a row"),
        ([1.0, 1.0], ["a", ""], "row 1 has no group"),
    ],
)
def test_ratios_that_are_none_are_refused(ratio, group, what):
    with pytest.raises(InputError, match=what):
        fit_conformal(np.array(ratio), group)


@given(level=st.floats(0.001, 0.9999))
def test_of_a_normal_law_every_level_is_exact(level):
    assert one({"": NORMAL}, "", level) == pytest.approx(stats.norm.ppf(0.5 + level / 2))


@given(row=RISING, levels=st.tuples(st.floats(0.001, 0.9999), st.floats(0.001, 0.9999)))
def test_the_multiplier_never_falls_and_meets_the_table(row, levels):
    low, high = sorted(levels)
    assert 0 <= one({"": row}, "", low) <= one({"": row}, "", high) + 1e-9
    assert [one({"": row}, "", level) for level in LEVELS] == pytest.approx(row)


def test_between_and_beyond_the_levels():
    row = (1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0)
    z = {level: stats.norm.ppf(0.5 + level / 2) for level in (0.25, 0.5, 0.95, 0.99, 0.999)}
    assert one({"": row}, "", 0.25) == pytest.approx(z[0.25] / z[0.5])
    assert one({"": row}, "", 0.75) == 2.0
    slope = 1 / (z[0.99] - z[0.95])
    assert one({"": row}, "", 0.999) == pytest.approx(4 + slope * (z[0.999] - z[0.99]))


def test_each_row_has_the_multiplier_of_its_group():
    table = {"a": (1.0,) * 7, "b": (2.0,) * 7}
    assert reach(table, ["b", "a", "b"], 0.8).tolist() == [2.0, 1.0, 2.0]
    assert reach(table, [], 0.8).shape == (0,)


@pytest.mark.parametrize(
    ("known", "group", "taken"),
    [
        (("easy", "fair", "hard"), "fair", "fair"),
        (("easy", "hard", "hardest"), "fair", "hard"),
        (("easy", "hardest"), "fair", "hardest"),
        (("easy", "fair"), "hardest", "fair"),
        (("easy", "fair"), "never heard of", "fair"),
        ((), "fair", ""),
    ],
)
def test_a_group_that_was_not_calibrated_takes_a_harder_one(known, group, taken):
    table = {name: (float(i),) * 7 for i, name in enumerate(("", *known))}
    assert one(table, group, 0.8, order=ORDER) == table[taken][0]


def test_without_an_order_it_takes_all_rows_together():
    assert one({"": (5.0,) * 7, "easy": (1.0,) * 7}, "hard", 0.8) == 5.0


@pytest.mark.parametrize("level", [0.0, 1.0, 80, np.nan])
def test_a_level_is_a_share(level):
    with pytest.raises(InputError, match="expected a share between 0 and 1"):
        one({"": NORMAL}, "", level)


@pytest.mark.parametrize("row", [(1.0,) * 6, (-1.0, *NORMAL[1:]), NORMAL[::-1], (np.nan,) * 7])
def test_a_table_that_is_none_is_refused(row):
    with pytest.raises(InputError, match="multipliers of group 'a'"):
        one({"a": row}, "a", 0.8)


def test_a_group_without_any_row_is_named():
    with pytest.raises(InputError, match="no interval for group 'b'; the table has 'a'"):
        one({"a": NORMAL}, "b", 0.8)


def test_rows_above_the_threshold_are_no_better_than_the_mean():
    uncertainty = np.arange(100.0)
    error = np.where(uncertainty > 69, 2.0, 0.5)
    # The 30 worst alone lose 1 each; 30 more make up for a half each, 30 + 2 k rows are even.
    assert abstain_threshold(uncertainty, error, np.ones(100)) == 9.0
    assert abstain_threshold(uncertainty, error + 0.1, np.ones(100)) < 9.0


def test_a_smaller_tail_that_is_better_forbids_it():
    uncertainty, error = np.arange(100.0), np.full(100, 2.0)
    error[-25:] = 0.9
    error[:-25] = 9.0
    assert abstain_threshold(uncertainty, error, np.ones(100)) == np.inf
    # Better in fewer rows than are looked at says nothing.
    error[-25:] = np.where(np.arange(25) < 18, 3.0, 0.0)
    assert abstain_threshold(uncertainty, error, np.ones(100)) == -np.inf


def test_never_and_always():
    uncertainty, one_ = np.arange(100.0), np.ones(100)
    assert abstain_threshold(uncertainty, 0.5 * one_, one_) == np.inf
    assert abstain_threshold(uncertainty, one_, one_) == -np.inf
    assert abstain_threshold(uncertainty[:19], 2 * one_[:19], one_[:19]) == np.inf
    assert abstain_threshold(uncertainty[:20], 2 * one_[:20], one_[:20]) == -np.inf
    assert abstain_threshold(np.zeros(100), 2 * one_, one_) == -np.inf


def test_equal_uncertainties_abstain_together():
    uncertainty = np.repeat([1.0, 2.0, 3.0], [40, 40, 20])
    error = np.repeat([0.1, 1.5, 1.5], [40, 40, 20])
    error[40] = 0.0
    assert abstain_threshold(uncertainty, error, np.ones(100)) == 1.0


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 8), st.integers(0, 8)), max_size=120
    ),
    seed=st.integers(0, 100),
)
def test_the_threshold_is_what_it_says(rows, seed):
    u, error, null = np.array(rows, dtype=float).reshape(-1, 3).T
    found = abstain_threshold(u, error, null)
    order = np.random.default_rng(seed).permutation(len(u))
    assert abstain_threshold(u[order], error[order], null[order]) == found
    least = max(20, 0.05 * len(u))
    looked_at = [t for t in (-np.inf, *np.unique(u)) if np.sum(u > t) >= least]
    no_better = {t: error[u > t].sum() >= null[u > t].sum() for t in looked_at}
    fit = [t for t in looked_at if all(no_better[s] for s in looked_at if s >= t)]
    assert found == min(fit, default=np.inf)


def test_errors_that_are_none_are_refused():
    one_ = np.ones(30)
    with pytest.raises(InputError, match="differ in shape"):
        abstain_threshold(one_, one_[1:], one_)
    with pytest.raises(InputError, match="row 0 has uncertainty inf"):
        abstain_threshold(one_ * np.inf, one_, one_)
    with pytest.raises(InputError, match="row 0 has error nan"):
        abstain_threshold(one_, one_ * np.nan, one_)
