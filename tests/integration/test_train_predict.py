"""From studies to a bundle to predictions: the same numbers all the way, and the same twice."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from curves import with_curves
from safetensors.torch import load_file

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.data.splits import UnitFolds
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.results import fold_tests
from combo_dl.train.run import prepare, train

MEMBERS = [("fold0", 0), ("fold0", 1), ("fold1", 0), ("fold1", 1)]


@pytest.fixture(scope="module")
def study():
    return tiny.study()


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory, study):
    """Two folds of two members: (settings, result)."""
    settings = tiny.settings(tmp_path_factory.mktemp("ensemble") / "out", folds="0,1", seeds=2)
    return settings, train(settings, [study])


def member(settings, fold, seed):
    return settings.out / "members" / fold / f"seed{seed}"


def weights(folder):
    return load_file(folder / "weights.safetensors")


def assert_equal(left, right):
    assert left.keys() == right.keys()
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


@pytest.mark.parametrize("fold", [0, 1])
def test_a_bundle_predicts_what_training_scored(ensemble, study, fold):
    settings, result = ensemble
    work = prepare(settings, [study])
    scored = fold_tests(work, fold)["synergy_loewe"]
    bundle = load_bundle(result.bundles[fold])
    found = bundle.predict(study.to_frames()[0].iloc[work.folds[fold].test], level=0.8)
    np.testing.assert_allclose(found["mean"], scored.mean, atol=1e-4, rtol=1e-4)
    low, high = scored.intervals[80]
    np.testing.assert_allclose(found["low"], low, atol=1e-3, rtol=1e-4)
    np.testing.assert_allclose(found["high"], high, atol=1e-3, rtol=1e-4)
    assert (found["abstain"] == scored.abstain).all()


def test_a_row_with_curves_is_predicted_alone_as_training_scored_it(tmp_path):
    """Whatever else is asked: profiles are described by all drugs of the training."""
    study = with_curves(tiny.study(n_rows=260), but_drugs=2, but_profiles=1)
    network = replace(tiny.NETWORK, response={"components": 3, "dropout": 0.2})
    settings = tiny.settings(tmp_path, network=network, fit=replace(tiny.FIT, max_epochs=2))
    result = train(settings, [study])
    work = prepare(settings, [study])
    scored = fold_tests(work, 0)["synergy_loewe"].mean
    bundle, rows = load_bundle(result.bundles[0]), study.to_frames()[0].iloc[work.folds[0].test]
    found = [bundle.predict(rows.iloc[[i]])["mean"][0] for i in range(12)]
    np.testing.assert_allclose(found, scored[:12], atol=1e-3, rtol=1e-4)
    np.testing.assert_allclose(bundle.predict(rows)["mean"], scored, atol=1e-3, rtol=1e-4)


def test_an_ensemble_has_a_bundle_a_fold_and_a_mean_of_scores(ensemble):
    settings, result = ensemble
    assert [b.name for b in result.bundles] == ["bundle_fold0", "bundle_fold1"]
    assert [row["fold"] for row in result.scores] == ["fold0", "fold1", "mean"]
    first, second, mean = (row["mse"] for row in result.scores)
    assert mean == pytest.approx((first + second) / 2)
    kept = json.loads((settings.out / "result.json").read_text())
    open_ = [{k: None if v != v else v for k, v in row.items()} for row in result.scores]
    assert kept["value"] == result.value > 0 and kept["scores"] == open_


def test_every_member_is_its_own_network(ensemble):
    settings, _ = ensemble
    every = [weights(member(settings, *m))["fusion.both.weight"] for m in MEMBERS]
    assert all(not torch.equal(a, b) for i, a in enumerate(every) for b in every[:i])


def test_the_first_seed_finds_the_epochs_for_the_others(ensemble):
    settings, _ = ensemble
    found = [json.loads((member(settings, *m) / "member.json").read_text()) for m in MEMBERS]
    assert found[0] == found[1] and found[2] == found[3]


def test_several_workers_give_the_same_numbers(ensemble, study, tmp_path):
    settings, _ = ensemble
    fit = replace(settings.fit, workers=2)
    again = replace(settings, out=tmp_path / "out", seeds=1, fit=fit)
    train(again, [study])
    for fold in ("fold0", "fold1"):
        assert_equal(weights(member(again, fold, 0)), weights(member(settings, fold, 0)))


def test_the_same_seed_gives_the_same_bits_and_another_does_not(tmp_path, study):
    values = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        values.append(train(tiny.settings(tmp_path / name, seed=seed), [study]).value)
    assert values[0] == values[1] != values[2]
    first, second = (tmp_path / n / "members" / "fold0" / "seed0" for n in "ab")
    assert_equal(weights(first), weights(second))
    bundles = [(tmp_path / n / "bundle" / "weights.safetensors").read_bytes() for n in "ab"]
    assert bundles[0] == bundles[1]


def test_training_on_every_row_tests_nothing(tmp_path, study):
    result = train(tiny.settings(tmp_path, folds="none"), [study])
    card = load_bundle(result.bundles[0]).card
    assert result.scores == [] and result.value > 0
    assert (card["split"]["training_rows"], card["split"]["test_rows"]) == (len(study), 0)


@pytest.mark.parametrize("search", ["each", "none"])
def test_other_ways_to_find_the_epochs(tmp_path, study, search):
    fit = replace(tiny.FIT, search=search, refit=search == "none")
    settings = tiny.settings(tmp_path, fit=fit, seeds=2)
    result = train(settings, [study])
    records = [
        json.loads((member(settings, "fold0", s) / "member.json").read_text()) for s in (0, 1)
    ]
    assert [len(r["errors"]) for r in records] == ([4, 4] if search == "each" else [0, 0])
    assert (result.value is None or np.isnan(result.value)) == (search == "none")
    assert np.isfinite(load_bundle(result.bundles[0]).predict(study.to_frames()[0])["mean"]).all()


def test_a_pruned_trial_has_no_value(tmp_path, study):
    told = []

    def give_up(epoch, error):
        told.append((epoch, error))
        return epoch == 2

    result = train(tiny.settings(tmp_path), [study], on_validation=give_up)
    assert result.value is None and [epoch for epoch, _ in told] == [1, 2]
    assert not (tmp_path / "bundle").exists()


def test_two_studies_train_together(tmp_path, study):
    other = replace(tiny.study(seed=2), name="other")
    result = train(tiny.settings(tmp_path), [study, other])
    bundle = load_bundle(result.bundles[0])
    rows = other.to_frames()[0].head(4)
    found = bundle.predict(rows, study="other")
    assert (
        set(bundle.card["studies"]) == {"synthetic", "other"} and np.isfinite(found["mean"]).all()
    )


def test_an_endpoint_that_no_study_has_names_the_labels(tmp_path, study):
    endpoint = replace(tiny.LOEWE, name="ae", columns=("ae_severe",))
    network = replace(tiny.NETWORK, endpoints={"ae": endpoint})
    with pytest.raises(ConfigError, match=r"needs ae_severe; .* have synergy_bliss, synergy_loewe"):
        train(tiny.settings(tmp_path, network=network), [study])


@pytest.mark.parametrize("folds", ["7", "first", "0,9", ""])
def test_folds_that_are_not_there_are_refused(tmp_path, study, folds):
    with pytest.raises(ConfigError, match="expected all, none, or numbers from 0 to 3"):
        train(tiny.settings(tmp_path, folds=folds), [study])


def with_labels(study, **values):
    """The study with other labels."""
    labels = {k: np.float32(v)[:, None] for k, v in values.items()}
    return replace(study, combos=replace(study.combos, labels=labels))


def test_a_score_that_is_not_defined_is_left_open(tmp_path, study):
    small = with_labels(study, synergy_loewe=np.linspace(-1, 1, len(study)))
    result = train(tiny.settings(tmp_path), [small])
    assert np.isnan(result.scores[0]["auroc"]) and result.scores[0]["mse"] > 0
    assert json.loads((tmp_path / "result.json").read_text())["scores"][0]["auroc"] is None
    assert load_bundle(result.bundles[0]).card["scores"][0]["auroc"] is None


def test_a_fold_whose_test_rows_have_no_label_has_no_score(tmp_path, study):
    settings = tiny.settings(tmp_path)
    label = study.combos.labels["synergy_loewe"][:, 0].copy()
    label[prepare(settings, [study]).folds[0].test] = np.nan
    result = train(settings, [with_labels(study, synergy_loewe=label)])
    assert result.scores == [] and result.bundles[0].is_dir()


def test_an_endpoint_without_any_value_is_refused_before_training(tmp_path, study):
    empty = with_labels(study, synergy_loewe=np.full(len(study), np.nan))
    with pytest.raises(InputError, match="'synergy_loewe' has no measured value in any row"):
        train(tiny.settings(tmp_path), [empty])
    assert not list(tmp_path.iterdir())


def test_a_training_on_every_row_may_carry_the_scores_of_its_folds(ensemble, study, tmp_path):
    settings, result = ensemble
    every = replace(settings, out=tmp_path / "all", folds="none", scores_from=(settings.out,))
    card = load_bundle(train(every, [study]).bundles[0]).card
    assert [row["mse"] for row in card["scores"]] == [row["mse"] for row in result.scores]


def test_of_several_folders_the_means_are_carried_under_their_names(ensemble, study, tmp_path):
    settings, result = ensemble
    lines = replace(
        settings, out=tmp_path / "lines", split=UnitFolds(unit="profile", n_folds=3, seed=0)
    )
    train(lines, [study])
    every = replace(
        settings, out=tmp_path / "all", folds="none", scores_from=(settings.out, lines.out)
    )
    card = load_bundle(train(every, [study]).bundles[0]).card
    assert [row["fold"] for row in card["scores"]] == [settings.out.name, "lines"]
    assert card["scores"][0]["mse"] == result.scores[-1]["mse"]


def test_scores_of_other_settings_are_refused_before_training(ensemble, study, tmp_path):
    settings, _ = ensemble
    other = replace(
        settings, out=tmp_path / "all", folds="none", scores_from=(settings.out,), seed=1
    )
    with pytest.raises(ConfigError, match=r"trained with other settings \(seed\)"):
        train(other, [study])
    assert not (tmp_path / "all").exists()
