"""Labels of patients: a time with its event or neither, and the response of RECIST."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets.patient_labels import (
    label_flow,
    recist_response,
    response_label,
    survival_label,
)


def survival(time, event):
    return survival_label(pd.Series(time, dtype=float), pd.Series(event, dtype=float), what="os")


def test_a_pair_is_whole_or_missing_and_day_0_is_half_a_day():
    label = survival([0, 0, 10, np.nan, 20, np.nan], [1, 0, 1, 1, np.nan, np.nan])
    expected = np.full((6, 2), np.nan, np.float32)
    expected[:3] = [[0.5, 1], [0.5, 0], [10, 1]]
    np.testing.assert_array_equal(label, expected)
    assert label.dtype == np.float32
    flow = label_flow({"os": label, "response": label[:, :1]})
    assert flow == (("patients with os", 3), ("patients with an event of os", 2), flow[2])
    assert flow[2] == ("patients with response", 3)


@pytest.mark.parametrize(
    ("time", "event", "said"),
    [
        ([5, -1, -2], [1, 1, 0], r"row 1 has os time_days = -1; expected 0 days .*\(2 such rows\)"),
        ([np.inf], [0], "row 0 has os time_days = inf"),
        ([5, 5], [1, 2], "row 1 has os event = 2; expected 0 or 1"),
        ([np.nan], [0.5], "row 0 has os event = 0.5; expected 0 or 1"),
    ],
)
def test_a_time_or_an_event_that_cannot_be_is_refused(time, event, said):
    with pytest.raises(InputError, match=said):
        survival(time, event)


def test_a_response_is_objective():
    best = pd.Series(["CR", "PR", "SD", "MR", "PD", "NE", ""])
    expected = np.array([1, 1, 0, 0, 0, np.nan, np.nan], np.float32)[:, None]
    np.testing.assert_array_equal(recist_response(best), expected)
    given = response_label(pd.Series([1, 1, 0, 0, 0, None, None], dtype="Int8"))
    np.testing.assert_array_equal(given, expected)
    with pytest.raises(InputError, match="row 1 has the best response 'better'; expected one of"):
        recist_response(pd.Series(["CR", "better"]))
    with pytest.raises(InputError, match="row 0 has response = 2"):
        response_label(pd.Series([2]))
