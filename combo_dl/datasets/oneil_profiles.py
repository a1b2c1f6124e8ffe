"""Profiles of the O'Neil cell lines: expression, mutations and tissue."""

from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import ProfileTable
from combo_dl.datasets.source_table import read_columns


def cell_line_profiles(
    cell_lines: Path, *, expression: Path | None, mutation: Path | None, mutation_min_lines: int
) -> ProfileTable:
    """The cell lines by name, with number fields ``expr:GENE`` (z-score) and ``mut:GENE`` (0/1) and
    the category field ``tissue``.

    ``mutation_min_lines``: a gene is a field when it is mutated in at least this many lines.
    Raises InputError naming the file and the column, line or gene that is wrong.
    """
    tissue = _tissues(cell_lines)
    blocks = [tissue]
    if expression is not None:
        blocks.append(_expression(expression, list(tissue.index)))
    if mutation is not None:
        blocks.append(_mutations(mutation, list(tissue.index), mutation_min_lines))
    frame = pd.concat(blocks, axis=1)
    units = {c: "z-score" if c.startswith("expr:") else "0/1" for c in frame if c != "tissue"}
    return profiles_from_frame(frame, space="cell_line", units=units)


def _tissues(path: Path) -> pd.DataFrame:
    lines = read_columns(path, {"cell_line": "text", "tissue": "text"}).sort_values("cell_line")
    _refuse_repeats(lines["cell_line"], path)
    return lines.set_index("cell_line")


def _expression(path: Path, lines: list[str]) -> pd.DataFrame:
    """float[lines, genes]; the file lists genes in rows and cell lines in columns."""
    genes = read_columns(path, {"gene_symbol": "text"} | dict.fromkeys(lines, "number"))
    _refuse_repeats(genes["gene_symbol"], path)
    return genes.set_index("gene_symbol").T.add_prefix("expr:", axis=1)


def _mutations(path: Path, lines: list[str], min_lines: int) -> pd.DataFrame:
    """float[lines, genes], 1 = mutated; NaN in a line that the file does not know."""
    rows = read_columns(path, {"cell_line": "text", "gene_symbol": "text"})
    found = pd.crosstab(rows["cell_line"], rows["gene_symbol"]).clip(upper=1)
    table = found.reindex(lines).astype(np.float64)
    return table.loc[:, table.sum() >= min_lines].add_prefix("mut:", axis=1)


def _refuse_repeats(names: pd.Series, path: Path) -> None:
    repeated = names[names.duplicated()]
    if len(repeated):
        raise InputError(
            f"{path}, column {names.name!r} lists {repeated.iloc[0]!r} twice; list each once"
        )
