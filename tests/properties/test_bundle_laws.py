"""Laws of a whole bundle, networks and kernel ridge together, with single-drug curves and without:
what is predicted depends on the set of drugs and the profile alone."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
import tiny
from curves import with_curves
from hypothesis import given, settings
from hypothesis import strategies as st

from combo_dl.infer.bundle import Bundle, load_bundle
from combo_dl.train.run import train

NUMBERS = ["mean", "low", "high"]
STRANGERS = ("CC(=O)Oc1ccccc1C(=O)O", "OCCN1CCOCC1")
NAMES = (*tiny.study().drugs.names, *STRANGERS)
LINES = (*tiny.study().profiles.ids.names, "mine")
MINE = pd.DataFrame({"profile": ["mine"], "expr:G0000": [0.5], "tissue": ["lung"]})
sets = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
requests = st.lists(st.tuples(sets, st.sampled_from(LINES)), min_size=1, max_size=5)
both = pytest.mark.parametrize("kind", ["plain", "curves"])


@cache
def bundle(kind: str) -> Bundle:
    """Two networks and two kernels, calibrated."""
    study, network = tiny.study(n_rows=260), tiny.NETWORK
    if kind == "curves":
        study = with_curves(study, but_drugs=2, but_profiles=1)
        network = replace(network, response={"components": 3, "dropout": 0.2})
    fit = replace(tiny.FIT, max_epochs=2)
    with TemporaryDirectory() as folder:
        told = tiny.settings(Path(folder) / "out", fit=fit, network=network, seeds=2)
        made = load_bundle(train(told, [study]).bundles[0])
    assert made.parts.kernels is not None and made.parts.laws
    assert all((m.states is not None) == (kind == "curves") for m in made.parts.kernels.members)
    return made


def predicted(kind: str, rows: list[tuple[list[str], str]]) -> pd.DataFrame:
    """The table of these sets of drugs in these profiles."""
    columns = {f"drug_{'abc'[k]}": [[*d, "", ""][k] for d, _ in rows] for k in range(3)}
    frame = pd.DataFrame(columns | {"profile": [p for _, p in rows]})
    return bundle(kind).predict(frame, profiles=MINE, allow_missing_fields=True)


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    np.testing.assert_allclose(found[NUMBERS], expected[NUMBERS], rtol=1e-5, atol=1e-5)
    for name in ("support", "profile_seen", "abstain"):
        assert found[name].tolist() == expected[name].tolist()


@both
@settings(max_examples=12)
@given(rows=requests, order=st.permutations(range(3)))
def test_the_order_of_drugs_changes_no_prediction(kind, rows, order):
    turned = [([d[k] for k in order if k < len(d)], p) for d, p in rows]
    assert_same(predicted(kind, turned), predicted(kind, rows))


@both
@settings(max_examples=6)
@given(rows=requests)
def test_a_row_alone_is_the_row_among_others(kind, rows):
    alone = pd.concat([predicted(kind, [row]) for row in rows])
    assert_same(alone, predicted(kind, rows))


@both
@settings(max_examples=6)
@given(rows=requests)
def test_one_drug_alone_has_exactly_nothing(kind, rows):
    found = predicted(kind, [(d[:1], p) for d, p in rows])
    assert (found[NUMBERS].to_numpy() == 0).all() and not found["abstain"].any()


@both
@settings(max_examples=6)
@given(rows=requests)
def test_an_interval_holds_its_mean(kind, rows):
    found = predicted(kind, rows)
    size = np.array([len(d) for d, _ in rows])
    assert np.isfinite(found[NUMBERS].to_numpy()).all()
    inside = (found["low"] < found["mean"]) & (found["mean"] < found["high"])
    assert inside[size > 1].all()


@both
def test_the_kernels_are_part_of_what_is_predicted(kind):
    made = bundle(kind)
    alone = Bundle(parts=replace(made.parts, kernels=None))
    frame = pd.DataFrame({"drugs": ["olaparib + cisplatin"], "profile": ["LINE000"]})
    with_kernels, without = (b.predict(frame)["mean"][0] for b in (made, alone))
    share = made.parts.laws["synergy_loewe"].share
    assert abs(with_kernels - without) > 1e-4 and min(share.values()) < 1


@both
def test_kernels_of_a_set_of_three_are_the_sum_of_its_pairs(kind):
    """Of the kernel ridge alone: networks at nothing, share at nothing."""
    made = bundle(kind)
    law = replace(made.parts.laws["synergy_loewe"], share={"": 0.0})
    only = Bundle(parts=replace(made.parts, laws={"synergy_loewe": law}))
    rows = ["olaparib + cisplatin + gefitinib"]
    rows += ["olaparib + cisplatin", "olaparib + gefitinib", "cisplatin + gefitinib"]
    found = only.predict(pd.DataFrame({"drugs": rows, "profile": "LINE001"}))["mean"].to_numpy()
    assert found[0] == pytest.approx(found[1:].sum(), rel=1e-4, abs=1e-4)
