"""IMvigor210: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets import ici_imvigor210


def load(folder, check=False):
    return ici_imvigor210.load(folder=str(folder), check_digests=check)


def write(folder, **changed):
    (folder / "ici_imvigor210").mkdir(exist_ok=True)
    table = pd.DataFrame(
        {
            "sample_id": ["invented-1", "invented-2", "invented-3"],
            "best_confirmed_overall_response": ["PR", "NE", "PD"],
            "sex": ["M", "F", "M"],
            "tobacco_use_history": ["PREVIOUS", "NEVER", "CURRENT"],
            "received_platinum": ["Y", "N", "Y"],
            "intravesical_bcg_administered": ["N", "N", "Y"],
            "immune_phenotype": ["desert", None, "inflamed"],
            "ic_level": ["IC1", "IC2+", None],
            "tc_level": ["TC0", "TC0", None],
            "met_disease_status": ["Liver", None, "LN Only"],
            "tissue": ["bladder", "kidney", None],
            "lund2": ["UroA", "UroB", "UroA"],
            "tcga_subtype": ["I", "II", "IV"],
            "tmb_mut_per_mb": [9.0, None, 3.0],
            "neoantigen_per_mb": [1.5, None, 0.2],
            "ecog": [0, 1, 2],
            "os_months": [10.0, 1.0, 5.0],
            "os_event": [0, 1, 1],
        }
    )
    table.assign(**changed).to_parquet(folder / "ici_imvigor210" / "patients.parquet")
    return folder


def test_a_patient_has_response_and_survival(tmp_path):
    study = load(write(tmp_path))
    response = np.array([1, np.nan, 0], np.float32)
    np.testing.assert_array_equal(study.combos.labels["response"][:, 0], response)
    assert study.combos.labels["os"][0].tolist() == [304.375, 0]
    levels = {f.name: f.levels for f in study.profiles.category_fields}
    assert levels["smoking"] == ("ever", "never") and levels["sex"] == ("female", "male")
    assert levels["performance_status"] == ("0", "1", "2")
    assert levels["prior_platinum"] == ("no", "yes")
    assert study.drugs.names == ("atezolizumab",)


def test_an_unknown_phenotype_is_refused(tmp_path):
    with pytest.raises(InputError, match="row 0 has immune_phenotype = 'cold'; expected one of"):
        load(write(tmp_path, immune_phenotype=["cold", None, "desert"]))


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    response = study.combos.labels["response"]
    assert len(study) == 348 and int(np.nansum(response)) == 68 and np.isnan(response).sum() == 50
    assert int(study.combos.labels["os"][:, 1].sum()) == 232
