"""The regression of contrasts: known answers of conjugate Gaussians, and shrinkage."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.stats.contrast_regression import REST, contrast_kernel, regressed_contrasts


def drawn(effect, n, noise, seed=0):
    """n comparisons of drug 0 or 1 (effects ``effect`` and 0) against nothing."""
    rng = np.random.default_rng(seed)
    drug = np.arange(n) % 2
    features = np.eye(2)[drug]
    truth = np.where(drug == 0, effect, 0.0)
    return truth + rng.normal(0, noise, n), features


def test_a_drug_that_works_is_told_from_one_that_does_not():
    contrast, features = drawn(-0.5, 40, 0.1)
    kernel = contrast_kernel(features, np.zeros_like(features))
    rows = np.arange(40)
    found = regressed_contrasts(
        contrast, np.full(40, 0.1), {"drug": kernel}, learned=rows[:-2], asked=rows[-2:]
    )
    assert found.mean == pytest.approx([-0.5, 0.0], abs=0.06)
    assert set(found.shares) == {"drug", REST}
    assert (found.deviation > 0).all()


def test_a_drug_that_no_comparison_has_is_given_no_effect():
    contrast, features = drawn(-0.5, 40, 0.1)
    features = np.pad(features, ((0, 1), (0, 1)))
    features[-1] = [0, 0, 1]
    kernel = contrast_kernel(features, np.zeros_like(features))
    found = regressed_contrasts(
        np.append(contrast, np.nan),
        np.full(41, 0.1),
        {"drug": kernel},
        learned=np.arange(40),
        asked=np.array([40]),
    )
    assert found.mean[0] == 0.0
    assert found.deviation[0] > 0.1


def test_the_same_drugs_on_both_sides_have_no_contrast():
    features = np.array([[1.0, 0.0], [1.0, 1.0]])
    kernel = contrast_kernel(features, np.array([[1.0, 0.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(kernel, [[0, 0], [0, 1]])


def test_noise_alone_is_shrunk_to_nothing():
    rng = np.random.default_rng(5)
    contrast = rng.normal(0, 1.0, 60)
    features = rng.normal(size=(60, 8))
    kernel = contrast_kernel(features, np.zeros_like(features))
    rows = np.arange(60)
    found = regressed_contrasts(contrast, np.ones(60), {"x": kernel}, learned=rows, asked=rows)
    assert np.abs(found.mean).max() < 0.5 * np.abs(contrast).max()


def test_a_contrast_that_is_not_learned_from_is_not_read():
    contrast, features = drawn(-0.5, 20, 0.1)
    kernel = contrast_kernel(features, np.zeros_like(features))
    rows = np.arange(20)
    error, told = np.full(20, 0.1), []
    for value in (0.0, 1e6, np.nan):
        contrast[-1] = value
        told.append(
            regressed_contrasts(
                contrast, error, {"d": kernel}, learned=rows[:-1], asked=rows[-1:]
            ).mean[0]
        )
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    ("rows", "error", "kernels", "said"),
    [
        (2, 0.1, {"d": np.eye(5)}, "2 contrasts and 1 kernels"),
        (4, 0.1, {}, "4 contrasts and 0 kernels"),
        (4, 0.0, {"d": np.eye(5)}, "is not a number above 0"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(rows, error, kernels, said):
    with pytest.raises(InputError, match=said):
        regressed_contrasts(
            np.ones(5),
            np.full(5, error),
            kernels,
            learned=np.arange(rows),
            asked=np.array([4]),
        )
