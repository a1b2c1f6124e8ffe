"""Trials of several studies: a trial that stands in two of them is there once."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import trial_rows

from combo_dl.core.errors import ConfigError
from combo_dl.core.study import HOSPITAL
from combo_dl.data.joined_trials import ARM, ARMS, TRIAL, joined_trials

OTHERS = [
    ("Two 1", "dacarbazine", "nivolumab", "melanoma"),  # TWO-1 under another spelling
    ("NEW-1", "dacarbazine", "pembrolizumab", "melanoma"),
]


def test_a_copy_under_another_spelling_is_left_out():
    one = trial_rows.study()
    other = trial_rows.study("trials_b", OTHERS, seed=1)
    made = joined_trials([one, other])
    arms = made.tables[ARMS].to_pandas()
    assert arms.loc[arms["trial"] == "two1", "study"].tolist() == ["trials_a"] * 2
    assert arms.loc[arms["trial"] == "new1", "study"].tolist() == ["trials_b"] * 2
    assert len(made) == len(one) + len(other) // 2
    assert ("copies of trials left out", 1) in made.provenance.flow
    assert len(made.profiles) == len(trial_rows.TRIALS) + 1
    np.testing.assert_array_equal(made.columns[HOSPITAL], made.columns[TRIAL])


def test_of_copies_the_one_that_was_followed_longer_is_kept():
    one = trial_rows.study()
    other = trial_rows.study("trials_b", OTHERS, followed=900.0)
    for order in ([one, other], [other, one]):
        arms = joined_trials(order).tables[ARMS].to_pandas()
        assert arms.loc[arms["trial"] == "two1", "study"].tolist() == ["trials_b"] * 2


def test_a_trial_may_be_taken_from_one_study_for_each_endpoint():
    one = trial_rows.study()
    other = trial_rows.study("trials_b", OTHERS, endpoint="pfs")
    made = joined_trials([one, other])
    assert set(made.combos.labels) == {"os", "pfs"}
    assert len(made) == len(one) + len(other)
    # Its two studies are one trial by its code and its profile.
    own = made.columns[TRIAL] == other.columns[TRIAL][0]
    assert len(np.unique(made.combos.profile[own])) == 1
    assert len(np.unique(made.columns[ARM][own])) == 4


def test_rows_keep_their_drugs_and_times():
    one = trial_rows.study()
    made = joined_trials([one, trial_rows.study("trials_b", OTHERS[1:], seed=1)])
    rows = slice(0, len(one))
    for study, part in ((one, np.arange(len(one))), (made, np.arange(len(made))[rows])):
        names = np.array([*study.drugs.names, ""])
        found = ["+".join(n for n in names[r] if n) for r in study.combos.drugs[part]]
        assert found[120] == "nivolumab"
    np.testing.assert_array_equal(made.combos.labels["os"][rows], one.combos.labels["os"])


def test_a_study_without_arms_is_refused():
    with pytest.raises(ConfigError, match="'synthetic' has no arms of randomised trials"):
        joined_trials([replace(tiny.study(), name="synthetic")])
