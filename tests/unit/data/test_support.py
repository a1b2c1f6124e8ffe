"""Support: one text for each level, and a set is as weak as its weakest pair."""

import numpy as np
import pandas as pd
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


def test_every_level_of_a_bundle(bundle):
    part, names = bundle.parts.fitted.studies["synthetic"], bundle.parts.fitted.catalog.drugs.names
    a, b, p = part.triples[0]
    seen = {(x, y) for x, y in part.pairs.tolist()}
    elsewhere = next(q for q in range(4) if not (part.triples == [a, b, q]).all(axis=1).any())
    new = next(y for y in range(a + 1, len(names)) if (a, y) not in seen)
    ethanol, aspirin = "C(C)[OH]", "CC(=O)Oc1ccccc1C(=O)O"
    rows = pd.DataFrame(
        [
            (names[a], names[b], part.known[p]),
            (names[b], names[a], part.known[elsewhere]),
            (names[a], names[new], part.known[p]),
            (names[a], ethanol, part.known[p]),
            (aspirin, ethanol, part.known[p]),
            (names[a], "", part.known[p]),
            (aspirin, "", part.known[p]),
        ],
        columns=["drug_a", "drug_b", "profile"],
    )
    found = bundle.predict(rows).drop_duplicates("row").support
    assert tuple(found) == PAIR_SUPPORT + SINGLE_SUPPORT


def test_a_users_own_profile_is_not_seen(bundle):
    people = pd.DataFrame({"profile": ["LINE000"], "expr:G0000": [0.5]})
    rows = pd.DataFrame({"drugs": ["olaparib"] * 2, "profile": ["LINE000", "LINE001"]})
    found = bundle.predict(rows, profiles=people, allow_missing_fields=True)
    assert found.drop_duplicates("row").profile_seen.tolist() == [False, True]
