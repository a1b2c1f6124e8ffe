"""Similarities are kernels: symmetric, positive semi-definite, 1 for a thing with itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.kernels.inputs import Block, Things
from combo_dl.kernels.pairs import pair_similarity
from combo_dl.kernels.ridge import trained_on
from combo_dl.kernels.similarity import (
    Weights,
    median_distance,
    medians_of,
    radial,
    similarity,
    squared_distances,
)
from combo_dl.kernels.states import fit_states, median_of_states, of_both


def drawn(seed: int, n: int, *, complete: bool = False) -> Things:
    """Things with two blocks of numbers and one of levels, each lacking in some."""
    rng = np.random.default_rng(seed)
    some = np.ones(n, bool) if complete else None
    blocks = {
        name: Block(
            values=rng.normal(size=(n, 3)),
            present=some if complete else rng.random(n) < 0.7,
        )
        for name in ("structure", "target")
    }
    levels = rng.integers(0, 3, size=(n, 1)).astype(float)
    blocks["tissue"] = Block(
        values=levels, present=some if complete else rng.random(n) < 0.7, exact=True
    )
    return Things(known=np.arange(n), blocks=blocks)


WEIGHTS = Weights(
    identity=0.4,
    constant=0.2,
    blocks={"structure": 1.0, "target": 0.5, "tissue": 2.0},
    widths={"structure": 1.0, "target": 0.3, "tissue": 1.0},
)


def with_itself(things: Things) -> np.ndarray:
    return similarity(things, things, WEIGHTS, medians_of(things))


@given(seed=st.integers(0, 1000), n=st.integers(2, 12))
def test_a_similarity_is_a_kernel(seed, n):
    for complete in (False, True):
        found = with_itself(drawn(seed, n, complete=complete))
        np.testing.assert_allclose(found, found.T, atol=1e-12)
        assert np.linalg.eigvalsh(found).min() > -1e-9
        assert found.max() <= 1 + 1e-12 and found.min() >= 0
    np.testing.assert_allclose(np.diag(found), 1.0)


@given(seed=st.integers(0, 1000), single=st.floats(0, 5))
def test_a_similarity_of_pairs_is_a_kernel_that_knows_no_order(seed, single):
    alike = with_itself(drawn(seed, 7))
    pairs = np.array([(i, j) for i in range(7) for j in range(i + 1, 7)])
    found = pair_similarity(alike, pairs, pairs, single=single)
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    assert np.linalg.eigvalsh(found).min() > -1e-9
    for turned in ((pairs[:, ::-1], pairs), (pairs, pairs[:, ::-1])):
        np.testing.assert_allclose(pair_similarity(alike, *turned, single=single), found)


def test_the_similarities_of_a_study_are_kernels(case):
    trained = trained_on(case.inputs, case.rows)
    for spec in case.specs():
        for kind, things in (("drug", trained.drugs), ("profile", trained.profiles)):
            weights = getattr(spec, kind)
            found = similarity(things, things, weights, trained.medians[kind])
            assert np.linalg.eigvalsh(found).min() > -1e-9
            used = [b for n, b in things.blocks.items() if weights.blocks[n]]
            whole = np.all([b.present for b in used], axis=0) if used else np.ones(len(found), bool)
            assert whole.any()
            np.testing.assert_allclose(np.diag(found)[whole], 1.0)
            assert (np.diag(found)[~whole] < 1).all()


def test_a_new_thing_is_never_the_same_as_a_known_one():
    things = drawn(0, 5, complete=True)
    new = replace(things, known=np.full(5, -1))
    found = similarity(new, things, WEIGHTS, medians_of(things))
    apart = WEIGHTS.identity / (WEIGHTS.identity + WEIGHTS.constant + 3.5)
    np.testing.assert_allclose(np.diag(found), 1 - apart)
    again = similarity(new, new, WEIGHTS, medians_of(things))
    np.testing.assert_allclose(np.diag(again), 1 - apart)


def test_a_known_case_of_every_kind_of_block():
    one = Block(values=np.array([[0.0], [2.0]]), present=np.array([True, False]))
    other = replace(one, present=np.array([True, True]))
    np.testing.assert_allclose(radial(one, other, 4.0), [[1.0, np.exp(-1.0)], [0.0, 0.0]])
    exact = replace(other, exact=True)
    np.testing.assert_array_equal(radial(other, exact, 4.0), np.eye(2))


def test_the_median_is_of_those_that_differ_and_are_there():
    values = np.array([[0.0], [0.0], [1.0], [3.0], [100.0]])
    block = Block(values=values, present=np.array([1, 1, 1, 1, 0], bool))
    # Of 0, 0, 1, 3: squared distances 1, 1, 9, 9, 4.
    assert median_distance(block) == pytest.approx(4.0)
    assert median_distance(replace(block, present=np.zeros(5, bool))) == 1.0
    np.testing.assert_allclose(squared_distances(values, values)[3], [9, 9, 4, 0, 97**2])


def test_features_of_states_have_the_similarity_as_their_product():
    """With fewer states than components nothing is dropped."""
    states = np.random.default_rng(1).normal(size=(30, 5))
    found = fit_states(states, median=median_of_states(states, seed=0), width=0.7, seed=0)
    features = found.of(states, np.ones(30, bool))
    scale = median_of_states(states, seed=0) * 0.7
    expected = np.exp(-squared_distances(states, states) / scale)
    np.testing.assert_allclose(features @ features.T, expected, atol=1e-6)
    assert not found.of(states[:2], np.zeros(2, bool)).any()


def test_features_of_two_states_have_the_product_of_both_similarities():
    rng = np.random.default_rng(0)
    a, b, c, d = (rng.normal(size=(6, 4)) for _ in range(4))
    expected = (a * c).sum(1) * (b * d).sum(1) + (a * d).sum(1) * (b * c).sum(1)
    np.testing.assert_allclose((of_both(a, b) * of_both(c, d)).sum(axis=1), expected)
    np.testing.assert_allclose(of_both(a, b), of_both(b, a))
