import numpy as np
import pytest

from combo_dl.core.errors import LeakageError
from combo_dl.data.fold import prove


def test_a_proof_counts_units_not_rows():
    proof = prove("pair", "train and test", np.array([3, 3, 1]), np.array([2, 2]))
    assert proof.to_json() == {
        "unit": "pair",
        "between": "train and test",
        "left": 2,
        "right": 1,
        "shared": 0,
    }


def test_a_shared_unit_is_a_leak():
    with pytest.raises(LeakageError, match="1 of 2 drugs are on both sides of train and test"):
        prove("drug", "train and test", np.array([1, 2]), np.array([2, 3]))
