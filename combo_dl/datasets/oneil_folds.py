"""Published folds of the O'Neil triples, joined in the benchmark's own spelling of the drugs."""

from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.source_table import read_columns

FOLDS = ("fold_comb", "fold_cell", "fold_random")


def triple_keys(rows: pd.DataFrame) -> np.ndarray:
    """One text a row, the same for (a, b, line) and (b, a, line)."""
    pairs = zip(rows["drug_a"], rows["drug_b"], rows["cell_line"], strict=True)
    return np.array(["\t".join([*sorted((a, b)), line]) for a, b, line in pairs], dtype=object)


def add_folds(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """``rows`` with the fold columns of the table at ``path``.

    Raises InputError when the table lists a triple twice or lacks one of ``rows``.
    """
    table = _read(path)
    folds = table[list(FOLDS)].set_index(triple_keys(table))
    keys = triple_keys(rows)
    _refuse(path, folds.index[folds.index.duplicated()], "lists the triple {!r} twice; keep one")
    _refuse(path, keys[~np.isin(keys, folds.index)], "lacks the triple {!r}; add its row")
    found = folds.loc[keys].reset_index(drop=True).set_index(rows.index)
    return rows.drop(columns=list(FOLDS), errors="ignore").join(found)


def drug_groups(path: Path, *, drugs: Vocab, table: DrugTable) -> np.ndarray:
    """int32[D]: the leave-drug-out group of each drug.

    Raises InputError when the table gives a drug two groups or none.
    """
    rows = _read(path)
    sides = [rows[[f"drug_{s}", f"group_{s}"]].set_axis(["drug", "group"], axis=1) for s in "ab"]
    listed = pd.concat(sides).drop_duplicates()
    _refuse(path, listed["drug"][listed["drug"].duplicated()], "gives drug {!r} two groups")
    found = {table.canonical(d): g for d, g in zip(listed["drug"], listed["group"], strict=True)}
    _refuse(path, [n for n in drugs.names if n not in found], "gives drug {!r} no group")
    return np.array([found[n] for n in drugs.names], dtype=np.int32)


def _read(path: Path) -> pd.DataFrame:
    names = dict.fromkeys(("drug_a", "drug_b", "cell_line"), "text")
    return read_columns(path, names | dict.fromkeys((*FOLDS, "group_a", "group_b"), "integer"))


def _refuse(path: Path, wrong: list[str] | np.ndarray | pd.Index | pd.Series, why: str) -> None:
    if len(wrong):
        first = str(next(iter(wrong))).replace("\t", ", ")
        raise InputError(f"{path} {why.format(first)} ({len(wrong)} in all)")
