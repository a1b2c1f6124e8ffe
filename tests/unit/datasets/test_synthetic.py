from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.errors import ConfigError
from combo_dl.core.study_files import study_digest
from combo_dl.datasets.synthetic import DRUGS, Design, draw

SMALL = Design(
    seed=3,
    n_rows=400,
    n_profiles=8,
    n_genes=12,
    pair_share=0.3,
    noise=5.0,
    replicate_share=0.1,
    three_drug_share=0.1,
    single_drug_share=0.05,
)


@pytest.fixture(scope="module")
def drawn():
    return draw(SMALL)


def grid(truth):
    """True scores float[pairs, P] of all pairs in all profiles."""
    pairs = np.array(list(combinations(range(len(DRUGS)), 2)))
    n_profiles = truth.state.shape[1]
    return np.stack([truth.score(pairs, np.full(len(pairs), p)) for p in range(n_profiles)], 1)


def test_without_noise_rows_equal_the_truth():
    study, truth = draw(replace(SMALL, noise=0.0))
    for name, mean in truth.means.items():
        assert np.array_equal(study.combos.labels[name][:, 0], mean.astype(np.float32))


def test_means_are_the_scores_of_the_rows(drawn):
    study, truth = drawn
    scores = truth.score(study.combos.drugs, study.combos.profile)
    assert np.allclose(truth.means["synergy_loewe"], scores)
    assert np.allclose(truth.means["synergy_bliss"], scores / 2)


@given(order=st.permutations(range(3)))
def test_the_order_of_drugs_does_not_matter(drawn, order):
    study, truth = drawn
    scores = truth.score(study.combos.drugs[:, order], study.combos.profile)
    assert np.allclose(scores, truth.means["synergy_loewe"])


def test_a_single_drug_has_no_synergy(drawn):
    study, truth = drawn
    alone = study.combos.size == 1
    assert alone.sum() >= 10
    assert (truth.means["synergy_loewe"][alone] == 0).all()


def test_a_set_of_three_is_its_drugs_and_its_pairs(drawn):
    _, truth = drawn
    got = truth.score(np.array([[1, 4, 9]]), np.array([2]))[0]
    single = sum(truth.main[d] + truth.state[d, 2] for d in (1, 4, 9))
    pairs = sum(truth.interaction[a, b, 2] for a, b in ((1, 4), (1, 9), (4, 9)))
    assert got == pytest.approx(single + pairs)


def test_settings_decide_the_study_alone(drawn):
    assert study_digest(draw(SMALL)[0]) == study_digest(drawn[0])
    assert study_digest(draw(replace(SMALL, seed=4))[0]) != study_digest(drawn[0])


def test_rows_and_sizes_are_as_asked(drawn):
    study, _ = drawn
    group = study.combos.group
    different = np.unique(group, return_index=True)[1]
    assert len(study) == 400 and len(different) == 360
    assert np.bincount(study.combos.size[different]).tolist() == [0, 18, 306, 36]


def test_a_group_is_one_condition_and_counts_once(drawn):
    combos = drawn[0].combos
    _, first, of = np.unique(combos.group, return_index=True, return_inverse=True)
    assert np.array_equal(combos.drugs, combos.drugs[first][of])
    assert np.array_equal(combos.profile, combos.profile[first][of])
    assert np.allclose(np.bincount(of, combos.weight), 1)


def test_different_groups_are_different_conditions(drawn):
    combos = drawn[0].combos
    rows = np.unique(np.column_stack([combos.drugs, combos.profile]), axis=0)
    assert len(rows) == len(np.unique(combos.group))


def test_a_pair_is_in_one_fold_alone_or_within_three(drawn):
    study, _ = drawn
    seen = {}
    for drugs, fold in zip(study.combos.drugs, study.columns["fold_comb"], strict=True):
        for pair in combinations(drugs[drugs >= 0].tolist(), 2):
            assert seen.setdefault(pair, fold) == fold
    assert set(seen.values()) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("pair_share", [0.0, 0.3, 1.0])
def test_pairs_carry_their_share_of_the_variance(pair_share):
    _, truth = draw(replace(SMALL, pair_share=pair_share))
    first, second = np.triu_indices(len(DRUGS), k=1)
    pairs = truth.interaction[first, second]
    assert pairs.var() == pytest.approx(400 * pair_share)
    assert np.allclose(truth.interaction, truth.interaction.swapaxes(0, 1))
    assert grid(truth).std() == pytest.approx(20, rel=0.35)


def test_no_sum_over_single_drugs_explains_an_interaction(drawn):
    _, truth = drawn
    assert np.allclose(truth.interaction.sum(axis=0), 0)
    assert np.allclose(np.einsum("aap->ap", truth.interaction), 0)


def test_expression_shows_the_factors_and_antibodies_have_no_structure(drawn):
    study, truth = drawn
    genes = study.profiles.number
    kept = np.linalg.svd(genes, compute_uv=True)[0][:, :5]
    explained = ((kept.T @ truth.factors) ** 2).sum() / (truth.factors**2).sum()
    assert explained > 0.7
    bare = {n for n, s in zip(study.drugs.names, study.smiles, strict=True) if not s}
    assert bare == {"bevacizumab", "nivolumab", "pembrolizumab", "trastuzumab"}


def test_bliss_moves_with_loewe(drawn):
    labels = drawn[0].combos.labels
    r = np.corrcoef(labels["synergy_loewe"][:, 0], labels["synergy_bliss"][:, 0])[0, 1]
    assert 0.7 < r < 0.999


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_rows": 5}, "n_rows is 5"),
        ({"n_profiles": 1}, "n_profiles is 1"),
        ({"pair_share": 1.5}, "pair_share is 1.5"),
        ({"replicate_share": 0.7}, "replicate_share is 0.7"),
        ({"noise": -1.0}, "noise is -1.0"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"three_drug_share": 0.6, "single_drug_share": 0.6}, "add up to more than 1"),
        ({"n_rows": 9000}, "lower n_rows or raise n_profiles"),
    ],
)
def test_impossible_settings_are_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        draw(replace(SMALL, **change))
