"""ClinTox and Tox21 of MoleculeNet: single molecules, without names of drugs.

The layout of the source folder is in docs/data.md.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.pair_screen import (
    Flow,
    FoundFiles,
    Screen,
    cached_study,
    check_choice,
    find_files,
)
from combo_dl.datasets.side_effects import (
    EffectLabel,
    EffectRows,
    effect_study,
    refuse_all_positive,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

_DEEPCHEM = "github.com/deepchem/deepchem at fbe3b911"
ASSAYS = (
    *("NR-AR", "NR-AR-LBD", "NR-AhR", "NR-Aromatase", "NR-ER", "NR-ER-LBD", "NR-PPAR-gamma"),
    *("SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"),
)
ANY_ATOM = "*"  # in a SMILES: whatever atom, which is no structure
IMPOSSIBLE = ("[SbH6+3]",)  # antimony(III) that was given hydrogens to a valence of none
SCREEN = Screen(
    name="moleculenet",
    version="1",
    citation="Wu Z et al. MoleculeNet: a benchmark for molecular machine learning. "
    "Chem Sci 2018;9:513-530",
    labels={"CT_TOX": "clintox", "NR-AR to SR-p53": "tox21"},
)

CLINTOX = SourceFile(
    file="toxicity/moleculenet/clintox.csv",
    what="table of ClinTox",
    origin=_DEEPCHEM,
    licence="MIT",
    digest="e835321fa5be8be9f2f8a5ae2d7e2072a6e7869910d5f6d04468a6008478b578",
)
TOX21 = SourceFile(
    file="toxicity/moleculenet/tox21.csv",
    what="table of Tox21",
    origin=_DEEPCHEM,
    licence="MIT",
    digest="7c0811b0d1544fa2fea8ce7d24cdce8fa214fe6e32f0068c3edc889bc6ea4f00",
)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A table of the benchmark. columns, names: of its label, in the file and for people."""

    label: str
    file: SourceFile
    columns: tuple[str, ...]
    names: tuple[str, ...]


TABLES = {
    "clintox": _Table(
        label="clintox",
        file=CLINTOX,
        columns=("CT_TOX",),
        names=("failed a clinical trial for toxicity",),
    ),
    "tox21": _Table(label="tox21", file=TOX21, columns=ASSAYS, names=ASSAYS),
}


def load(*, folder: str | None, table: str, check_digests: bool) -> Study:
    """A table as a Study of single molecules, of the table's name, with the label ``clintox``
    float32[N, 1] or ``tox21`` float32[N, 12] (1 toxic or active, 0 not, NaN not measured).

    Molecules of one canonical SMILES are one row: the value of most of them, NaN where as many say
    0 as 1. A molecule is called by its table and its row there: ``clintox-17``.

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_choice("data.moleculenet.table", table, tuple(TABLES))
    files = find_files([TABLES[table].file], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, table, lambda: _build(files, TABLES[table]))


def _build(files: FoundFiles, table: _Table) -> Study:
    kinds = dict.fromkeys(("canonical_smiles", *table.columns), "optional_text")
    read = read_columns(files.paths[table.file], kinds)
    read[list(table.columns)] = _values(read[list(table.columns)])
    rows, flow = _molecules(read, table)
    values = rows[list(table.columns)].to_numpy(np.float32)
    refuse_all_positive(table.label, values > 0, table.names)
    # Names sort as text, and a Vocab need not be sorted: rows keep the order of the file.
    names = Vocab(kind="drug", names=tuple(rows["name"]))
    label = EffectLabel(
        name=table.label, values=values, names=table.names, codes=list(table.columns)
    )
    return effect_study(
        replace(SCREEN, name=table.label),
        EffectRows(sets=np.arange(len(rows), dtype=np.int32)[:, None], label=label),
        names=names,
        smiles=tuple(rows["canonical_smiles"]),
        files=files,
        flow=flow,
    )


def _values(text: pd.DataFrame) -> pd.DataFrame:
    """0, 1 or NaN (empty) of each cell. Raises InputError naming the first that is not."""
    values = text.apply(pd.to_numeric, errors="coerce")
    bad = (text != "") & ~values.isin([0, 1])
    if bad.to_numpy().any():
        row, column = np.argwhere(bad.to_numpy())[0]
        raise InputError(
            f"row {row} has {text.columns[column]} = {text.iloc[row, column]!r}; "
            "expected 0, 1, or an empty cell where it was not measured"
        )
    return values


def _molecules(read: pd.DataFrame, table: _Table) -> tuple[pd.DataFrame, Flow]:
    """(one row a canonical SMILES with a label, how many were left after each step)."""
    columns = list(table.columns)
    named = read.assign(name=[f"{table.label}-{i}" for i in range(len(read))])
    smiles = named["canonical_smiles"]
    broken = (smiles == "") | smiles.str.contains(ANY_ATOM, regex=False) | smiles.isin(IMPOSSIBLE)
    parsed = named[~broken]
    by_smiles = parsed.groupby("canonical_smiles", sort=False)
    share = by_smiles[columns].mean()
    most = share.round().where(share != 0.5)
    first = by_smiles[["name"]].first()
    merged = first.join(most).reset_index()
    rows = merged[merged[columns].notna().any(axis=1)].reset_index(drop=True)
    flow = (
        ("rows read", len(read)),
        ("rows whose SMILES is a structure", len(parsed)),
        ("different structures", len(merged)),
        ("structures with a value that is not a tie", len(rows)),
    )
    return rows, flow
