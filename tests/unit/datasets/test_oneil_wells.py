from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.oneil_wells import oneil_wells
from combo_dl.datasets.synergy import synergy_scores

LINES = ["A375", "HT29"]


def table(rows, columns):
    return pa.Table.from_pandas(pd.DataFrame(rows, columns=columns.split()))


@pytest.fixture
def study():
    """One pair in two lines; the wells name its drugs in the other order."""
    rows = pd.DataFrame({"drug_a": "olaparib", "drug_b": "vorinostat", "profile": LINES})
    bare = Study.from_frames(
        rows.assign(y=0.0), pd.DataFrame({"profile": LINES}), name="oneil", labels={"y": ["y"]}
    )
    both = [("vorinostat", "olaparib", p, 4.0, 1.0, 0.3, 0.5, None, None) for p in LINES]
    drugs = [("olaparib", 1.0, 0.8), ("vorinostat", 4.0, 0.6)]
    alone = [(d, p, dose, v) for d, dose, v in drugs for p in LINES]
    columns = "drug_a drug_b cell_line conc_a_um conc_b_um viability_1 viability_2 viability_3"
    wells = {
        "wells_combination": table(both, columns + " viability_4"),
        "wells_single": table(alone, "drug cell_line conc_um viability"),
    }
    return replace(bare, tables=wells)


def test_wells_join_their_row_whatever_the_order_of_the_drugs(study):
    wells = oneil_wells(study)
    assert wells.matrix.tolist() == [0, 1]
    assert wells.dose_a_um.tolist() == [1, 1] and wells.dose_b_um.tolist() == [4, 4]
    assert wells.inhibition == pytest.approx(0.6)
    # Bliss: 0.8 x 0.6 - 0.4; HSA: 0.6 - 0.4.
    found = synergy_scores(wells)
    assert found["synergy_bliss"] == pytest.approx(8) and found["synergy_hsa"] == pytest.approx(20)


def test_a_study_without_wells_or_with_rows_that_lack_them_is_refused(study):
    with pytest.raises(InputError, match=r"data\.oneil\.wells=true"):
        oneil_wells(replace(study, tables={}))
    fewer = study.tables | {"wells_combination": study.tables["wells_combination"].slice(0, 1)}
    with pytest.raises(InputError, match="without wells"):
        oneil_wells(replace(study, tables=fewer))
