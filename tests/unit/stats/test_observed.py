import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.stats.observed import observed, rows_of_each


def test_rows_with_a_label_are_seen():
    truth, mean = np.array([1.0, np.nan, 2.0]), np.array([0.0, np.inf, 0.0])
    assert observed(truth, mean).tolist() == [True, False, True]


def test_what_does_not_fit_is_named():
    with pytest.raises(InputError, match=r"pairs \(2,\) differ in shape"):
        observed(np.zeros(3), np.zeros(3), pairs=np.zeros(2))
    with pytest.raises(InputError, match=r"row 2 has prediction inf.*\(1 such rows\)"):
        observed(np.zeros(3), np.array([0, 0, np.inf]))


def test_rows_of_each_are_ascending_and_of_one_group():
    found = rows_of_each(np.array([5, 2, 5, 9, 2, 5]), at_least=2)
    assert [rows.tolist() for rows in found] == [[1, 4], [0, 2, 5]]
    assert rows_of_each(np.zeros(0, int), at_least=0) == []
