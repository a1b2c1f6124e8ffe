"""A screen says what ``predict`` says, whatever the head, the size of a set and the blocks."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny
import tiny_patients
import tiny_risk
from safetensors.numpy import load_file

from combo_dl.core.frames import LETTERS
from combo_dl.infer.bundle import load_bundle
from combo_dl.screen.combos import Block
from combo_dl.screen.run import ScreenRequest, prepared, run_blocks
from combo_dl.screen.settings import RankSettings
from combo_dl.screen.store import Store
from combo_dl.train.run import train

NAMES = [
    "olaparib",
    "cisplatin",
    "lapatinib",
    "erlotinib",
    "paclitaxel",
    "trastuzumab",
    "vorinostat",
]
SHIPPED = Path(__file__).parents[2] / "checkpoints" / "combo"
# A head whose mean is not a sum over pairs.
HIDDEN = tiny.STUDENT_T | {"hidden": 4}
DEEP = replace(tiny.LOEWE, head="hidden")
TOXIC = replace(tiny_risk.TOXIC, name="toxic")


@pytest.fixture(scope="module")
def synergy(tmp_path_factory):
    """Two networks with kernels beside them, of cell lines."""
    settings = tiny.settings(tmp_path_factory.mktemp("synergy") / "out", folds="0", seeds=2)
    return load_bundle(train(settings, [tiny.study()]).bundles[0])


@pytest.fixture(scope="module")
def risky(tmp_path_factory):
    """Synergy by a hidden layer, and a risk, of one network."""
    out = tmp_path_factory.mktemp("risky") / "out"
    heads = {"hidden": HIDDEN, "risk": tiny_risk.RISK}
    network = replace(tiny.NETWORK, head=heads, endpoints={"synergy_loewe": DEEP, "toxic": TOXIC})
    settings = tiny.settings(out, network=network, kernel=None)
    return load_bundle(train(settings, [tiny_risk.study(n_rows=200)]).bundles[0])


@pytest.fixture(scope="module")
def surviving(tmp_path_factory):
    """Survival of patients, who are not named."""
    out = tmp_path_factory.mktemp("surviving") / "out"
    settings = tiny_patients.settings(out, folds="0")
    return load_bundle(train(settings, [tiny_patients.study()]).bundles[0])


PATIENTS = pd.DataFrame(
    {
        "profile": ["p0", "p1", "p2"],
        "albumin_g_dl": [3.0, 4.0, 4.5],
        "sex": ["male", None, "female"],
    }
)


def screen_of(bundle, *, size=2, drugs=NAMES, profiles=None, missing=False, rows=10_000, **rank):
    settings = RankSettings(**({"maximise": "synergy_loewe", "top": 4} | rank))
    request = ScreenRequest(
        rank=settings,
        sizes=range(size, size + 1) if isinstance(size, int) else size,
        drugs=drugs,
        profiles=profiles,
        allow_missing_fields=missing,
        block_rows=rows,
    )
    return prepared(bundle, request)


def predicted(screen, column, size):
    """float[U, n] of ``predict``."""
    profiles = screen.ranker.screened.profiles
    sets = list(combinations(range(len(screen.ranker.screened.drugs)), size))
    rows = pd.DataFrame(
        [
            {f"drug_{LETTERS[k]}": screen.ranker.screened.drugs[d].name for k, d in enumerate(ids)}
            | {"profile": profile}
            for profile in profiles
            for ids in sets
        ]
    )
    found = screen.bundle.predict(rows, **screen.tables)
    found = found[found["endpoint"] == column].sort_values("row", kind="stable")
    return found["mean"].to_numpy().reshape(len(profiles), len(sets))


def assert_says_what_predict_says(screen, column, size):
    values = screen.ranker.screened.values[column]
    expected = predicted(screen, column, size)
    block = Block(number=0, size=size, start=0, stop=expected.shape[1])
    np.testing.assert_allclose(values.of(block).mean, expected, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_synergy_with_kernels(synergy, size):
    assert_says_what_predict_says(screen_of(synergy, size=size), "synergy_loewe", size)


@pytest.mark.parametrize("size", [2, 3])
def test_a_hidden_layer_and_a_risk(risky, size):
    screen = screen_of(risky, size=size, limit={"toxic": 0.9})
    for column in ("synergy_loewe", "toxic"):
        assert_says_what_predict_says(screen, column, size)


@pytest.mark.parametrize("size", [2, 3])
def test_survival(surviving, size):
    screen = screen_of(surviving, size=size, profiles=PATIENTS, missing=True, maximise="os")
    assert_says_what_predict_says(screen, "os", size)


@pytest.mark.parametrize("size", [2, 3])
def test_a_head_that_reads_doses_and_a_calibrated_risk(size):
    bundle = load_bundle(SHIPPED)
    screen = screen_of(bundle, size=size, profiles=["A375", "HT29"], limit={"dlt": 0.5})
    for column in ("synergy_loewe", "dlt"):
        assert_says_what_predict_says(screen, column, size)


def test_states_that_are_not_kept_say_the_same(synergy):
    screen = screen_of(synergy)
    values = screen.ranker.screened.values["synergy_loewe"]
    block = screen.plan.blocks()[0]
    expected = values.of(block).mean
    again = screen_of(synergy).ranker.screened.values["synergy_loewe"]
    again.states.keep = False
    assert np.array_equal(again.of(block).mean, expected)


def found_of(screen, folder):
    return run_blocks(screen, Store(folder=folder), lambda *_: None)


def test_the_top_is_that_of_a_full_sort(synergy, tmp_path):
    screen = screen_of(synergy, size=range(2, 4), rows=80)
    assert len(screen.plan.blocks()) > 3
    found = found_of(screen, tmp_path / "s")
    sizes = (2, 3)
    full = np.concatenate([predicted(screen, "synergy_loewe", k) for k in sizes], axis=1)
    full = np.concatenate([full, full.mean(axis=0, keepdims=True)])
    for view in range(len(full)):
        own = found.view == view
        order = np.argsort(-found.score[own], kind="stable")
        best = np.argsort(-full[view], kind="stable")[:4]
        np.testing.assert_allclose(found.score[own][order], full[view][best], atol=2e-4, rtol=1e-4)


def test_blocks_do_not_change_what_is_found(synergy, tmp_path):
    whole = found_of(screen_of(synergy), tmp_path / "whole").arrays()
    cut = found_of(screen_of(synergy, rows=20), tmp_path / "cut").arrays()

    def ordered(found):
        order = np.lexsort((found["number"], found["view"]))
        return {n: a[order] for n, a in found.items() if n not in ("best", "counts")}

    for name, array in ordered(whole).items():
        np.testing.assert_allclose(ordered(cut)[name], array, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(cut["best"], whole["best"], atol=1e-4, rtol=1e-4)


def test_where_a_block_ends_changes_no_score():
    """At every pair of 40 drugs; of the blocks on both sides the pairs next to it."""
    bundle = load_bundle(SHIPPED)
    drugs = list(bundle.parts.fitted.catalog.drugs.names[:40])
    screen = screen_of(bundle, drugs=drugs, profiles=["A375", "HT29"])
    values, total = screen.ranker.screened.values["synergy_loewe"], screen.plan.total

    def of(start, stop):
        return values.of(Block(number=0, size=2, start=start, stop=stop)).mean

    whole = of(0, total)
    for cut in range(1, total):
        left, right = max(0, cut - 20), min(total, cut + 20)
        assert np.array_equal(of(left, cut), whole[:, left:cut]), cut
        assert np.array_equal(of(cut, right), whole[:, cut:right]), cut


def test_constraints_and_limits_hold(risky, tmp_path):
    free = screen_of(risky, limit={"toxic": 1.0}, top=1000)
    level = float(np.median(found_of(free, tmp_path / "free").values[:, 1]))
    screen = screen_of(
        risky, limit={"toxic": level}, other_targets=True, most_new=0, top=1000, approved=True
    )
    found = found_of(screen, tmp_path / "bound")
    known = screen.ranker.allowed.new
    assert len(found.view) and (found.values[:, 1] <= level).all()
    for number in found.number:
        ids = screen.plan.set_of(int(number))
        drugs = [screen.ranker.screened.drugs[d] for d in ids]
        assert not known[list(ids)].any() and all(d.atc for d in drugs)
        assert not set(drugs[0].targets) & set(drugs[1].targets)
    front = found.front & (found.view == 0)
    assert front.any() and (np.diff(found.harm[front][np.argsort(-found.score[front])]) < 0).all()


def test_a_utility_ranks_by_its_weights(risky, tmp_path):
    weights = {"synergy_loewe": 1.0, "toxic": -20.0}
    found = found_of(screen_of(risky, weights=weights), tmp_path / "u")
    np.testing.assert_allclose(found.score, found.values @ np.float32([1, -20]), rtol=1e-4)


def test_a_file_of_a_block_holds_what_was_found(synergy, tmp_path):
    screen = screen_of(synergy)
    found = found_of(screen, tmp_path / "s")
    kept = load_file(Store(folder=tmp_path / "s").path(screen.plan.blocks()[0]))
    assert all(np.array_equal(kept[n], a, equal_nan=True) for n, a in found.arrays().items())
