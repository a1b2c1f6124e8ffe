import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.stats.replicates import replicate_ceiling


def test_equal_replicates_have_ceiling_one():
    label, group = np.array([1.0, 2.0, 1.0, 2.0, 9.0]), np.array([0, 1, 0, 1, 2])
    assert replicate_ceiling(label, group) == pytest.approx(
        {"groups": 2, "pearson": 1, "ceiling": 1}
    )


def test_the_ceiling_is_that_of_a_noiseless_model():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=4000)
    measured = signal + rng.normal(size=(2, 4000))
    found = replicate_ceiling(measured.ravel(), np.tile(np.arange(4000), 2))
    assert found["pearson"] == pytest.approx(0.5, abs=0.03)
    assert found["ceiling"] == pytest.approx(np.corrcoef(signal, measured[0])[0, 1], abs=0.03)


def test_the_order_of_rows_does_not_matter():
    label, group = np.array([1.0, 4.0, 2.0, 3.0, 0.0, 2.5]), np.array([0, 0, 1, 1, 2, 2])
    assert replicate_ceiling(label[::-1], group[::-1]) == pytest.approx(
        replicate_ceiling(label, group)
    )


def test_replicates_that_disagree_have_ceiling_zero():
    found = replicate_ceiling(np.array([1.0, -1.0, -1.0, 1.0]), np.array([0, 0, 1, 1]))
    assert found["pearson"] == pytest.approx(-1)
    assert found["ceiling"] == 0


def test_without_replicates_there_is_no_ceiling():
    with pytest.raises(InputError, match="no group has two labels"):
        replicate_ceiling(np.array([1.0, 2.0, np.nan]), np.array([0, 1, 1]))
