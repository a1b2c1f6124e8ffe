"""What may be given to the gate of exports, and what passed it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class CountTable:
    """A table of counts of people. frame: columns ``dimensions`` (``all`` = summed over) and
    ``count``.  population: tables of one population are tied, whatever file they are in."""

    file: str
    frame: pd.DataFrame
    dimensions: tuple[str, ...]
    count: str = "people"
    population: str = "cohort"
    why: str = "counts"


@dataclass(frozen=True, kw_only=True)
class FlowTable:
    """A flow chart: columns ``step`` and ``people`` left, in order. Steps that exclude too few are
    told with their neighbours. figure: what draws the chart, of the table as it leaves."""

    file: str
    frame: pd.DataFrame
    why: str = "flow chart"
    figure: tuple[str, Callable[[pd.DataFrame], bytes]] | None = None


@dataclass(frozen=True, kw_only=True)
class ValueTable:
    """A table of statistics: every row says how many ``people`` it is of, and a row of too few is
    left out. The number itself does not leave: beside a table of counts, its difference from a
    total would tell how few are missing. Quantiles and curves are made with ``coarse_quantile`` and
    ``coarse_curve``."""

    file: str
    frame: pd.DataFrame
    people: str = "people"
    why: str = "statistics"


@dataclass(frozen=True, kw_only=True)
class FilesExport:
    """Files that are no tables, such as a bundle: ``files`` {name: bytes} below ``folder``.

    counts: {what of people they hold, such as a drug that is named: of how many people it is}; one
    of too few refuses all. That nothing else of people is in the files is for whoever makes them.
    """

    folder: str
    files: Mapping[str, bytes]
    counts: Mapping[str, int]
    why: str


Export = CountTable | FlowTable | ValueTable | FilesExport


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What left: one entry of the manifest. smallest_cell: no count behind it is lower."""

    file: str
    sha256: str
    smallest_cell: int
    why: str
