"""Numbers of sets, the best k, fronts, constraints, and choices among ranked sets."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.screen.combos import blocks_of, runs_of, sets_of
from combo_dl.screen.constraints import (
    Allowed,
    contraindicated,
    never_together,
    shared_targets,
)
from combo_dl.screen.diverse import cover, diverse
from combo_dl.screen.plan import Plan, plan_of
from combo_dl.screen.settings import RankSettings, sizes_of
from combo_dl.screen.top import best, front, highest
from combo_dl.screen.views import views_of

TABLE = oncology_drugs()


@given(st.integers(2, 12), st.integers(1, 4), st.integers(1, 50))
def test_blocks_hold_every_set_once_in_order(drugs, size, sets):
    found = [
        s
        for b in blocks_of(drugs, range(size, size + 1), sets=sets)
        for s in sets_of(b, drugs).tolist()
    ]
    assert found == [list(c) for c in combinations(range(drugs), size)]


@given(st.integers(2, 12), st.integers(1, 50))
def test_runs_of_pairs_are_the_sets_of_a_block(drugs, sets):
    for block in blocks_of(drugs, range(2, 3), sets=sets):
        runs = [[i, j] for i, start, stop in runs_of(block, drugs) for j in range(start, stop)]
        assert runs == sets_of(block, drugs).tolist()


def test_a_number_is_a_set_of_all_sizes():
    plan = Plan(drugs=5, sizes=range(2, 4), sets=3)
    every = [s for k in (2, 3) for s in combinations(range(5), k)]
    assert plan.total == len(every)
    assert [plan.set_of(n) for n in range(plan.total)] == every
    assert plan.first(3) == 10


SCORES = st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=30)


@given(SCORES, st.integers(1, 10))
def test_the_best_are_those_of_a_full_sort_and_ties_go_by_number(scores, k):
    score, number = np.array(scores, np.float32), np.arange(len(scores))
    there = [n for n in sorted(number, key=lambda n: (-score[n], n)) if score[n] > -np.inf]
    assert best(score, number, k).tolist() == there[:k]
    expected = sorted(score, reverse=True)[:k]
    assert highest(score, k)[: len(expected)].tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_nothing_dominates_the_front_and_it_dominates_the_rest(points):
    benefit, harm = np.array(points, np.float64).T
    found = front(benefit, harm, np.arange(len(points)), most=100)

    def dominated(n, m):
        better = benefit[m] >= benefit[n] and harm[m] <= harm[n]
        equal = points[n] == points[m]
        return (better and not equal) or (equal and m < n)

    for n in range(len(points)):
        assert (n in found) == (not any(dominated(n, m) for m in range(len(points))))


def test_a_cap_on_a_drug_holds_and_the_order_is_kept():
    sets = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)]
    assert diverse(sets, top=4, most_per_drug=2) == [0, 1, 3]
    assert diverse(sets, top=4, most_per_drug=None) == [0, 1, 2, 3]


def test_the_cover_holds_every_profile_with_few_sets():
    held = {"a": {0, 1, 2}, "b": {2, 3}, "c": {3}, "d": {0, 1}}
    assert cover(held, 5) == [("a", [0, 1, 2]), ("b", [3])]


def test_targets_new_drugs_and_contraindicated_pairs_are_kept_out():
    drugs = [TABLE.get(n) for n in ("erlotinib", "gefitinib", "cisplatin", "trastuzumab")]
    apart = shared_targets(drugs)
    assert apart[0, 1] and not apart[0, 2] and not apart.diagonal().any()
    pairs = pd.DataFrame({"drug_a": ["cisplatin", "olaparib"], "drug_b": ["Tarceva", "cisplatin"]})
    told = contraindicated(pairs, drugs, TABLE)
    assert np.argwhere(told).tolist() == [[0, 2], [2, 0]]
    sets = np.array(list(combinations(range(4), 2)))
    allowed = Allowed(apart=apart | told, new=np.array([0, 0, 1, 1], bool), most_new=1)
    kept = sets[allowed.of(sets)].tolist()
    assert kept == [[0, 3], [1, 2], [1, 3]]
    with pytest.raises(UnknownNameError, match="row 0 of the contraindicated pairs"):
        contraindicated(pairs.assign(drug_a="erlotinibb"), drugs, TABLE)
    with pytest.raises(InputError, match="columns drug_a and drug_b"):
        contraindicated(pairs[["drug_a"]], drugs, TABLE)


def test_pairs_that_no_training_row_has_are_kept_out():
    """Screened drugs 0 to 3 are 5, 2, none and 7 of the catalogue; rows had 2 with 5, 5 with 9."""
    apart = never_together(np.array([5, 2, -1, 7]), np.array([(2, 5), (5, 9)]))
    assert not apart.diagonal().any() and (apart == apart.T).all()
    assert np.argwhere(~apart & ~np.eye(4, dtype=bool)).tolist() == [[0, 1], [1, 0]]
    allowed = Allowed(apart=apart, new=np.zeros(4, bool), most_new=None)
    assert allowed.of(np.array([(0,), (2,)])).all()  # of one drug there is no pair
    assert allowed.of(np.array([(0, 1), (0, 3), (1, 2)])).tolist() == [True, False, False]
    alone = replace(allowed, not_alone=np.array([True, False, True, True]))
    assert alone.of(np.array([(0,), (1,), (2,)])).tolist() == [False, True, False]
    assert alone.of(np.array([(0, 1)])).all()


def test_views_are_profiles_groups_and_their_mean():
    groups = pd.DataFrame({"profile": ["x", "z", "y"], "group": ["g", "g", "h"]})
    views = views_of(("x", "y", "z"), groups)
    assert views.names == ("x", "y", "z", "g", "h", "all")
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.testing.assert_allclose(views.of(values)[3:], [[2, 3], [2, 3], [2, 3]], rtol=1e-6)
    assert views.members(3).tolist() == [0, 2] and views.members(1).tolist() == [1]
    with pytest.raises(UnknownNameError, match="'w', which is not screened"):
        views_of(("x",), pd.DataFrame({"profile": ["w"], "group": ["g"]}))


@pytest.mark.parametrize("text", ["3..2", "0", "2..", "two", "-1", "2..99"])
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="size is"):
        sizes_of(text)


def test_settings_and_plans_refuse_what_cannot_be():
    assert sizes_of("2..3") == range(2, 4) and sizes_of(2) == range(2, 3)
    with pytest.raises(ConfigError, match="top is 0"):
        RankSettings(maximise="y", top=0).validate()
    with pytest.raises(ConfigError, match=r"limit\.dlt is 'low'"):
        RankSettings(maximise="y", limit={"dlt": "low"}).validate()
    with pytest.raises(ConfigError, match="2 drugs are screened"):
        plan_of(2, 1, range(3, 4), block_rows=10, kept=True)
