"""A small source folder in the true format: three drugs, two lines, one triple measured twice."""

from pathlib import Path

import pandas as pd
import pytest

# drug_a, drug_b, cell_line, tissue, replicate, loewe, bliss, hsa, zip, fold; rows written by hand.
ROWS = [
    ("ZOLINZA", "5-FU", "HT29", "colon", 1, 10.0, 1.0, 2.0, 3.0, 0),
    ("5-FU", "ZOLINZA", "HT29", "colon", 2, 20.0, 1.0, 2.0, 3.0, 0),
    ("5-FU", "ZOLINZA", "A375", "melanoma", 1, -5.0, -1.0, -2.0, -3.0, 0),
    ("MITOMYCINE", "ZOLINZA", "A375", "melanoma", 1, 7.0, 4.0, 5.0, 6.0, 1),
]
NAMES = ["drug_a", "drug_b", "cell_line", "tissue", "replicate"]
LABELS = ["synergy_loewe", "synergy_bliss", "synergy_hsa", "synergy_zip"]
TRIPLES = """drug_a,drug_b,cell_line,synergy,n_rep,fold_comb,group_a,group_b,fold_cell,fold_random
5-FU,ZOLINZA,A375,-5,1,0,3,1,2,4
5-FU,ZOLINZA,HT29,15,2,0,3,1,1,0
MITOMYCINE,ZOLINZA,A375,7,1,1,2,1,2,3
"""
DRUGS = """drug,smiles,smiles_isomeric
5-FU,O=c1[nH]cc(F)c(=O)[nH]1,
MITOMYCINE,COC12,CO[C@]12
ZOLINZA,O=C(CCCCCCC(=O)Nc1ccccc1)NO,
"""
LINES = "cell_line,tissue\nHT29,colon\nA375,melanoma\n"


def write(root: Path, *, splits: bool = True) -> Path:
    """Write the folder and return it."""
    folder = root / "oneil"
    folder.mkdir(parents=True)
    rows = pd.DataFrame(ROWS, columns=[*NAMES, *LABELS, "fold"])
    rows.to_parquet(folder / "measurements.parquet")
    genes = {"gene_symbol": ["TP53", "KRAS"], "HT29": [1.5, 0.5], "A375": [-1.5, -0.5]}
    pd.DataFrame(genes).to_parquet(folder / "expression.parquet")
    mutated = {"cell_line": ["HT29", "A375", "A375"], "gene_symbol": ["TP53", "TP53", "BRAF"]}
    pd.DataFrame(mutated).to_parquet(folder / "mutation.parquet")
    wells = {"drug_a": ["ZOLINZA"], "drug_b": ["5-FU"], "conc_a_um": [0.5], "conc_b_um": [2.0]}
    pd.DataFrame(wells).to_parquet(folder / "dose_response_combination.parquet")
    alone = {"drug": ["ZOLINZA"], "cell_line": ["HT29"], "conc_um": [0.5], "viability": [0.9]}
    pd.DataFrame(alone).to_parquet(folder / "dose_response_single.parquet")
    (folder / "drugs.csv").write_text(DRUGS)
    (folder / "cell_lines.csv").write_text(LINES)
    if splits:
        (root / "splits").mkdir()
        (root / "splits" / "oneil_triples.csv").write_text(TRIPLES)
    return root


@pytest.fixture
def write_folder():
    """``write_folder(root)`` writes the small source folder."""
    return write


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Each test has its own empty cache."""
    monkeypatch.setenv("COMBO_DL_CACHE", str(tmp_path / "cache"))
