import numpy as np
import pandas as pd
import pytest

from combo_dl.datasets import oneil_matrices

KNOBS = {
    "replicates": "keep",
    "expression": False,
    "mutation_min_lines": 0,
    "monotherapy": False,
    "check_digests": False,
}
DOSES = [(a, b) for a in (1.0, 2.0) for b in (10.0, 20.0)]


@pytest.fixture
def folder(tmp_path, write_folder):
    root = write_folder(tmp_path / "data")
    rows = [
        ("ZOLINZA", "5-FU", "HT29", a, b, v, v, v, v)
        for (a, b), v in zip(DOSES, (0.9, 0.7, 0.5, 0.1), strict=True)
    ]
    columns = ["drug_a", "drug_b", "cell_line", "conc_a_um", "conc_b_um"]
    wells = pd.DataFrame(rows, columns=[*columns, *(f"viability_{i}" for i in range(1, 5))])
    wells.to_parquet(root / "oneil" / "dose_response_combination.parquet")
    return root


def load(folder, **knobs):
    return oneil_matrices.load(folder=str(folder), **(KNOBS | knobs))


def test_both_replicates_of_a_triple_have_what_its_wells_leave(folder):
    labels = load(folder).combos.labels
    assert labels["viability_low"][:2].ravel() == pytest.approx([0.9, 0.9])
    assert labels["viability_mixed"][:2].ravel() == pytest.approx([0.6, 0.6])
    assert labels["viability_high"][:2].ravel() == pytest.approx([0.1, 0.1])
    assert all(np.isnan(labels[name][2:]).all() for name in oneil_matrices.LABELS)


def test_scores_stay_and_raw_wells_go(folder):
    study = load(folder, replicates="mean")
    assert study.combos.labels["synergy_loewe"].ravel().tolist() == [15, -5, 7]
    assert study.combos.labels["viability_high"][0, 0] == pytest.approx(0.1)
    assert list(study.combos.labels) == sorted(study.combos.labels) and study.tables == {}
