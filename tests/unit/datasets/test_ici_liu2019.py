"""Liu: rows written by hand in the true format, and the published counts (real)."""

import os

import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets import ici_liu2019


def load(folder, check=False):
    return ici_liu2019.load(folder=str(folder), check_digests=check)


def write(folder, **changed):
    (folder / "ici_liu2019").mkdir(exist_ok=True)
    columns = dict.fromkeys((*ici_liu2019.NUMBERS, *ici_liu2019.FLAGS), 0.0)
    table = pd.DataFrame(columns, index=range(3)).assign(
        sample_id=["invented-1", "invented-2", "invented-3"],
        drug=["Nivolumab", "Pembrolizumab", "Nivolumab"],
        best_response=["MR", "PR", "PD"],
        primary_type="skin",
        biopsy_site_categ="lymph node",
        sex_male=[0, 1, 1],
        tx_start_ecog=[0.0, None, 1.0],
        mstage_code=[0, 3, 1],
        tx_start_ldh=[250.0, None, 300.0],
        purity=0.5,
        ploidy=2.0,
        priorctla4=[0, 1, 0],
        os_days=[100, 200, 0],
        dead=[1, 0, 1],
        pfs_days=[50, 200, 0],
        progressed=[1, 0, 1],
        postctla4=[0.0, 1.0, None],
    )
    table.assign(**changed).to_parquet(folder / "ici_liu2019" / "patients.parquet")
    return folder


def test_a_patient_has_three_labels_and_nothing_of_later(tmp_path):
    study = load(write(tmp_path))
    assert study.drugs.names == ("nivolumab", "pembrolizumab")
    assert study.combos.labels["response"][:, 0].tolist() == [0, 1, 0]
    assert study.combos.labels["os"].tolist() == [[100, 1], [200, 0], [0.5, 1]]
    assert study.combos.labels["pfs"].tolist() == [[50, 1], [200, 0], [0.5, 1]]
    fields = {f.name: f for f in study.profiles.fields}
    assert fields["m_stage"].levels == ("IIIC", "M1a", "M1c")
    assert fields["prior_ctla4"].levels == ("no", "yes") and fields["ldh_u_l"].unit == "U/L"
    assert not [name for name in fields if "post" in name]


def test_a_share_in_percent_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"row 1 has purity = 60; .*it looks like %"):
        load(write(tmp_path, purity=[0.5, 60.0, 0.7]))


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    labels = study.combos.labels
    assert len(study) == 144 and int(labels["response"].sum()) == 55
    assert (int(labels["os"][:, 1].sum()), int(labels["pfs"][:, 1].sum())) == (72, 103)
    prior = [f.name for f in study.profiles.category_fields].index("prior_ctla4")
    assert int(study.profiles.category[:, prior].sum()) == 60
