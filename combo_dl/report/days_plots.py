"""Mean days of the best combinations, each with its interval and beside independent drugs."""

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from combo_dl.report.canvas import Drawing, bare, colour, short
from combo_dl.report.screening import Column, Screening
from combo_dl.report.screening_plots import made_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROWS = 8
UNIT = re.compile(r"mean days of (\d+(?:\.\d+)?)")  # of an endpoint of survival


def mean_days(result: Screening) -> list[Drawing]:
    """One drawing an endpoint of survival whose mean days have an interval."""
    made = [_drawing(result, c) for c in result.columns if UNIT.fullmatch(c.unit)]
    return [drawing for drawing in made if drawing is not None]


def _drawing(result: Screening, column: Column) -> Drawing | None:
    name = column.name
    needed = [name, f"{name}_low", f"{name}_high"]
    if not set(needed) <= set(result.table.columns):
        return None
    table = result.table[result.table["rank"] > 0]
    numbers = [c for c in (*needed, f"{name}_null", f"{name}_abstain") if c in table]
    table = table.assign(**{c: pd.to_numeric(table[c], errors="coerce") for c in numbers})
    rows = table.dropna(subset=needed)
    best = rows.sort_values("rank", kind="stable").head(ROWS)
    rows = best.sort_values(["name", "rank"], kind="stable")
    if rows.empty:
        return None

    def paint(figure: "Figure") -> None:
        _paint(figure, rows, column)

    said = "; ".join(
        f"{row['drugs']}: {row[name]:.0f} ({row[needed[1]]:.0f} to {row[needed[2]]:.0f})"
        for _, row in rows.iterrows()
    )
    return made_drawing(
        f"Mean days without an event of {name}, with intervals",
        paint,
        (5.2, 1.3 + 0.42 * len(rows)),
        name=f"days-{name}",
        alt=f"{name}, {column.unit}: {said}.",
        note="Dot and line: mean days and their interval. Cross: what independent drugs would do, "
        "where each was seen alone. Hollow: abstains. What the interval is: see the limits.",
        wide=False,
    )


def _paint(figure: "Figure", rows: pd.DataFrame, column: Column) -> None:
    axes, name = figure.add_subplot(), column.name
    bare(axes, grid="x")
    place = np.arange(len(rows))[::-1]
    mean, low, high = (rows[n].to_numpy(float) for n in (name, f"{name}_low", f"{name}_high"))
    axes.hlines(place, low, high, color=colour("limit"), linewidth=2)
    told = rows.get(f"{name}_abstain")
    empty = np.zeros(len(rows), bool) if told is None else told.astype(float).to_numpy() > 0.5
    for hollow in (False, True):
        at = empty == hollow
        axes.plot(
            mean[at],
            place[at],
            "o",
            markersize=6,
            markerfacecolor=colour("panel") if hollow else colour("limit"),
            markeredgecolor=colour("limit"),
        )
    null = rows.get(f"{name}_null")
    if null is not None:
        # One drug is its own null.
        other = np.where(null == rows[name], np.nan, null.astype(float))
        axes.plot(other, place, "x", color=colour("ink"), markersize=6)
    labels = [short(_label(row), 52) for _, row in rows.iterrows()]
    axes.set_yticks(place, labels)
    horizon = UNIT.fullmatch(column.unit)
    assert horizon is not None
    axes.set(xlim=(0, float(horizon[1])), ylim=(-0.6, len(rows) - 0.4), xlabel=column.unit)


def _label(row: pd.Series) -> str:
    return f"{row['drugs']} ({row['name']})" if row["name"] else str(row["drugs"])
