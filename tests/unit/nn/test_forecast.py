"""An ensemble is one law: means averaged, variance within plus variance between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.nn.forecast import Forecast, joined


def law(mean: float, deviation: float) -> Forecast:
    return Forecast(
        mean=np.full((1, 1), mean, np.float32), deviation=np.full((1, 1), deviation, np.float32)
    )


def test_known_answer():
    found = joined([law(1.0, 3.0), law(5.0, 4.0)])
    assert found.mean.item() == pytest.approx(3.0)
    assert found.deviation.item() == pytest.approx(((9 + 16) / 2 + 4) ** 0.5)


def test_one_member_is_itself():
    found = joined([law(-2.0, 0.5)])
    assert (found.mean.item(), found.deviation.item()) == (-2.0, 0.5)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0, 50)), min_size=1, max_size=5))
def test_order_of_members_does_not_matter_and_doubt_does_not_shrink(members):
    laws = [law(m, d) for m, d in members]
    there, back = joined(laws), joined(laws[::-1])
    assert there.mean.item() == pytest.approx(back.mean.item(), abs=1e-4)
    assert there.deviation.item() >= min(d for _, d in members) - 1e-4
