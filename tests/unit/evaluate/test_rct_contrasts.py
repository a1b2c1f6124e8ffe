"""Contrasts of held-out trials: what is compared, baselines worked by hand, and no leakage."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
import trial_rows
from role_cases import cases

from combo_dl.core.errors import ConfigError, InputError, LeakageError
from combo_dl.core.files import read_json
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.joined_trials import TRIAL, joined_trials
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.rct_baselines import (
    additive,
    class_mean,
    curve_contrast,
    fallback,
    independent,
    with_fallback,
    zero,
)
from combo_dl.evaluate.rct_comparisons import comparisons, trial_arms
from combo_dl.evaluate.rct_drugs import DrugClasses
from combo_dl.evaluate.rct_regression import baseline, days_of, regression
from combo_dl.evaluate.rct_run import (
    NETWORK,
    REGRESSION,
    RctSettings,
    evaluate_contrasts,
    training_trials,
    trial_proof,
)
from combo_dl.evaluate.rct_scoring import failed_in_lower_half

HORIZON = 400.0
OS = replace(tiny.OS, horizon_days=HORIZON)
HEAD = next(c.values[0] for c in cases("head", at_least=8) if c.id == "hazard")
SPLIT = UnitFolds(unit="profile", n_folds=4, seed=0)


@pytest.fixture(scope="module")
def study():
    return joined_trials([trial_rows.study()])


@pytest.fixture(scope="module")
def arms(study):
    return trial_arms(study, "os")


@pytest.fixture(scope="module")
def compared(arms):
    return comparisons(arms, OS)[0]


def without(study, arms, compared, *trials):
    """What may be learned from when these trials are held out, and their comparisons."""
    known = training_trials(
        arms,
        compared,
        set(trials),
        classes=DrugClasses.of_study(study),
        horizon_days=HORIZON,
    )
    return known, [c for c in compared if c.trial in trials]


def settings(out, **changes):
    network = replace(
        tiny.NETWORK,
        molecule={},
        head={"hazard": HEAD},
        endpoints=changes.pop("endpoints", {"os": OS}),
    )
    fit = replace(tiny.FIT, max_epochs=2)
    made = {"network": network, "split": SPLIT, "folds": "all", "kernel": None, "fit": fit}
    baselines = changes.pop("baselines", ("zero", "class_mean"))
    return RctSettings(train=tiny.settings(out, **(made | changes)), baselines=baselines)


def test_the_experimental_arm_is_held_against_the_control(compared):
    assert len(compared) == len(trial_rows.TRIALS)
    for c, (_, control, experimental, _) in zip(compared, trial_rows.TRIALS, strict=True):
        assert c.control.drugs == (control,)
        assert c.experimental.drugs == tuple(sorted(experimental.split("+")))
    # Drugs that let patients live longer are seen to.
    assert all(c.truth.rmst_days > 0 for c in compared[:2])


def test_what_is_no_comparison_is_said_in_one_line(arms):
    late = replace(OS, horizon_days=900.0)
    with pytest.raises(InputError, match="0 comparisons of os to day 900; expected 10 or more"):
        comparisons(arms, late)
    one = next(a for a in arms if a.trial == "one1")
    doubled = [*arms, replace(one, label="another dose")]
    _, left_out = comparisons(doubled, OS)
    assert "one1: docetaxel 0 and another dose: the same drugs" in left_out


def test_of_two_arms_of_one_rank_the_larger_set_is_experimental(arms):
    pair = [a for a in arms if a.trial == "two3"]
    level = [replace(a, rank=0) for a in pair]
    rest = [a for a in arms if a.trial != "two3"]
    found, _ = comparisons([*rest, *level], OS)
    assert found[-1].experimental.drugs == ("dacarbazine", "nivolumab")
    apart = [replace(a, stratum=str(i)) for i, a in enumerate(pair)]
    assert len(comparisons([*rest, *apart], OS)[0]) == len(found) - 1


def test_an_arm_with_a_time_of_zero_is_named(study):
    labels = {"os": study.combos.labels["os"].copy()}
    labels["os"][130, 0] = 0.0
    bad = replace(study, combos=replace(study.combos, labels=labels))
    with pytest.raises(InputError, match=r"arm '.*' of trial '.*': row 10 has time_days 0; exp"):
        trial_arms(bad, "os")


def test_a_copy_of_a_held_out_trial_is_caught(study):
    # One trial under two profiles, which a split of profiles takes apart.
    code = study.columns[TRIAL].copy()
    first, second = (study.profiles.ids.names.index(n) for n in ("one1", "one2"))
    code[study.combos.profile == second] = code[study.combos.profile == first][0]
    planted = replace(study, columns=study.columns | {TRIAL: code})
    identity = tuple(planted.drugs.names)
    folds = SPLIT.folds(planted, identity)
    assert all(trial_proof(study, f).shared == 0 for f in SPLIT.folds(study, identity))
    apart = [f for f in folds if (planted.combos.profile[f.test] == first).any()]
    assert not (planted.combos.profile[apart[0].test] == second).any()
    with pytest.raises(LeakageError, match=r"1 of . trials are on both sides"):
        trial_proof(planted, apart[0])


def test_no_model_reads_the_times_of_a_held_out_trial(study, arms, compared):
    known, asked = without(study, arms, compared, "one1")
    turned = [
        replace(
            c,
            truth=replace(c.truth, rmst_days=-1e3, log_hr=9.0),
            experimental=replace(c.experimental, seen=c.control.seen),
            control=replace(c.control, seen=c.experimental.seen),
        )
        for c in asked
    ]
    for model in (zero, class_mean, fallback, independent, additive, regression):
        one, other = model(known, asked), model(known, turned)
        np.testing.assert_array_equal(one.rmst_days, other.rmst_days)
        np.testing.assert_array_equal(one.log_hr, other.log_hr)


def test_the_class_mean_is_that_of_comparisons_of_the_same_classes(study, arms, compared):
    known, asked = without(study, arms, compared, "one1", "two4")
    told = class_mean(known, asked)
    # A PD-1 inhibitor against a taxane: ONE-2 alone; against nothing: SIX-4 alone.
    same = [next(c for c in compared if c.trial == t) for t in ("one2", "six4")]
    np.testing.assert_allclose(told.rmst_days, [c.truth.rmst_days for c in same])
    known, asked = without(study, arms, compared, "six5")
    assert np.isnan(class_mean(known, asked).rmst_days).all()
    every = np.mean([c.truth.rmst_days for c in compared if c.trial != "six5"])
    np.testing.assert_allclose(fallback(known, asked).rmst_days, every)
    whole = with_fallback(class_mean(known, asked), fallback(known, asked))
    np.testing.assert_allclose(whole.rmst_days, every)


def test_independent_action_of_single_drugs_is_the_difference_of_their_own_curves(
    study, arms, compared
):
    known, asked = without(study, arms, compared, "one1")
    found = independent(known, asked)
    # Nivolumab alone in lung is known only by its class: pembrolizumab in ONE-2.
    alone = [a.curve for a in arms if a.trial == "one2"]
    control = [a for a in arms if a.drugs == ("docetaxel",) and a.trial in ("one2", "one3")]
    assert len(control) == 2
    assert found.rmst_days[0] == pytest.approx(
        alone[1].restricted_mean_days(HORIZON)
        - np.mean([a.curve.restricted_mean_days(HORIZON) for a in control]),
        abs=2.0,
    )


def test_additive_times_are_never_below_independent_action_for_a_combination(study, arms, compared):
    known, asked = without(study, arms, compared, "two3", "six3")
    one, other = independent(known, asked), additive(known, asked)
    assert (other.rmst_days >= one.rmst_days - 1e-9).all() and (one.rmst_days > 0).all()


def test_a_part_that_was_never_given_alone_abstains(study, arms, compared):
    known, asked = without(study, arms, compared, "six5")
    assert np.isnan(independent(known, asked).rmst_days).all()
    assert np.isnan(additive(known, asked).log_hr).all()


def test_the_contrast_of_two_curves_is_that_of_the_closed_form():
    grid = np.linspace(0, HORIZON, 401)
    one, other = (SurvivalCurves.of(grid, np.exp(-grid / mean)) for mean in (500.0, 250.0))
    days, ratio = curve_contrast(one, other, HORIZON)
    law = [m * (1 - np.exp(-HORIZON / m)) for m in (500.0, 250.0)]
    assert days == pytest.approx(law[0] - law[1], abs=0.01)
    assert ratio == pytest.approx(np.log(0.5))
    assert days_of(other, np.log(0.5), HORIZON) == pytest.approx(days, abs=0.01)


def test_the_regression_ranks_what_works_above_what_does_not(study, arms, compared):
    known, asked = without(study, arms, compared, "one2", "two2")
    told = regression(known, asked)
    assert (told.rmst_days > 0).all() and (told.log_hr < 0).all()
    curve = baseline(known, asked[0].control)
    assert curve.survival[0, 0] == 1 and 0 < curve.survival[0, -1] < 1


def test_failed_combinations_in_the_lower_half(compared):
    some = [c for c in compared if c.is_combination]
    lost = [replace(c, truth=replace(c.truth, log_hr=0.1)) for c in some]
    others = [c for c in compared if not c.is_combination]
    every = [*lost, *others]
    predicted = np.arange(float(len(every)))
    assert failed_in_lower_half(every, predicted) == (1.0, len(lost))
    assert failed_in_lower_half(every, -predicted) == (0.0, len(lost))
    assert failed_in_lower_half(every, np.zeros(len(every))) == (0.5, len(lost))
    assert np.isnan(failed_in_lower_half(others, predicted[: len(others)])[0])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("rct") / "run"
    return evaluate_contrasts(
        settings(out, baselines=("network", "class_mean")), [trial_rows.study()]
    )


def test_every_comparison_is_predicted_once_by_every_model(made):
    frame = pd.read_csv(made.folder / "comparisons.csv")
    assert len(frame) == len(trial_rows.TRIALS) and not frame["trial"].duplicated().any()
    assert {r["model"] for r in made.table} == {
        "mean of the classes compared",
        REGRESSION,
        NETWORK,
    }
    for model in (REGRESSION, NETWORK):
        assert frame[f"rmst_days: {model}"].notna().all()
    assert frame["fold"].nunique() == SPLIT.n_folds
    record = read_json(made.folder / "contrasts.json")
    assert [p["shared"] for p in record["protocol"]["proofs"]] == [0] * SPLIT.n_folds
    text = (made.folder / "contrasts.md").read_text()
    assert REGRESSION in text and "12 comparisons of 12 trials" in text


def test_the_headline_differs_from_itself_by_nothing(made):
    own = next(r for r in made.table if r["model"] == REGRESSION)
    assert own["headline_gain"] == own["headline_gain_low"] == 0.0
    assert own["own_spearman"] == own["spearman"] == own["headline_on_own"]


def test_a_screen_may_train_beside_the_trials(tmp_path):
    endpoints = {"os": OS, "synergy_loewe": tiny.LOEWE}
    chosen = settings(tmp_path / "run", endpoints=endpoints, baselines=("network",))
    network = chosen.train.network
    network = replace(network, head=network.head | {"student_t": tiny.STUDENT_T})
    train = replace(chosen.train, network=network)
    # In any order: what has no arms is what stands beside.
    made = evaluate_contrasts(replace(chosen, train=train), [tiny.study(), trial_rows.study()])
    assert NETWORK in {r["model"] for r in made.table} and len(made.record["digests"]) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"endpoints": {"synergy_loewe": tiny.LOEWE}}, "scores one endpoint of survival"),
        ({"split": UnitFolds(unit="pair", n_folds=4, seed=0)}, "say split=profile"),
        ({"folds": "0"}, "say folds=all"),
        ({"baselines": ("crystal_ball",)}, "crystal_ball"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path, changes, said):
    with pytest.raises(ConfigError, match=said):
        settings(tmp_path, **changes).validate()


def test_an_endpoint_that_no_trial_has_is_refused(tmp_path):
    pfs = {"pfs": replace(OS, name="pfs", columns=("pfs",))}
    with pytest.raises(ConfigError, match="no study has pfs; there are os"):
        evaluate_contrasts(settings(tmp_path, endpoints=pfs), [trial_rows.study()])
