"""Follow-up: what cannot be is refused with its row and value."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp


def test_it_keeps_numbers_and_knows_late_entry():
    seen = FollowUp.of_label(np.array([[10, 1, 0], [20, 0, 5]], np.float32))
    assert seen.time_days.tolist() == [10, 20] and seen.event.tolist() == [1, 0]
    assert seen.has_delayed_entry and not seen.take(np.array([0])).has_delayed_entry
    assert len(seen) == 2 and seen.take(np.array([False, True])).entry_days.tolist() == [5]
    assert FollowUp.of_label(np.array([[10, 1]])).entry_days.tolist() == [0]


@pytest.mark.parametrize(
    ("time", "event", "entry", "message"),
    [
        ([5, np.nan], [1, 1], [0, 0], "row 1 has time_days nan"),
        ([-5, 5], [1, 1], [0, 0], "row 0 has time_days -5; expected a number of days above 0"),
        ([5, 0], [1, 1], [0, 0], "row 1 has time_days 0"),
        ([5, np.inf], [1, 1], [0, 0], "row 1 has time_days inf"),
        ([5, 5], [1, -1], [0, 0], "row 1 has event -1; expected 0 \\(censored\\) or the number"),
        ([5, 5], [np.nan, 1], [0, 0], "row 0 has event nan"),
        ([5, 5], [1, 1], [0, np.nan], "row 1 has entry_days nan"),
        ([5, 5], [1, 1], [-1, 0], "row 0 has entry_days -1; expected 0 or more days"),
        ([5, 5], [1, 1], [5, 6], "row 0 has entry_days 5; expected a day before .*2 such rows"),
        ([5, 5], [1], [0, 0], "expected one of each a patient"),
        ([], [], [], "at least one patient"),
    ],
)
def test_what_cannot_be_is_refused(time, event, entry, message):
    with pytest.raises(InputError, match=message) as caught:
        FollowUp.of(np.array(time), np.array(event), np.array(entry))
    assert "\n" not in str(caught.value)


def test_a_label_of_another_width_is_refused():
    with pytest.raises(InputError, match="a survival label has shape \\(3, 1\\)"):
        FollowUp.of_label(np.ones((3, 1)))
