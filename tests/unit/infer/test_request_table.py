"""Tables of combinations: wide, one column, long; names and SMILES; what is refused."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.infer.request_table import read_request

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def read(**columns):
    return read_request(pd.DataFrame(columns), oncology_drugs())


def test_wide_long_and_one_column_are_the_same_request():
    wide = read(drug_a=["olaparib"], drug_b=["cisplatin"], profile=["X"])
    one = read(drugs=["olaparib + cisplatin"], profile=["X"])
    long = read(combination=["c", "c"], drug=["olaparib", "cisplatin"], profile=["X", "X"])
    for other in (one, long):
        assert other.names == wide.names == (("olaparib", "cisplatin"),)
        assert np.array_equal(other.sets, wide.sets)
        assert other.rows[0].profile == "X"


def test_sets_of_one_to_three_drugs_share_a_table():
    found = read(
        drug_a=["olaparib", "cisplatin", "olaparib"],
        drug_b=["cisplatin", None, "gefitinib"],
        drug_c=["gefitinib", None, ""],
    )
    assert [len(n) for n in found.names] == [3, 1, 2]
    assert found.sets.tolist() == [[0, 1, 2], [1, -1, -1], [0, 2, -1]]
    assert [d.name for d in found.drugs] == ["olaparib", "cisplatin", "gefitinib"]


def test_synonyms_and_spelling_are_the_catalogues_drug():
    found = read(drug_a=["KEYTRUDA", "mk-3475"], drug_b=["Lenvatinib", "lenvatinib"])
    assert found.names == (("pembrolizumab", "lenvatinib"),) * 2


def test_the_smiles_of_a_known_drug_is_that_drug():
    smiles = oncology_drugs().get("olaparib").smiles
    found = read(drug_a=[smiles], drug_b=["cisplatin"])
    assert found.names == (("olaparib", "cisplatin"),) and found.drugs[0].targets


def test_two_spellings_of_an_unknown_molecule_are_one_drug():
    found = read(drug_a=[ASPIRIN, "O=C(C)Oc1ccccc1C(O)=O"], drug_b=["cisplatin"] * 2)
    assert len(found.drugs) == 2 and found.drugs[0].smiles == ASPIRIN


def test_doses_follow_their_drugs():
    found = read(
        drug_a=["cisplatin", "olaparib"],
        drug_b=["olaparib", "cisplatin"],
        dose_a=[1.0, 5.0],
        dose_b=[None, 2.0],
    )
    assert found.sets.tolist() == [[0, 1], [0, 1]]
    np.testing.assert_array_equal(found.doses, np.float32([[1.0, np.nan], [2.0, 5.0]]))


def test_long_doses_follow_their_drugs():
    found = read(combination=[1, 1], drug=["olaparib", "cisplatin"], dose=[3.0, 4.0])
    assert found.doses.tolist() == [[3.0, 4.0]]


def test_an_empty_long_table_of_profiles_is_none():
    assert read(drugs=["olaparib"]).rows[0].profile == ""


TWICE = "names the drug 'pembrolizumab' twice"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"drug_a": ["Keytruda"], "drug_b": ["pembrolizumab"]}, f"row 0 {TWICE}"),
        ({"drugs": ["Keytruda + MK-3475"]}, f"row 0 {TWICE}"),
        ({"combination": ["x", "x"], "drug": ["Keytruda", "pembrolizumab"]}, f"'x' {TWICE}"),
        ({"drug_a": [ASPIRIN], "drug_b": ["O=C(C)Oc1ccccc1C(O)=O"]}, "twice"),
        ({"drug_a": [""], "drug_b": [None]}, "row 0 has 0 drugs; expected 1 to 10"),
        ({"drug_b": ["olaparib"]}, "found 'drug_b' without drug_a"),
        ({"drug_a": ["olaparib"], "drugb": ["cisplatin"]}, "unknown column 'drugb'"),
        ({"drug_a": ["olaparib"], "Drug_B": ["cisplatin"]}, "unknown column 'Drug_B'"),
        ({"name": ["olaparib"]}, "no column drug_a in 'name'"),
        ({"drugs": [" + ".join(["olaparib"] * 11)]}, "twice"),
        ({"drug_a": ["olaparib"], "dose_a": [-1.0]}, "row 0 has dose_a = -1.0"),
        ({"drug_a": ["olaparib"], "dose_a": ["much"]}, "row 0 has dose_a = 'much'"),
        ({"drug_a": ["olaparib"], "dose_a": [np.inf]}, "row 0 has dose_a = inf"),
        ({"drug_a": ["olaparib", "C1CC("], "drug_b": ["cisplatin"] * 2}, "row 1"),
        (
            {"combination": ["x", "x"], "drug": ["olaparib", "cisplatin"], "profile": ["A", "B"]},
            "combination 'x' has several profiles",
        ),
        ({"combination": ["x", "x"], "drug": ["olaparib", ""]}, "'x' has an empty drug"),
        ({"drug_a": []}, "has no rows"),
    ],
)
def test_what_is_refused(columns, message):
    with pytest.raises(InputError) as caught:
        read(**columns)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_nearest_of_its_row():
    with pytest.raises(UnknownNameError, match=r"row 1: unknown drug 'olaparip'; .*olaparib"):
        read(drug_a=["cisplatin", "olaparip"], drug_b=["gefitinib", "gefitinib"])
