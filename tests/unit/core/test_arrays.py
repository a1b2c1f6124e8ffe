import numpy as np
import pytest

from combo_dl.core.arrays import check_range, check_shape, take, take_text, text_array
from combo_dl.core.errors import FormatError, InputError


def test_shape_is_checked_with_any_length():
    check_shape("dose", np.zeros((3, 2)), (3, None))
    with pytest.raises(InputError, match=r"dose has shape \(3, 2\); expected \(3,\)"):
        check_shape("dose", np.zeros((3, 2)), (3,))


def test_range_is_half_open():
    check_range("drugs", np.array([-1, 4]), -1, 5)
    check_range("drugs", np.zeros(0), 0, 0)
    with pytest.raises(InputError, match=r"drugs holds ids -1..5; expected -1..4"):
        check_range("drugs", np.array([-1, 5]), -1, 5)


@pytest.mark.parametrize("values", [(), ("",), ("a", "Grüße", "")])
def test_text_survives_an_array_without_objects(values):
    array = text_array(values)
    assert array.dtype.kind == "U" and take_text({"names": array}, "names") == values


def test_missing_and_wrong_arrays_are_named():
    with pytest.raises(FormatError, match="array 'mean' is missing"):
        take({}, "mean")
    with pytest.raises(FormatError, match="array 'names' holds float64"):
        take_text({"names": np.zeros(2)}, "names")
