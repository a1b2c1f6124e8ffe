"""The audit of held-out trials finds what is planted, under whatever name, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import trial_rows
from role_cases import cases

from combo_dl.core.errors import LeakageError
from combo_dl.data.joined_trials import TRIAL, joined_trials
from combo_dl.data.splits import UnitFolds
from combo_dl.datasets.trial_arms import trial_code
from combo_dl.evaluate.rct_audit import CODE, LIKE, NAME, PATIENTS, Sides, like_arms, like_names
from combo_dl.evaluate.rct_comparisons import trial_arms
from combo_dl.evaluate.rct_run import RctSettings, evaluate_contrasts

OS = tiny.OS
HEAD = next(c.values[0] for c in cases("head", at_least=8) if c.id == "hazard")
COPY = [("NEW-1", "docetaxel", "nivolumab", "lung")]


def settings(out, *, trials, endpoints=None, heads=None):
    network = replace(
        tiny.NETWORK,
        molecule={},
        head={"hazard": HEAD} | (heads or {}),
        endpoints=endpoints or {"os": OS},
    )
    # A fold a trial: whatever is planted is on the other side of it.
    split = UnitFolds(unit="profile", n_folds=trials, seed=0)
    train = tiny.settings(out, network=network, split=split, folds="all", kernel=None)
    return RctSettings(train=train, baselines=("zero",))


def arms_of(*studies):
    return trial_arms(joined_trials(list(studies)), "os")


def apart(tested, *learned):
    return [Sides(fold="fold0", tested=frozenset({tested}), learned=frozenset(learned))]


def test_trials_that_share_nothing_are_clean(tmp_path):
    made = evaluate_contrasts(settings(tmp_path / "run", trials=12), [trial_rows.study()])
    found = {f["check"]: f for f in made.record["leakage"]}
    assert {CODE, NAME, PATIENTS, LIKE, "profile on both sides"} <= found.keys()
    assert all(f["found"] == 0 for f in found.values() if f["severity"] == "fail")
    text = (made.folder / "contrasts.md").read_text()
    assert "Leakage audit:" in text and PATIENTS in text


def test_the_patients_of_a_held_out_trial_under_another_name_are_a_leak(tmp_path):
    # The same draws as of ONE-1, the first trial.
    copy = trial_rows.study(name="trials_b", trials=COPY)
    with pytest.raises(LeakageError, match=rf"{PATIENTS} \(2, such as .*new1.*docetaxel"):
        evaluate_contrasts(settings(tmp_path / "run", trials=13), [trial_rows.study(), copy])
    assert not (tmp_path / "run" / "contrasts.json").exists()


def test_other_patients_of_the_same_drugs_and_number_are_a_warning():
    other = trial_rows.study(name="trials_b", trials=COPY, seed=9)
    arms = arms_of(trial_rows.study(), other)
    same, like = like_arms(arms, apart("new1", "one1"))
    assert (same.found, like.found, like.severity) == (0, 2, "warn")
    assert "120 patients in both (fold0)" in like.examples[0]
    fewer = trial_rows.study(name="trials_b", trials=COPY, seed=9, patients=119)
    arms = arms_of(trial_rows.study(), fewer)
    assert [f.found for f in like_arms(arms, apart("new1", "one1"))] == [0, 0]


def test_arms_on_one_side_are_no_leak():
    copy = trial_rows.study(name="trials_b", trials=COPY)
    arms = arms_of(trial_rows.study(), copy)
    assert [f.found for f in like_arms(arms, apart("six1", "new1", "one1"))] == [0, 0]
    # Either of two may be the one that is held out.
    for tested, learned in (("new1", "one1"), ("one1", "new1")):
        assert like_arms(arms, apart(tested, learned))[0].found == 2


def test_a_name_that_goes_on_from_another_is_said():
    found = like_names(apart("keynote024", "keynote024asia", "keynote0241", "keynote189", "one"))
    assert (found.found, found.severity) == (1, "warn")
    assert found.examples == ("keynote024 = keynote024asia?",)
    assert like_names(apart("one", "oneextension")).found == 0


def test_a_held_out_trial_in_a_study_beside_is_a_leak(tmp_path):
    beside = tiny.study()
    code = np.full(len(beside), trial_code("elsewhere"), np.int32)
    code[0] = trial_code("six1")
    chosen = settings(
        tmp_path / "run",
        trials=12,
        endpoints={"os": OS, "synergy_loewe": tiny.LOEWE},
        heads={"student_t": tiny.STUDENT_T},
    )
    clean = replace(beside, columns=beside.columns | {TRIAL: np.full_like(code, code[1])})
    assert evaluate_contrasts(chosen, [trial_rows.study(), clean]).table
    planted = replace(beside, columns=beside.columns | {TRIAL: code})
    with pytest.raises(LeakageError, match=r"held-out trials in a companion: .*code"):
        evaluate_contrasts(chosen, [trial_rows.study(), planted])
