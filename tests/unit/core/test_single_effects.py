"""Side effects of single drugs: names that are not known, and the round trip."""

import numpy as np
import pyarrow as pa
import pytest

from combo_dl.core.errors import FormatError
from combo_dl.core.single_effects import SingleEffects, single_effects

ROWS = {"drug": ["b", "a", "b", "b"], "code": ["C2", "C1", "C1", "C2"]}


def test_an_effect_is_there_or_not_known():
    found = single_effects(pa.table(ROWS))
    expected = [[False, True], [False, False], [True, True]]
    assert found.at(["a", "x", "b"], ["C2", "C1"]).tolist() == expected
    assert found.at([], ["C1"]).shape == (0, 1) and not found.at(["b"], ["C9"]).any()


def test_effects_make_the_round_trip():
    found = single_effects(pa.table(ROWS))
    again = SingleEffects.from_arrays(found.to_arrays())
    assert again.drugs == found.drugs and again.codes == found.codes
    assert np.array_equal(again.has, found.has)


@pytest.mark.parametrize("broken", [np.zeros((2, 3), np.uint8), np.zeros((2, 1), np.int32)])
def test_broken_arrays_are_refused(broken):
    arrays = single_effects(pa.table(ROWS)).to_arrays()
    with pytest.raises(FormatError, match="broken effects of single drugs"):
        SingleEffects.from_arrays(arrays | {"has": broken})
