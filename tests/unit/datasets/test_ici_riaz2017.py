"""Riaz: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets import ici_riaz2017


def load(folder, check=False):
    return ici_riaz2017.load(folder=str(folder), check_digests=check)


def write(folder, **changed):
    (folder / "ici_riaz2017").mkdir(exist_ok=True)
    table = pd.DataFrame(
        {
            "patient_id": ["invented-1", "invented-2", "invented-3"],
            "subtype": ["BRAF", None, "RAS"],
            "best_response": ["CR", "NE", "SD"],
            "ipi_naive": pd.array([1, 0, 0], dtype="Int8"),
            "os_days": [300, 10, 200],
            "os_event": [0, 1, 1],
            "pfs_days": [300, 10, 90],
            "pfs_event": [0, 1, 1],
        }
    )
    table.assign(**changed).to_parquet(folder / "ici_riaz2017" / "patients.parquet")
    return folder


def test_who_could_not_be_evaluated_has_survival_and_no_response(tmp_path):
    study = load(write(tmp_path))
    response = np.array([1, np.nan, 0], np.float32)
    np.testing.assert_array_equal(study.combos.labels["response"][:, 0], response)
    assert study.combos.labels["os"].tolist() == [[300, 0], [10, 1], [200, 1]]
    names = [f.name for f in study.profiles.category_fields]
    # Levels are no and yes: the first patient had no ipilimumab before.
    assert study.profiles.category[:, names.index("prior_ctla4")].tolist() == [0, 1, 1]
    assert study.profiles.category[1, names.index("mutation_subtype")] == -1
    assert study.drugs.names == ("nivolumab",)


def test_a_negative_time_is_refused(tmp_path):
    with pytest.raises(InputError, match="row 1 has pfs time_days = -3"):
        load(write(tmp_path, pfs_days=[1, -3, 2]))


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    response = study.combos.labels["response"]
    assert len(study) == 73 and int(np.nansum(response)) == 15 and np.isnan(response).sum() == 3
