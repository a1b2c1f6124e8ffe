"""Profiles of the DrugCombDB cell lines: DepMap where it knows the line, marker genes, tissue."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import ProfileTable
from combo_dl.datasets import census_profiles as census
from combo_dl.datasets.source_table import SourceFile, read_columns

CELL_LINES = SourceFile(
    file="drugcombdb/cell_lines.csv",
    what="table of DrugCombDB cell lines",
    origin="github.com/JasonJYang/GraphSynergy at e2e69e9b (names, tissue) with DepMap identifiers "
    "(github.com/kimmo1019/DeepCDR at 4dc5a901)",
    licence="none stated (names, tissue); MIT (identifiers)",
    digest="2c4073b96acecb36666371449f9784b9bb5a9d51cc4b68919a56051af630dba7",
)
MARKERS = SourceFile(
    file="drugcombdb/cell_line_genes.parquet",
    what="list of marker genes of DrugCombDB cell lines",
    origin="Harmonizome, gene sets of CCLE cell lines (Rouillard AD et al. Database 2016)",
    licence="none stated",
    digest="809d2f686462b1689595871935690ebfa00083a038d898d31dea23f53e256bb7",
)
_UNITS = census.UNITS | {"marker": "-1/0/1"}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Which fields profiles have, beside tissue. A count of lines of 0 = none of that kind."""

    expression: bool
    copy_number: bool
    mutation_min_lines: int
    marker_min_lines: int

    def files(self) -> list[SourceFile]:
        """The source files they are read from."""
        wanted = [CELL_LINES] + [census.EXPRESSION] * self.expression
        wanted += [census.COPY_NUMBER] * self.copy_number
        wanted += [census.MUTATION] * (self.mutation_min_lines > 0)
        return wanted + [MARKERS] * (self.marker_min_lines > 0)


def profiles(fields: Fields, paths: Mapping[SourceFile, Path]) -> ProfileTable:
    """The cell lines by name, with number fields ``expr:GENE`` (z-score over the lines of DepMap),
    ``cn:GENE`` (ratio to two copies), ``mut:GENE`` (0/1), ``marker:GENE`` (1 or -1: expressed more
    or less than in other lines) and the category ``tissue``. What a source lacks is missing.

    Raises InputError naming the file and the column, line or gene that is wrong.
    """
    lines = _lines(paths[CELL_LINES])
    wanted = census.census_blocks(paths, mutation_min_lines=fields.mutation_min_lines)
    blocks = [lines[["tissue"]], census.census_fields(wanted, lines["depmap_id"])]
    if fields.marker_min_lines > 0:
        blocks.append(_markers(paths[MARKERS], list(lines.index), fields.marker_min_lines))
    frame = pd.concat(blocks, axis=1)
    units = {c: _UNITS[c.split(":")[0]] for c in frame if c != "tissue"}
    return profiles_from_frame(frame, space="cell_line", units=units)


def _lines(path: Path) -> pd.DataFrame:
    """tissue and depmap_id ('' where the tables of DepMap lack the line) by name."""
    names = ("cell_line", "tissue", "depmap_id", "in_depmap_census")
    lines = read_columns(path, dict.fromkeys(names, "text")).sort_values("cell_line")
    twice = lines["cell_line"][lines["cell_line"].duplicated()]
    if len(twice):
        raise InputError(f"{path} lists the cell line {twice.iloc[0]!r} twice; list each once")
    known = lines["in_depmap_census"] == "True"
    return lines.assign(depmap_id=lines["depmap_id"].where(known, "")).set_index("cell_line")


def _markers(path: Path, lines: list[str], min_lines: int) -> pd.DataFrame:
    """float[lines, genes]: 1 up, -1 down, 0 neither; NaN in a line that the file does not know."""
    kinds = {"cell_line": "text", "gene_symbol": "text", "direction": "integer"}
    rows = read_columns(path, kinds)
    table = rows.pivot_table(
        index="cell_line", columns="gene_symbol", values="direction", aggfunc="sum", fill_value=0
    )
    marked = np.sign(table.reindex(lines).astype(np.float64))
    return marked.loc[:, marked.abs().sum() >= min_lines].add_prefix("marker:", axis=1)
