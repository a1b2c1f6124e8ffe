"""Drugs of patients: a class is a drug of its own that shares targets with those of the class."""

import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs, parse_drugs
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.datasets.patient_regimens import OWN, class_regimens, named_regimens, own_drugs


def test_a_class_is_the_set_of_its_drugs():
    classes = pd.Series(["CTLA4", "PD1_PDL1", "PD1_PDL1+CTLA4", ""])
    assert class_regimens(classes) == [
        ("CTLA-4 inhibitor",),
        ("PD-1 or PD-L1 inhibitor",),
        ("CTLA-4 inhibitor", "PD-1 or PD-L1 inhibitor"),
        ("immune checkpoint inhibitor",),
    ]
    with pytest.raises(InputError, match="row 1 has the class of drug 'PD2'; expected one of PD1"):
        class_regimens(pd.Series(["CTLA4", "PD2"]))


def test_a_class_shares_targets_and_is_not_in_the_catalogue():
    known = oncology_drugs()
    classes = {d.name: d for d in parse_drugs(_csv(d.name for d in OWN))}
    assert classes == {d.name: d for d in OWN}
    assert all(known.find(name) is None for name in classes)
    both = set(classes["PD-1 or PD-L1 inhibitor"].targets)
    for drug in ("nivolumab", "pembrolizumab", "atezolizumab"):
        assert set(known.get(drug).targets) <= both
    assert classes["CTLA-4 inhibitor"].targets == known.get("ipilimumab").targets


def _csv(names):
    return own_drugs(names).to_pandas().to_csv(index=False)


def test_a_regimen_is_sorted_and_under_the_names_of_the_catalogue():
    texts = ["Opdivo + ipilimumab", "PEMBRO", "pembro + Keytruda"]
    assert named_regimens(texts, spellings={"Pembro": "pembrolizumab"}) == [
        ("ipilimumab", "nivolumab"),
        ("pembrolizumab",),
        ("pembrolizumab",),
    ]
    with pytest.raises(UnknownNameError, match="row 1 has the unknown drug 'nivolumabb'; nearest"):
        named_regimens(["nivolumab", "nivolumabb"], spellings={})
    with pytest.raises(InputError, match="row 0 has a regimen with no drug"):
        named_regimens(["nivolumab + "], spellings={})


def test_the_table_of_own_drugs_has_no_drug_of_the_catalogue():
    assert own_drugs(["nivolumab", "CTLA-4 inhibitor"])["name"].to_pylist() == ["CTLA-4 inhibitor"]
    assert own_drugs(["nivolumab"]).num_rows == 0
