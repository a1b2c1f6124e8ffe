from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.study import Study

ROWS = pd.DataFrame(
    {
        "drug_a": ["Keytruda", "X-1", "olaparib"],
        "drug_b": ["lenvatinib", "keytruda", None],
        "dose_a": [200.0, None, 1.0],
        "profile": ["L1", "L2", "L1"],
        "loewe": [1.5, None, -2.0],
    }
)
LINES = pd.DataFrame({"profile": ["L1", "L2"], "expr:TP53": [0.5, None], "tissue": ["a", "b"]})
TOLD = {"name": "own", "labels": {"loewe": ["loewe"]}, "smiles": {"X-1": "CCO"}}


def made(rows=ROWS, lines=LINES, **told):
    return Study.from_frames(rows, lines, **(TOLD | told))


def test_names_are_the_catalogues_and_doses_follow_their_drugs():
    study = made()
    names = study.drugs.names
    assert names == ("X-1", "lenvatinib", "olaparib", "pembrolizumab")
    assert study.combos.drugs.tolist() == [[1, 3], [0, 3], [2, -1]]
    assert study.combos.dose[0, 1] == 200.0 and np.isnan(study.combos.dose[0, 0])
    assert study.smiles[0] == "CCO" and study.smiles[1] and study.smiles[3] == ""


def test_an_empty_label_is_unseen():
    label = made().combos.labels["loewe"]
    assert label.dtype == np.float32 and np.isnan(label[1, 0]) and label[2, 0] == -2.0


def test_a_study_needs_no_profiles():
    study = made(lines=None)
    assert len(study.profiles) == 0 and (study.combos.profile == -1).all()


@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        ({"drug_b": ["pembrolizumab", "", ""]}, InputError, "row 0 names the same drug twice"),
        ({"profile": ["L1", "L3", "L1"]}, UnknownNameError, "unknown profile 'L3'; nearest"),
        ({"loewe": ["1", "high", "2"]}, InputError, "row 1 has loewe = 'high'"),
        ({"loewe": [1.0, np.inf, 2.0]}, InputError, "row 1 has an infinite label 'loewe'"),
        ({"dose_a": [1.0, -1.0, 2.0]}, InputError, "row 1 has a negative dose"),
        (
            {"drug_a": ["", "erlotinib", "X-1"], "drug_b": ["", "", ""]},
            InputError,
            "row 0 has no drug",
        ),
    ],
)
def test_a_wrong_cell_is_one_error(changed, kind, message):
    with pytest.raises(kind, match=message):
        made(rows=ROWS.assign(**changed))


def test_a_misspelt_drug_is_refused_unless_its_structure_is_given():
    with pytest.raises(UnknownNameError, match="unknown drug 'X-1'; nearest"):
        made(smiles={})


def test_missing_parts_are_named():
    with pytest.raises(UnknownNameError, match="no label column 'bliss'; "):
        made(labels={"bliss": ["bliss"]})
    with pytest.raises(InputError, match="no column 'profile' in drug_a"):
        made(rows=ROWS.drop(columns="profile"))
    with pytest.raises(InputError, match="study 'own' has no rows"):
        made(rows=ROWS[:0])


def test_rows_taken_keep_drugs_profiles_and_columns(tiny_study):
    some = tiny_study.take(np.array([5, 3])).validate()
    assert some.drugs == tiny_study.drugs and len(some) == 2
    assert some.columns["fold_comb"].tolist() == tiny_study.columns["fold_comb"][[5, 3]].tolist()


def test_parts_that_do_not_fit_are_refused(tiny_study):
    with pytest.raises(InputError, match="has 1 SMILES for 24 drugs"):
        replace(tiny_study, smiles=("C",)).validate()
    with pytest.raises(InputError, match=r"column 'fold' has shape \(2,\); expected \(300,\)"):
        replace(tiny_study, columns={"fold": np.zeros(2)}).validate()
    with pytest.raises(InputError, match="study 'synthetic' has no rows"):
        tiny_study.take(np.zeros(0, int)).validate()
