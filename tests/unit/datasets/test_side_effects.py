"""Drugs by the key of their source, and labels that are only positive."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.datasets.side_effects import check_whole, keyed_drugs, refuse_all_positive

COLUMNS = ["key", "drug", "smiles", "inchikey14"]
# Two keys of one name, the second with a structure; a twin of structure; a drug of the catalogue;
# one without a name; one of which nothing is known.
ROWS = [
    (1, "theoline", "", ""),
    (2, "theoline", "CCO", "SAMESAMESAMEXX"),
    (3, "aminoline", "CCO.N", "SAMESAMESAMEXX"),
    (4, "CISPLATIN", "CCN", "CISPLATINAAAAA"),
    (5, "", "CCC", "NAMELESSAAAAAA"),
    (6, "", "", ""),
]


@pytest.fixture
def drugs():
    return keyed_drugs(pd.DataFrame(ROWS, columns=COLUMNS), prefix="cid-")


def test_names_are_the_catalogues_and_keys_of_one_name_are_one_drug(drugs):
    assert drugs.names.names == ("aminoline", "cid-5", "cisplatin", "theoline")
    assert drugs.ids(pd.Series([1, 2, 3, 4, 5, 6, 1])).tolist() == [3, 3, 0, 2, 1, -1, 3]


def test_a_structure_is_the_catalogues_or_that_of_any_key(drugs):
    smiles = dict(zip(drugs.names.names, drugs.smiles, strict=True))
    assert (smiles["theoline"], smiles["cid-5"]) == ("CCO", "CCC")
    assert "Pt" in smiles["cisplatin"]


def test_drugs_of_one_structure_are_one_identity(drugs):
    same = drugs.identity[drugs.names.id("theoline")] == drugs.identity
    assert [n for n, s in zip(drugs.names.names, same, strict=True) if s] == [
        "aminoline",
        "theoline",
    ]


def test_a_key_without_a_drug_is_named(drugs):
    with pytest.raises(InputError, match="the table of drugs lacks 7, which has rows"):
        drugs.ids(pd.Series([1, 7]))


def test_an_effect_that_every_row_has_is_refused():
    positive = np.array([[True, False], [True, True]])
    refuse_all_positive("ae", positive[:, 1:], ["nausea"])
    with pytest.raises(InputError, match="'ae': 'rash' is positive in all 2 rows"):
        refuse_all_positive("ae", positive, ["rash", "nausea"])


@pytest.mark.parametrize("value", [0, 1.5, True])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(ConfigError, match=r"data.x is .*; expected a whole number of 1 or more"):
        check_whole("data.x", value, least=1)
