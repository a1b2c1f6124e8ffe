"""Kernels as arrays: exact to float32 and back, and what does not fit is refused."""

import json

import numpy as np
import pytest

from combo_dl.core.arrays import take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.kernels.average import MAX_KERNELS, fit_average
from combo_dl.kernels.store import from_arrays, to_arrays

COLUMN = "synergy_loewe"
COLUMNS = (COLUMN, "other")


@pytest.fixture(scope="module")
def found(case):
    """Two kernels of two columns."""
    told = {"labels": case.labels, "weight": case.weight}
    return fit_average(case.specs(2), case.inputs, case.rows, **told)


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[n], other[n]) for n in one)


def test_there_and_back(case, found):
    arrays = to_arrays(found)
    assert all(a.dtype.kind in "fiUb" for a in arrays.values())
    back = from_arrays(arrays, COLUMNS)
    assert same(to_arrays(back), arrays)
    assert [m.spec for m in back.members] == [m.spec for m in found.members]
    for one, other in zip(found.members, back.members, strict=True):
        for column in COLUMNS:
            assert np.array_equal(other.weight[column], np.float32(one.weight[column]))
            assert np.array_equal(other.beta[column], np.float32(one.beta[column]))
    rows = np.arange(len(case.inputs))
    expected, got = (f.predict(case.inputs, rows) for f in (found, back))
    for column in COLUMNS:
        np.testing.assert_allclose(got[column], expected[column], atol=2e-3)


def test_a_column_may_be_left_out(case, found):
    back = from_arrays(to_arrays(found), (COLUMN,))
    assert set(back.predict(case.inputs, np.arange(3))) == {COLUMN}


def with_header(arrays: dict, change) -> dict:
    header = json.loads(take_text(arrays, "header")[0])
    change(header)
    return arrays | {"header": text_array((json.dumps(header),))}


WEIGHT = f"0:weight:{COLUMN}"
FORGED = {
    "a row less": (lambda a: a | {WEIGHT: a[WEIGHT][1:]}, "weights of a kernel are"),
    "NaN": (lambda a: a | {WEIGHT: a[WEIGHT] * np.nan}, "does not hold numbers up to"),
    "too large": (lambda a: a | {WEIGHT: a[WEIGHT] * 1e30}, "does not hold numbers up to"),
    "a longer beta": (
        lambda a: a | {f"0:beta:{COLUMN}": np.ones(4, np.float32)},
        "weights of a kernel are",
    ),
    "ids beyond": (lambda a: a | {"pairs": a["pairs"] + 100}, "expected ids of"),
    "ids below": (lambda a: a | {"pairs": a["pairs"] - 100}, "expected ids of"),
    "a billion kernels": (
        lambda a: with_header(a, lambda h: h.update(members=10**9)),
        "broken kernel ridge",
    ),
    "many kernels": (
        lambda a: with_header(a, lambda h: h.update(members=h["members"] * MAX_KERNELS)),
        f"{2 * MAX_KERNELS} kernels; expected 1 to {MAX_KERNELS}",
    ),
    "no kernel": (lambda a: with_header(a, lambda h: h.update(members=[])), "0 kernels"),
    "no width": (
        lambda a: with_header(a, lambda h: h["members"][0]["drug"].update(widths={})),
        "broken kernel ridge: KeyError",
    ),
    "a median of 0": (
        lambda a: with_header(a, lambda h: h["medians"]["drug"].update(fingerprint=0.0)),
        "scale of a drug kernel has 0",
    ),
    "a penalty of text": (
        lambda a: with_header(a, lambda h: h["members"][0].update(penalty="1")),
        "kernel has '1'",
    ),
    "drugs that are no ids": (
        lambda a: a | {"drugs:known": a["drugs:known"].astype(float)},
        "drugs of the kernel ridge are float64",
    ),
    "one drug less": (lambda a: a | {"drugs:known": a["drugs:known"][1:]}, "block 'fingerprint'"),
    "a centre of infinity": (
        lambda a: with_header(a, lambda h: h["centre"][0].update({COLUMN: 1e400})),
        "a kernel has the centre inf",
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_what_does_not_fit_is_refused(found, forged):
    change, message = FORGED[forged]
    with pytest.raises(FormatError, match=message) as caught:
        from_arrays(change(to_arrays(found)), COLUMNS)
    assert "\n" not in str(caught.value)


STATES = {
    "landmarks less": lambda a: a | {"0:landmarks": a["0:landmarks"][1:]},
    "landmarks of NaN": lambda a: a | {"0:landmarks": a["0:landmarks"] * np.nan},
    "a narrower root": lambda a: a | {"0:root": a["0:root"][:, 1:]},
    "a flat root": lambda a: a | {"0:root": a["0:root"][0]},
    "no scale": lambda a: with_header(a, lambda h: h["scale"].__setitem__(0, 0.0)),
    "states unnamed": lambda a: with_header(a, lambda h: h["scale"].__setitem__(0, None)),
}


@pytest.mark.parametrize("forged", STATES)
def test_states_that_do_not_fit_are_refused(found, forged):
    if found.members[0].states is None:
        pytest.skip("a kernel without single-drug curves")
    with pytest.raises(FormatError) as caught:
        from_arrays(STATES[forged](to_arrays(found)), COLUMNS)
    assert "\n" not in str(caught.value)
