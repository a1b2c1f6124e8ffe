"""Checkpoint inhibitors: rows written by hand in the true format, and published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.label_names import label_names
from combo_dl.datasets import ici_adverse_events

ARM_COLUMNS = ["arm_id", "trial", "source", "drug", "cancer_type", "n_treated", "dose"]
ARMS = [
    (0, 1, "2030-A", "Nivolumab", "Melanoma", 20, "3 mg/kg Q2W"),
    (1, 1, "2030-A", "Nivolumab", "Melanoma", 40, "mixed"),
    (2, 2, "2031-B", "Avelumab", "GI cancer", 10, "10 mg/kg Q2W"),
]
# arm_id, adverse_event, grade, n_with_event; an empty count was not published.
EVENTS = [
    (0, "Rash", "any", 5),
    (1, "Rash", "any", 0),
    (2, "Rash", "any", None),
    (0, "Rash", ">=3", None),
    (1, "Rash", ">=3", 4),
    (2, "Uveitis", "any", None),
]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, EVENTS)
    return tmp_path


def write(folder, events):
    root = folder / "ici_adverse_events"
    root.mkdir(exist_ok=True)
    pd.DataFrame(ARMS, columns=ARM_COLUMNS).to_parquet(root / "monotherapy_arms.parquet")
    table = pd.DataFrame(events, columns=["arm_id", "adverse_event", "grade", "n_with_event"])
    table["n_with_event"] = table["n_with_event"].astype("Int32")
    table.to_parquet(root / "monotherapy_events.parquet")


def load(folder, min_arms=1, check=False):
    return ici_adverse_events.load(folder=str(folder), min_arms=min_arms, check_digests=check)


def test_a_label_is_a_share_of_patients_and_a_censored_count_is_not_seen(folder):
    study = load(folder)
    assert label_names(study, "ae_ici") == ("Rash, any grade", "Rash, grade 3 or more")
    expected = np.array([[0.25, np.nan], [0, 0.1]], np.float32)
    np.testing.assert_array_equal(study.combos.labels["ae_ici"], expected)
    # The arm without any published count is left out.
    assert [study.drugs.names[i] for i in study.combos.drugs[:, 0]] == ["nivolumab", "nivolumab"]
    assert study.combos.weight.tolist() == [20, 40]
    assert study.columns["trial"].tolist() == [1, 1]
    assert study.tables["arms"]["dose"].to_pylist() == ["3 mg/kg Q2W", "mixed"]


def test_an_event_that_few_arms_publish_is_no_column(folder):
    assert label_names(load(folder, min_arms=2), "ae_ici") == ("Rash, any grade",)
    with pytest.raises(InputError, match="no event is counted in 3 arms"):
        load(folder, min_arms=3)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ((2, "Rash", ">=3", 11), "arm 2 counts fewer than no or more than all patients"),
        ((2, "Rash", "any", 1), "counts one event of an arm twice"),
        ((9, "Rash", "any", 1), "the unknown arm_id 9"),
        ((2, "Uveitis", "4", 1), "the unknown grade '4'"),
    ],
)
def test_a_count_that_cannot_be_is_refused(folder, event, said):
    write(folder, [*EVENTS, event])
    with pytest.raises(InputError, match=said):
        load(folder)


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ.get("COMBO_DL_DATA"), min_arms=10, check=True)
    assert study.combos.labels["ae_ici"].shape == (153, 134)
    assert len(study.drugs) == 5 and len(np.unique(study.columns["trial"])) == 125
    events = [
        name.split(",")[0] for name in label_names(load(os.environ["COMBO_DL_DATA"]), "ae_ici")
    ]
    assert len(events) == 152
