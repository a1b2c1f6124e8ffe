"""Profiles of cell lines by DepMap: expression, copy number and mutations of 706 cancer genes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.datasets.source_table import SourceFile, read_columns

_ORIGIN = "github.com/violet-sto/TGSA at cdd9903b (DepMap, 706 genes of the COSMIC census)"
EXPRESSION = SourceFile(
    file="cell_lines/depmap_census706_expression.parquet",
    what="table of DepMap expression",
    origin=_ORIGIN,
    licence="MIT",
    digest="a31993ba0d7fce13d5e90a2571a561cccbface28d468010a42915b163b6b239b",
)
COPY_NUMBER = SourceFile(
    file="cell_lines/depmap_census706_copy_number.parquet",
    what="table of DepMap copy numbers",
    origin=_ORIGIN,
    licence="MIT",
    digest="6d2cba0d7229473eff4f5b3e07bbfcf23aaac8bb5e6c58971b33be5dc7ee153a",
)
MUTATION = SourceFile(
    file="cell_lines/depmap_census706_mutation.parquet",
    what="table of DepMap mutations",
    origin=_ORIGIN,
    licence="MIT",
    digest="aa4611d77e35b36f41fefb6867c165401a60694d8b3eb9b0f1815bc4f3fa2e25",
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A table of genes x lines and what becomes of it: fields ``prefix:GENE``.

    min_lines: a gene is a field when its value is not 0 in at least so many of the lines.
    """

    prefix: str
    path: Path
    min_lines: int = 0


UNITS = {"expr": "z-score", "cn": "ratio", "mut": "0/1"}  # of the fields of each prefix


def census_blocks(paths: Mapping[SourceFile, Path], *, mutation_min_lines: int) -> list[Block]:
    """The blocks of those of the three tables that ``paths`` has."""
    wanted = (
        ("expr", EXPRESSION, 0),
        ("cn", COPY_NUMBER, 0),
        ("mut", MUTATION, mutation_min_lines),
    )
    return [
        Block(prefix=prefix, path=paths[source], min_lines=least)
        for prefix, source, least in wanted
        if source in paths
    ]


def census_fields(blocks: list[Block], depmap_ids: pd.Series) -> pd.DataFrame:
    """float[lines, fields]; NaN in a line without a DepMap id.

    depmap_ids: text, indexed by the name of the line, '' where DepMap lacks it.
    Raises InputError on an id that a table does not have or on a gene that is there twice.
    """
    found = [_fields(block, depmap_ids) for block in blocks]
    return pd.concat([pd.DataFrame(index=depmap_ids.index), *found], axis=1)


def _fields(block: Block, depmap_ids: pd.Series) -> pd.DataFrame:
    known = depmap_ids[depmap_ids != ""]
    genes = read_columns(block.path, {"gene_symbol": "text"} | dict.fromkeys(known, "number"))
    twice = genes["gene_symbol"][genes["gene_symbol"].duplicated()]
    if len(twice):
        raise InputError(f"{block.path} lists the gene {twice.iloc[0]!r} twice; list each once")
    table = genes.set_index("gene_symbol").T.reindex(known).set_axis(known.index, axis=0)
    kept = table.loc[:, table.fillna(0.0).ne(0.0).sum() >= block.min_lines]
    return kept.reindex(depmap_ids.index).add_prefix(f"{block.prefix}:", axis=1)
