"""Held-out rows: what is said of them, by what support, and how folders of them are pooled."""

import json
from itertools import combinations

import numpy as np
import pytest
import tiny

from combo_dl.core.errors import ConfigError, FormatError
from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT
from combo_dl.data.calibration import HeldOut, fit_calibration
from combo_dl.data.splits import DrugFolds, UnitFolds
from combo_dl.infer.bundle import load_bundle
from combo_dl.train import results
from combo_dl.train.companion import read_forecasts
from combo_dl.train.held_out import held_out, joined_rows, read_held_out, row_groups
from combo_dl.train.member import read_forecast
from combo_dl.train.results import column_scores, fold_calibrations, fold_tests
from combo_dl.train.run import prepare, train

COLUMN = "synergy_loewe"
NUMBERS = ("label", "network", "deviation", "between", "kernel", "null")


def same(one: HeldOut, other: HeldOut) -> bool:
    equal = all(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in NUMBERS)
    return equal and (one.group, one.networks) == (other.group, other.networks)


def test_test_rows_carry_what_was_forecast(finished, screen):
    _, work, _ = finished
    rows, found = work.folds[1].test, held_out(work, 1, "test", seeds=2)[COLUMN]
    assert np.array_equal(found.label, screen.combos.labels[COLUMN][rows, 0])
    each = [read_forecast(work.folder(1, s) / "test.npz")[COLUMN].mean[:, 0] for s in (0, 1)]
    np.testing.assert_allclose(found.network, np.mean(each, axis=0), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.between, np.var(each, axis=0, ddof=1), rtol=1e-4, atol=1e-6)
    assert np.array_equal(found.kernel, read_forecasts(work, 1, "test")[COLUMN])
    train_rows = work.folds[1].train
    label, weight = screen.combos.labels[COLUMN][train_rows, 0], screen.combos.weight[train_rows]
    assert found.null == pytest.approx(np.average(label.astype(float), weights=weight))
    single = screen.combos.size[rows] == 1
    assert single.any() and not found.deviation[single].any() and not found.kernel[single].any()
    assert found.networks == 2 and len(found) == len(rows)


def test_fewer_networks_are_the_first_ones(finished):
    _, work, _ = finished
    one, both = (held_out(work, 0, "test", seeds=s)[COLUMN] for s in (1, 2))
    first = read_forecast(work.folder(0, 0) / "test.npz")[COLUMN].mean[:, 0]
    assert np.array_equal(one.network, first) and not one.between.any() and one.networks == 1
    assert not np.array_equal(one.network, both.network) and both.between.any()
    assert np.array_equal(one.kernel, both.kernel)


def test_validation_rows_are_those_of_networks_that_never_saw_them(finished):
    _, work, _ = finished
    found = held_out(work, 0, "validation", seeds=2)[COLUMN]
    assert len(found) == len(work.folds[0].validation) and found.networks == 2
    assert found.null[0] != held_out(work, 0, "test", seeds=2)[COLUMN].null[0]
    assert held_out(work, 0, "validation", seeds=1)[COLUMN].networks == 1


RULES = {
    "pair": UnitFolds(unit="pair", n_folds=4, seed=0),
    "profile": UnitFolds(unit="profile", n_folds=4, seed=0),
    "group": UnitFolds(unit="group", n_folds=4, seed=0),
    "drug": DrugFolds(n_folds=4, seed=0, given=False),
}


@pytest.mark.parametrize("rule", RULES)
def test_groups_say_what_training_rows_show(screen, settings_of, rule):
    work = prepare(settings_of(split=RULES[rule]), [screen])
    fold, combos = work.folds[0], screen.combos
    sets = [[d for d in row if d >= 0] for row in combos.drugs.tolist()]
    trained = {d for i in fold.train for d in sets[i]}
    lines = {combos.profile[i] for i in fold.train}
    pairs = {p for i in fold.train for p in combinations(sets[i], 2)}
    triples = {(*p, combos.profile[i]) for i in fold.train for p in combinations(sets[i], 2)}
    expected = []
    for i in fold.test:
        own, line = list(combinations(sets[i], 2)), combos.profile[i]
        new = sum(d not in trained for d in sets[i])
        if not own:
            text = SINGLE_SUPPORT[int(new > 0)]
        elif new:
            text = PAIR_SUPPORT[3 if new == 1 else 4]
        elif all((*p, line) in triples for p in own):
            text = PAIR_SUPPORT[0]
        else:
            text = PAIR_SUPPORT[1 if all(p in pairs for p in own) else 2]
        expected.append(text if line in lines else f"{text}, profile unseen")
    assert row_groups(work, fold.train, fold.test) == tuple(expected)
    wanted = {"pair": PAIR_SUPPORT[2], "group": PAIR_SUPPORT[1], "drug": PAIR_SUPPORT[3]}
    assert rule == "profile" or wanted[rule] in expected


