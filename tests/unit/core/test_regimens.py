"""Regimens as a study holds them."""

import pytest

from combo_dl.core.drug_table import Drug
from combo_dl.core.regimens import facts_of, regimen_sets

OWN = (
    Drug(name="b", synonyms=("bb", "b2"), modality="other", targets=("X", "Y"), drug_class="c"),
    Drug(name="a", modality="antibody"),
)


def test_sets_are_ascending_and_padded():
    drugs, sets = regimen_sets([("b", "a"), ("b",)])
    a, b = (drugs.id(n) for n in "ab")
    assert sets.tolist() == [sorted([a, b]), [b, -1]]


@pytest.mark.parametrize("synonyms", [False, True])
def test_facts_are_of_the_named_drugs(synonyms):
    found = facts_of(OWN, ["b", "paclitaxel"], synonyms=synonyms).to_pylist()
    told = {"name": "b", "modality": "other", "targets": "X|Y", "drug_class": "c"}
    assert found == [told | ({"synonyms": "bb|b2"} if synonyms else {})]
