import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError
from combo_dl.datasets import oneil_viability

KNOBS = {
    "doses": "um",
    "expression": False,
    "mutation_min_lines": 0,
    "monotherapy": True,
    "check_digests": False,
}
# drug_a, drug_b, line, dose_a, dose_b, four wells; the second names its drugs the other way, the
# third repeats the condition of the first, the last is of a pair without a score.
PAIRS = [
    ("5-FU", "ZOLINZA", "HT29", 1.0, 0.5, 0.4, 0.6, None, None),
    ("ZOLINZA", "5-FU", "A375", 2.0, 10.0, 0.1, 0.1, 0.1, 0.1),
    ("ZOLINZA", "5-FU", "HT29", 0.5, 1.0, 0.8, 0.8, 0.8, 0.8),
    ("5-FU", "MITOMYCINE", "HT29", 1.0, 1.0, 0.5, 0.5, 0.5, 0.5),
]
# Replicates of the first condition are averaged.
ALONE = [
    ("5-FU", "HT29", 20.0, 0.2),
    ("5-FU", "HT29", 20.0, 0.4),
    ("ZOLINZA", "HT29", 4.0, 0.5),
    ("ZOLINZA", "A375", 4.0, 0.6),
    ("MITOMYCINE", "A375", 1.0, 0.7),
]


@pytest.fixture
def folder(tmp_path, write_folder):
    root = write_folder(tmp_path / "data")
    columns = ["drug_a", "drug_b", "cell_line", "conc_a_um", "conc_b_um"]
    wells = pd.DataFrame(PAIRS, columns=[*columns, *(f"viability_{i}" for i in range(1, 5))])
    wells.to_parquet(root / "oneil" / "dose_response_combination.parquet")
    alone = pd.DataFrame(ALONE, columns=["drug", "cell_line", "conc_um", "viability"])
    alone.to_parquet(root / "oneil" / "dose_response_single.parquet")
    return root


def load(folder, **knobs):
    return oneil_viability.load(folder=str(folder), **(KNOBS | knobs))


def test_rows_are_wells_of_two_drugs_and_of_one(folder):
    study = load(folder)
    assert study.drugs.names == ("fluorouracil", "mitomycin", "vorinostat")
    assert study.combos.drugs.tolist() == [[0, 2]] * 3 + [[0, -1], [1, -1], [2, -1], [2, -1]]
    found = study.combos.labels["viability"].ravel()
    assert found == pytest.approx([0.5, 0.1, 0.8, 0.3, 0.7, 0.6, 0.5])
    assert study.dose_unit == "um"


def test_doses_follow_their_drug(folder):
    dose = load(folder).combos.dose
    assert dose[:3].tolist() == [[1, 0.5], [10, 2], [1, 0.5]]
    assert dose[3:, 0].tolist() == [20, 1, 4, 4] and np.isnan(dose[3:, 1]).all()


def test_relative_doses_are_shares_of_the_highest_alone(folder):
    study = load(folder, doses="relative")
    assert study.combos.dose[:3] == pytest.approx(np.array([[0.05, 0.125], [0.5, 0.5]] * 2)[:3])
    assert study.combos.dose[3:, 0].tolist() == [1, 1, 1, 1] and "share" in study.dose_unit


def test_a_condition_counts_once(folder):
    combos = load(folder).combos
    assert combos.group[0] == combos.group[2] and len(set(combos.group.tolist())) == 6
    assert combos.weight.tolist() == [0.5, 1, 0.5, 1, 1, 1, 1]


def test_folds_are_those_of_the_triples_and_a_single_drug_has_its_line_and_group(folder):
    columns = load(folder).columns
    assert columns["fold_comb"][:3].tolist() == [0, 0, 0]
    assert columns["fold_cell"].tolist() == [1, 2, 1, 1, 2, 2, 1]
    assert columns["group_first"].tolist() == [3, 3, 3, 3, 2, 1, 1]
    assert columns["group_second"].tolist() == [1, 1, 1, -1, -1, -1, -1]
    # One fold a drug, in whatever line it was measured.
    assert columns["fold_comb"][5] == columns["fold_comb"][6]


def test_curves_are_kept_where_asked_and_raw_wells_never(folder):
    assert list(load(folder).tables) == ["monotherapy"]
    assert load(folder, monotherapy=False).tables == {}


def test_an_unknown_unit_is_refused(folder):
    with pytest.raises(ConfigError, match=r"oneil_viability\.doses is 'nM'; expected one of"):
        load(folder, doses="nM")
