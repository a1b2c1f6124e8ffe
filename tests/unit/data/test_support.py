"""Support: one text for each level, and a set is as weak as its weakest pair."""

import numpy as np
import pytest

from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT
from combo_dl.data.fitted import FittedStudy
from combo_dl.data.scale import ProfileScaler
from combo_dl.data.support import supports

SEEN = FittedStudy(
    scaler=ProfileScaler(
        mean=np.zeros(0),
        scale=np.zeros(0),
        loading=np.zeros((0, 0)),
        blocks=(),
        field_block=np.zeros(0, np.int64),
        component_block=np.zeros(0, np.int64),
        ceiling=np.zeros(0),
    ),
    known=("X", "Y"),
    pairs=np.array([[0, 1], [1, 2]], np.int32),
    triples=np.array([[0, 1, 0], [1, 2, 1]], np.int32),
)


@pytest.mark.parametrize(
    ("ids", "profile", "expected"),
    [
        ([0, 1], 0, PAIR_SUPPORT[0]),
        ([1, 0], 0, PAIR_SUPPORT[0]),
        ([0, 1], 1, PAIR_SUPPORT[1]),
        ([0, 1], -1, PAIR_SUPPORT[1]),
        ([0, 2], 0, PAIR_SUPPORT[2]),
        ([0, -1], 0, PAIR_SUPPORT[3]),
        ([-1, -1], 0, PAIR_SUPPORT[4]),
        ([0, 1, 2], 0, PAIR_SUPPORT[2]),
        ([0, 1, -1], 0, PAIR_SUPPORT[3]),
        ([0, -1, -1], 0, PAIR_SUPPORT[4]),
        ([2], 0, SINGLE_SUPPORT[0]),
        ([-1], 0, SINGLE_SUPPORT[1]),
    ],
)
def test_each_level(ids, profile, expected):
    known, row = np.array(ids), np.arange(len(ids))[None]
    assert supports(row, known, np.array([profile]), SEEN) == (expected,)


def test_padding_is_no_drug():
    assert supports(np.array([[0, 1, -1]]), np.array([0, 1]), np.array([0]), SEEN) == (
        PAIR_SUPPORT[0],
    )
