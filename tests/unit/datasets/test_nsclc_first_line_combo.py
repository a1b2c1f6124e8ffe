"""First-line trials: arms written by hand in the true format, and published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import InputError
from combo_dl.datasets import nsclc_first_line_combo
from combo_dl.datasets.trial_arms import trial_code

COLUMNS = ["trial", "regimen", "grade", "n_with_event", "n_safety"]
ARMS = [
    ("ONE", "nivolumab+bevacizumab+chemotherapy", ">=3", 30, 40),
    ("ONE", "nivolumab+bevacizumab+chemotherapy", "any", 39, 40),
    ("ONE", "chemotherapy", ">=3", 10, 50),
    ("ONE", "chemotherapy", "any", 45, 50),
    ("TWO", "chemotherapy", "any", 9, 10),
]


def write(folder, arms):
    root = folder / "nsclc_first_line_combo"
    root.mkdir(exist_ok=True)
    pd.DataFrame(arms, columns=COLUMNS).to_parquet(root / "toxicity.parquet")
    return folder


def load(folder, check=False):
    return nsclc_first_line_combo.load(folder=str(folder), check_digests=check)


def test_an_arm_is_a_regimen_with_the_share_of_patients_with_a_severe_event(tmp_path):
    study = load(write(tmp_path, ARMS))
    regimens = [
        {study.drugs.names[i] for i in row if i >= 0} for row in study.combos.drugs.tolist()
    ]
    # The arm whose severe events nobody counted is left out.
    assert regimens == [{"platinum doublet"}, {"nivolumab", "bevacizumab", "platinum doublet"}]
    np.testing.assert_allclose(study.combos.labels["ae_severe"][:, 0], [0.2, 0.75])
    assert study.combos.weight.tolist() == [50, 40]
    assert study.tables["arms"]["n_any_grade"].to_pylist() == [45, 39]
    # Under the names and codes that the trials have in studies of survival too.
    assert study.profiles.ids.names == ("one",) and study.profiles.space == "trial"
    assert study.columns["hospital"].tolist() == [trial_code("one")] * 2
    assert study.tables[DRUGS_TABLE]["name"].to_pylist() == ["platinum doublet"]


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (("TWO", "chemotherapy", ">=3", 11, 10), "fewer than no or more than all patients"),
        (("TWO", "chemotherapy", ">=3", 1, 11), "two numbers of patients"),
        (("TWO", "chemotherapy", "any", 1, 10), "counts one grade of an arm twice"),
        (("TWO", "chemotherapy", "5", 1, 10), "the unknown grade '5'"),
        (("TWO", "nivolumab+", ">=3", 1, 10), "regimen 'nivolumab\\+' names no drug or one twice"),
    ],
)
def test_a_count_that_cannot_be_is_refused(tmp_path, arm, said):
    with pytest.raises(InputError, match=said):
        load(write(tmp_path, [*ARMS, arm]))


def test_a_table_without_severe_events_is_refused(tmp_path):
    with pytest.raises(InputError, match="no row of grade '>=3'"):
        load(write(tmp_path, ARMS[-1:]))


@pytest.mark.real
def test_published_counts():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    assert len(study) == 17 and len(study.drugs) == 8
    # Reck M et al. (IMpower150): the regimen of four drugs has the doublet and two antibodies.
    assert study.combos.size.max() == 3
