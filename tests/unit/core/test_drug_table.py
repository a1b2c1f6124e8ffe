import pytest

from combo_dl.core.drug_table import Drug, DrugTable, oncology_drugs, parse_drugs, target_genes
from combo_dl.core.errors import InputError, UnknownNameError

TABLE = DrugTable(
    drugs=(
        Drug(name="pembrolizumab", synonyms=("Keytruda", "MK-3475"), modality="antibody"),
        Drug(name="ethanol", smiles="CCO"),
    )
)


@pytest.mark.parametrize("name", ["Keytruda", "mk3475", "MK 3475", "PEMBROLIZUMAB"])
def test_a_drug_is_found_however_it_is_written(name):
    assert TABLE.canonical(name) == "pembrolizumab" and TABLE.get(name) is TABLE.drugs[0]


def test_an_unknown_drug_keeps_its_name_or_is_refused_with_the_nearest():
    assert TABLE.canonical("X-1") == "X-1" and TABLE.smiles("X-1") == "" and not TABLE.find("X-1")
    with pytest.raises(UnknownNameError, match="unknown drug 'keytrudo'; nearest known: Keytruda"):
        TABLE.get("keytrudo")


def test_own_facts_win_over_the_catalogue():
    own = Drug(name="mine", synonyms=("keytruda",), smiles="C")
    assert TABLE.extended([own]).get("Keytruda") is own
    assert TABLE.extended([own]).get("pembrolizumab").modality == "antibody"


def test_one_name_for_two_drugs_is_refused():
    twice = DrugTable(drugs=(*TABLE.drugs, Drug(name="MK3475")))
    with pytest.raises(InputError, match="'mk3475' names both 'pembrolizumab' and 'MK3475'"):
        twice.validate()


def test_rows_of_csv_become_drugs():
    ethanol, unknown = parse_drugs("name,smiles,targets\nethanol,CCO,GABRA1|GLRA1\nX-1,,\n")
    assert ethanol.targets == ("GABRA1", "GLRA1") and ethanol.modality == "small_molecule"
    assert unknown.modality == "other" and unknown.targets == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drug\na\n", "needs the column 'name'; it has drug"),
        ("", "it has no columns"),
        ("name,modality\na,tablet\n", "drug 'a' has modality 'tablet'; expected one of small_"),
        ("name,smiles\n ,C\n", "empty name"),
        ("name\n" + "a" * 200_000, "not CSV after line 1: field larger"),
    ],
)
def test_a_broken_table_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_drugs(text)


def test_the_shipped_catalogue_is_whole():
    table = oncology_drugs().validate()
    targets = {gene for drug in table.drugs for gene in drug.targets}
    assert len(table.drugs) > 150 and table.canonical("Keytruda") == "pembrolizumab"
    assert target_genes() == tuple(sorted(target_genes())) and targets <= set(target_genes())
