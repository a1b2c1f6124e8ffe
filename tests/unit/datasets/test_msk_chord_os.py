"""MSK-CHORD: rows written by hand in the true format, and the counts of the tables (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.datasets import msk_chord_os
from combo_dl.datasets.msk_chord_os import GENES, SITES, TUMOURS

PEOPLE = {
    "PATIENT_ID": ["invented-1", "invented-2", "invented-1", "invented-3"],
    "AGE": [61, -86, 61, 50],
    "MALE": [0, 1, 0, 1],
    "STAGE 4": ["True", "False", "True", "False"],
    "stop": [900, 400, 1000, 50],
    "dead": [1, 0, 1, 1],
    "entry": [30, 0, 30, 10],
    "PDL1": [1, 0, 1, 0],
    "HAS_PDL1": [1, 0, 1, 1],
    "ANY_PRIOR_TX": [0, 1, 0, 0],
}


def write(folder, **changed):
    """Four rows of lung cancer, the third of the first one's person, the last one not treated; one
    row of each other cancer."""
    (folder / "msk_chord_os").mkdir(exist_ok=True)
    for tumour in TUMOURS:
        lung = tumour.cancer == "NSCLC"
        table = pd.DataFrame(PEOPLE).assign(**dict.fromkeys((*SITES, *GENES), 0))
        for name in tumour.classes:
            table[f"ANY_CURRENT_{name}"] = 0
        if lung:
            table["ANY_CURRENT_cytotoxic"] = [1, 0, 1, 0]
            table["ANY_CURRENT_immunotherapy"] = [1, 1, 0, 0]
            table = table.assign(**changed)
        else:
            table = table.head(1).assign(PATIENT_ID=f"invented {tumour.cancer}")
        table.to_csv(folder / tumour.source.file, index=False)
    return folder


def load(folder, check=False):
    return msk_chord_os.load(folder=str(folder), check_digests=check)


def test_a_person_is_there_once_with_the_classes_at_sequencing_and_a_delayed_entry(tmp_path):
    study = load(write(tmp_path))
    assert dict(study.provenance.flow)["people"] == 7 and len(study) == 2
    regimens = [
        {study.drugs.names[d] for d in row if d >= 0} for row in study.combos.drugs.tolist()
    ]
    chemotherapy, inhibitor = "chemotherapy, unnamed", "immune checkpoint inhibitor"
    assert regimens == [{chemotherapy, inhibitor}, {inhibitor}]
    seen = FollowUp.of_label(study.combos.labels["os"])
    assert seen.entry_days.tolist() == [30, 0] and seen.event.tolist() == [1, 0]
    assert seen.has_delayed_entry


def test_an_age_that_cannot_be_and_a_test_that_was_not_made_are_missing(tmp_path):
    profiles = load(write(tmp_path)).profiles
    np.testing.assert_array_equal(profiles.number[:, 0], [61, np.nan])
    names = [f.name for f in profiles.category_fields]
    assert profiles.category[:, names.index("pdl1_positive")].tolist()[1] == -1


def test_no_identifier_of_a_patient_enters_the_study(tmp_path):
    study = load(write(tmp_path))
    written = f"{study.profiles.ids.names}{study.tables}{study.columns}{study.provenance}"
    assert "invented" not in written


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"entry": [900, 0, 30, 10]}, r"os entry_days = 900; expected 0 or more and before"),
        ({"stop": [-5, 400, 1000, 50]}, r"os time_days = -5"),
        ({"ANY_CURRENT_cytotoxic": [2, 0, 1, 0]}, "ANY_CURRENT_cytotoxic = 2"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path, changed, said):
    with pytest.raises(InputError, match=said):
        load(write(tmp_path, **changed))


@pytest.mark.real
def test_the_counts_are_those_of_the_tables():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    flow = dict(study.provenance.flow)
    assert flow["rows read"] == 25_043 and flow["people"] == 24_950
    assert len(study) == 14_456 and int(study.combos.labels["os"][:, 1].sum()) == 7_580
