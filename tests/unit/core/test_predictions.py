from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.predictions import PAIR_SUPPORT, Outcome, Predictions

OUTCOME = Outcome(
    mean=np.array([[1.0], [2.0]]), low=np.array([[0.0], [2.0]]), high=np.array([[3.0], [2.0]])
)
TABLE = Predictions(
    outcomes={"loewe": OUTCOME},
    row=np.arange(2),
    drug_names=(("a", "b"), ("a",)),
    profile_names=("A375", ""),
    support=PAIR_SUPPORT[:2],
    profile_seen=np.array([True, False]),
    level=0.8,
    bundle_digest="0",
)


def test_whole_predictions_pass():
    assert len(TABLE.validate()) == 2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": np.array([[1.5], [0.0]])}, "does not hold its mean"),
        ({"mean": np.array([[np.nan], [2.0]])}, "does not hold its mean"),
        ({"high": np.array([[np.inf], [2.0]])}, "not finite"),
        ({"low": np.zeros((2, 2))}, r"low has shape \(2, 2\)"),
    ],
)
def test_an_interval_holds_its_mean(changed, message):
    with pytest.raises(InputError, match=message):
        replace(OUTCOME, **changed).validate()


def test_parts_of_other_lengths_are_refused():
    with pytest.raises(InputError, match="predictions have 1 support for 2 rows"):
        replace(TABLE, support=PAIR_SUPPORT[:1]).validate()
    with pytest.raises(InputError, match="outcome 'loewe' has 2 rows; expected 1"):
        one = replace(TABLE, row=np.arange(1), drug_names=(("a",),), profile_names=("",))
        replace(one, support=("pair seen",), profile_seen=np.array([True])).validate()