def test_all_test_rows_are_kept_for_a_bundle_that_learns_from_all(finished):
    settings, work, _ = finished
    kept = read_held_out(settings.out)
    parts = [held_out(work, fold, "test", seeds=2)[COLUMN] for fold in (0, 1)]
    assert set(kept) == {COLUMN} and same(kept[COLUMN], joined_rows(parts))
    assert len(kept[COLUMN]) == sum(len(f.test) for f in work.folds)


def test_a_folder_without_held_out_rows_is_refused(tmp_path):
    with pytest.raises(
        FormatError, match=r"holds no held_out\.npz; give the out= folder"
    ) as caught:
        read_held_out(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def lines(screen, settings_of):
    """The same settings on unseen profiles."""
    settings = settings_of(split=RULES["profile"])
    train(settings, [screen])
    return settings


def test_a_bundle_of_all_rows_is_calibrated_by_folders_of_held_out_rows(
    finished, lines, screen, settings_of
):
    first = finished[0]
    every = settings_of(folds="none", calibrate_from=(first.out, lines.out))
    bundle = load_bundle(train(every, [screen]).bundles[0])
    kept = [read_held_out(s.out)[COLUMN] for s in (first, lines)]
    expected = fit_calibration(joined_rows(kept), networks=2)
    assert bundle.parts.laws == {COLUMN: expected}
    groups = set(expected.multiplier)
    assert PAIR_SUPPORT[2] in groups and any(g.endswith("profile unseen") for g in groups)
    alone = settings_of(folds="none")
    other = load_bundle(train(alone, [screen]).bundles[0])
    assert other.parts.laws[COLUMN] != expected


def test_folders_of_other_settings_are_refused_before_training(finished, screen, settings_of):
    told = {"folds": "none", "calibrate_from": (finished[0].out,)}
    for changes, named in (({"seed": 1}, "seed"), ({"max_fields": 2}, "max_fields")):
        other = settings_of(**told, **changes)
        message = rf"calibrate_from=.* was trained with other settings \({named}\)"
        with pytest.raises(ConfigError, match=message) as caught:
            train(other, [screen])
        assert "\n" not in str(caught.value) and not other.out.exists()
    with pytest.raises(ConfigError, match=r"other settings \(data\)"):
        train(settings_of(**told), [tiny.study(seed=9, n_rows=260)])


def test_a_folder_without_folds_is_refused_before_training(screen, settings_of):
    every = settings_of(folds="none", seeds=1, kernel=None)
    train(every, [screen])
    again = settings_of(folds="none", seeds=1, kernel=None, calibrate_from=(every.out,))
    with pytest.raises(FormatError, match=r"holds no held_out\.npz"):
        train(again, [screen])
    assert not again.out.exists()


def test_what_is_scored_is_mixed_and_scaled_by_the_law(finished):
    _, work, _ = finished
    law = fold_calibrations(work, 0, networks=2)[COLUMN]
    found, rows = fold_tests(work, 0)[COLUMN], held_out(work, 0, "test", seeds=2)[COLUMN]
    mean, added = law.mixed(rows.network, rows.kernel, rows.group)
    assert np.array_equal(found.mean, mean)
    moved = rows.deviation > 0
    deviation = np.sqrt(rows.deviation**2 + added) * moved
    for level, (low, high) in found.intervals.items():
        half = deviation * law.reach(rows.group, level / 100)
        np.testing.assert_allclose((high - low) / 2, half, atol=1e-9)
    assert not found.deviation[~moved].any() and not found.mean[~moved].any()


def test_without_a_law_the_networks_speak_alone(finished):
    rows = held_out(finished[1], 0, "test", seeds=2)[COLUMN]
    found = results.tested(rows, None, {50: 0.7, 80: 1.3, 95: 2.0})
    assert np.array_equal(found.mean, rows.network) and not found.abstain.any()
    low, high = found.intervals[80]
    np.testing.assert_allclose(high - low, 2.6 * rows.deviation)


def test_a_replicate_counts_once(screen):
    rows = np.arange(len(screen))
    mean = screen.combos.labels[COLUMN][:, 0].astype(float) + 1
    first = column_scores(screen, rows, COLUMN, mean, 10.0)
    group = screen.combos.group
    again = np.concatenate([rows, rows[group == group[0]]])
    twice = column_scores(screen, again, COLUMN, mean[again], 10.0)
    assert first["mse"] == pytest.approx(1.0)
    assert json.dumps(twice) == json.dumps(first)
