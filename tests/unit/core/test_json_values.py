"""Values as JSON can hold them."""

import numpy as np

from combo_dl.core.json_values import json_value


def test_what_is_not_defined_is_none_at_any_depth():
    nan = float("nan")
    given = {"a": nan, "b": (1.0, np.float32(nan)), "c": [{"d": np.float64(nan)}], "e": "nan"}
    assert json_value(given) == {"a": None, "b": [1.0, None], "c": [{"d": None}], "e": "nan"}
