"""Plots of a screen: benefit against harm, drug by drug in a profile, survival, calibration."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from combo_dl.report.canvas import Drawing, Picture, bare, colour, drawn, series, short
from combo_dl.report.screening import Column, Screening

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PROFILES = 4  # panels of profiles, those of the best scores
DRUGS = 16  # of a heat map
NUMBERED = 20  # dots of predictions
_CURVES = 6
_SURVIVAL = re.compile(r"(?:(.+)_)?survival_(\d+)")  # of an endpoint, at a day


def made_drawing(
    title: str,
    paint: "Callable[[Figure], None]",
    size: tuple[float, float],
    *,
    name: str,
    alt: str,
    note: str,
    wide: bool = True,
) -> Drawing:
    """A drawing that may be written as a file too."""
    return Drawing(
        title=title,
        svg=drawn(paint, size=size, name=name),
        alt=alt,
        note=note,
        wide=wide,
        picture=Picture(name=name, paint=paint, size=size),
    )


def best_views(result: Screening) -> list[tuple[str, str]]:
    """(view, name) of the cohort, where there is one, then of the profiles of the best benefit."""
    table, benefit = result.table, result.benefit
    views = [("cohort", n) for n in table[table["view"] == "cohort"]["name"].unique()]
    own = table[(table["view"] == "profile") & (table["rank"] > 0)]
    best = own.groupby("name")[benefit.name].max().sort_values(ascending=False, kind="stable")
    return views + [("profile", str(n)) for n in best.index[:PROFILES]]


def of_view(result: Screening, view: tuple[str, str]) -> "pd.DataFrame":
    """The rows of a view."""
    table = result.table
    return table[(table["view"] == view[0]) & (table["name"] == view[1])]


def tradeoff(result: Screening) -> Drawing | None:
    """Benefit against harm with intervals and the Pareto front, a panel a view."""
    benefit, harm = result.benefit, result.harm
    if harm is None or benefit.name == harm.name:
        return None
    views = [v for v in best_views(result) if of_view(result, v)[harm.name].notna().any()]
    if not views:
        return None
    columns = min(3, len(views))
    lines = -(-len(views) // columns)

    def paint(figure: "Figure") -> None:
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes, view in zip(panels, views, strict=False):
            part = of_view(result, view)
            _tradeoff_panel(axes, part, benefit, harm, title=view[1] or "all")
            if result.kind != "screen":
                _numbered(axes, part, benefit, harm)
        for axes in panels[len(views) :]:
            axes.set_visible(False)
        figure.supxlabel(_axis(harm), fontsize=8, color=colour("muted"))
        figure.supylabel(_axis(benefit), fontsize=8, color=colour("muted"))

    first = of_view(result, views[0])
    front = first[first["on_front"]]
    return made_drawing(
        "Benefit against harm",
        paint,
        (3.3 * columns + 0.4, 3.0 * lines + 0.3),
        name="tradeoff",
        alt=f"{benefit.name} against {harm.name} in {len(views)} views; {len(front)} combinations "
        f"are on the front of {views[0][1] or 'the first'}.",
        note=_tradeoff_note(result, benefit, harm),
    )


def _tradeoff_note(result: Screening, benefit: Column, harm: Column) -> str:
    said = (
        "Top left is best. Strong dots joined by a line: the Pareto front, no other combination "
        "here has more benefit and less harm. Thin lines: intervals. Hollow: one of the two "
        "abstains."
    )
    if result.kind == "screen":
        return f"{said} The cohort is a mean and has no interval."
    numbers = f"Numbers: ranks by {benefit.name} in the table. What abstains is on no front."
    learned = {c.bundle for c in (benefit, harm)}
    if len(learned) < 2:
        return f"{said} {numbers}"
    return (
        f"{said} {numbers} {benefit.name} is what {benefit.bundle} says, {harm.name} what "
        f"{harm.bundle} says: each learned from other people, so the plot holds the two side by "
        "side and is no joint prediction of one patient."
    )


def _numbered(axes: "Axes", part: "pd.DataFrame", benefit: Column, harm: Column) -> None:
    for _, row in part[(part["rank"] > 0) & (part["rank"] <= NUMBERED)].iterrows():
        at = (float(row[harm.name]), float(row[benefit.name]))
        if np.isfinite(at).all():
            axes.annotate(
                str(row["rank"]),
                at,
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=7,
                color=colour("ink"),
            )


def _axis(column: Column) -> str:
    return f"{column.name}, {short(column.unit, 50)}" if column.unit else column.name


def _tradeoff_panel(
    axes: "Axes", part: "pd.DataFrame", benefit: Column, harm: Column, *, title: str
) -> None:
    bare(axes)
    x, y = part[harm.name].to_numpy(float), part[benefit.name].to_numpy(float)
    front = part["on_front"].to_numpy(bool)
    shown = front | (part["rank"].to_numpy() <= 10)
    for name, at, line in ((harm.name, y, axes.hlines), (benefit.name, x, axes.vlines)):
        if f"{name}_low" in part:
            low, high = (part[f"{name}_{e}"].to_numpy(float) for e in ("low", "high"))
            there = shown & np.isfinite(low) & np.isfinite(high)
            line(at[there], low[there], high[there], color=colour("base"), linewidth=0.5, alpha=0.6)
    told = [part.get(f"{c.name}_abstain") for c in (benefit, harm)]
    empty = np.zeros(len(part), bool)
    for one in told:
        empty |= False if one is None else one.astype(float).to_numpy() > 0.5
    order = np.argsort(x[front], kind="stable")
    axes.plot(x[front][order], y[front][order], color=colour("limit"), linewidth=1.1)
    for own, tone, size in ((~front, "base", 3.2), (front, "limit", 4.6)):
        for hollow in (False, True):
            at = own & (empty == hollow)
            face = "none" if hollow else colour(tone)
            axes.plot(
                x[at],
                y[at],
                "o",
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=colour(tone),
            )
    axes.set_title(short(title, 34))


def heat_map(result: Screening, view: tuple[str, str], *, name: str) -> Drawing | None:
    """Drug by drug in a profile: the benefit of each pair that is known."""
    part, benefit = of_view(result, view), result.benefit
    ranked = part[part["rank"] > 0].sort_values("rank", kind="stable")
    drugs: list[str] = []
    for pair in ranked[["drug_a", "drug_b"]].to_numpy() if "drug_b" in part else ():
        drugs += [d for d in pair if d and d not in drugs]
    drugs = drugs[:DRUGS]
    if len(drugs) < 3:
        return None
    grid = np.full((len(drugs), len(drugs)), np.nan)
    place = {d: i for i, d in enumerate(drugs)}
    for a, b, value in _pair_values(result, view, part, benefit, drugs):
        if a in place and b in place:
            grid[place[a], place[b]] = grid[place[b], place[a]] = value
    side = 1.6 + 0.24 * len(drugs)

    def paint(figure: "Figure") -> None:
        _heat_panel(figure, grid, drugs)

    known = int(np.isfinite(np.triu(grid, 1)).sum())
    told = result.kept is not None or result.kind != "screen"
    empty = "" if told else " Empty: not kept (keep_scores=true keeps all)."
    return made_drawing(
        f"Drug by drug in {short(view[1], 40) or 'all'}",
        paint,
        (side + 0.5, side),
        name=name,
        alt=f"{benefit.name} of {known} pairs of {len(drugs)} drugs in {view[1]}.",
        note=f"Drugs in the order of their first rank. {_ends(grid, benefit)}{empty}",
        wide=False,
    )


def _ends(grid: np.ndarray, benefit: Column) -> str:
    known = grid[np.isfinite(grid)]
    if not len(known):
        return ""
    return f"{benefit.name} from {known.min():.3g} (pale) to {known.max():.3g} (dark)."


def _pair_values(
    result: Screening,
    view: tuple[str, str],
    part: "pd.DataFrame",
    benefit: Column,
    drugs: list[str],
) -> list[tuple[str, str, float]]:
    folder = None if result.kept is None else result.kept / "size=2"
    names = {new: old for old, new in result.renamed.items()}
    if folder is None or not folder.is_dir() or view[0] != "profile":
        pairs = part if "drug_c" not in part else part[part["drug_c"].fillna("") == ""]
    else:
        import pyarrow.parquet as pq

        wanted = ["drug_a", "drug_b", "profile", benefit.name]
        within = [("profile", "==", names.get(view[1], view[1])), ("drug_a", "in", drugs)]
        pairs = pq.read_table(folder, columns=wanted, filters=within).to_pandas()
    columns = (pairs["drug_a"], pairs["drug_b"], pairs[benefit.name])
    return [(str(a), str(b), float(v)) for a, b, v in zip(*columns, strict=True)]


def _heat_panel(figure: "Figure", grid: np.ndarray, drugs: list[str]) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.add_subplot()
    bare(axes)
    axes.grid(False)
    known = grid[np.isfinite(grid)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    for i, j in np.ndindex(grid.shape):
        if i == j or not np.isfinite(grid[i, j]):
            continue
        share = (grid[i, j] - low) / ((high - low) or 1.0)
        cell = Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, facecolor=colour("accent"))
        cell.set_alpha(float(0.08 + 0.92 * share))
        cell.set_linewidth(0)
        axes.add_patch(cell)
    names = [short(d, 18) for d in drugs]
    axes.set_xticks(range(len(drugs)), names, rotation=90)
    axes.set_yticks(range(len(drugs)), names)
    axes.set(xlim=(-0.6, len(drugs) - 0.4), ylim=(len(drugs) - 0.4, -0.6), aspect="equal")


def survival_curves(result: Screening) -> list[Drawing]:
    """The share without an event of the best combinations, an endpoint each, where predicted."""
    found = [_SURVIVAL.fullmatch(str(c)) for c in result.table.columns]
    names = list(dict.fromkeys(m[1] or "" for m in found if m))
    made = [_curves(result, n, [m for m in found if m and (m[1] or "") == n]) for n in names]
    return [drawing for drawing in made if drawing is not None]


def _curves(result: Screening, endpoint: str, told: "list[re.Match[str]]") -> Drawing | None:
    told = sorted(told, key=lambda m: int(m[2]))
    days, columns = [int(m[2]) for m in told], [m[0] for m in told]
    rows = result.table.dropna(subset=columns).sort_values("rank", kind="stable").head(_CURVES)
    if rows.empty:
        return None

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes, grid="y")
        for place, (_, row) in enumerate(rows.iterrows()):
            label = short(f"{row['drugs']} ({row['name']})" if row["name"] else row["drugs"], 44)
            values = [1.0, *(float(row[c]) for c in columns)]
            axes.plot([0, *days], values, "o-", color=series(place), markersize=3, label=label)
        axes.set(ylim=(0, 1.02), xlabel="days")
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
        figure.legend(loc="outside lower left", ncols=1)

    return made_drawing(
        f"Without an event of {endpoint}, as predicted" if endpoint else "Survival as predicted",
        paint,
        (5.2, 3.6 + 0.17 * len(rows)),
        name=f"survival-{endpoint}" if endpoint else "survival",
        alt=f"Predicted survival of {len(rows)} combinations at days {', '.join(map(str, days))}.",
        note="Means of the networks at the days that are told, joined by straight lines.",
        wide=False,
    )


def coverage(result: Screening) -> Drawing | None:
    """How many held-out measurements the bundle's intervals held, as its card says."""
    names = {c.name for c in result.columns}
    levels = (50, 80, 95)
    rows = [
        r
        for r in result.scores
        if r.get("endpoint") in names and all(_share(r.get(f"coverage_{v}")) for v in levels)
    ]
    if not rows:
        return None

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes)
        axes.plot([40, 100], [40, 100], color=colour("ink"), linewidth=1, linestyle=(0, (4, 2)))
        for place, row in enumerate(rows[:_CURVES]):
            held = [100 * float(row[f"coverage_{v}"]) for v in levels]
            label = short(f"{row['endpoint']}, {row.get('fold', '')}", 40)
            axes.plot(levels, held, "o-", color=series(place), markersize=4, label=label)
        axes.set(xlabel="an interval is meant to hold, %", ylabel="held of held-out rows, %")
        figure.legend(loc="outside lower left", ncols=1)

    return made_drawing(
        "Calibration of the bundle",
        paint,
        (4.4, 3.5 + 0.17 * min(len(rows), _CURVES)),
        name="calibration",
        alt="; ".join(
            f"{r['endpoint']} {r.get('fold', '')}: {100 * r['coverage_80']:.0f} % of 80 %"
            for r in rows[:_CURVES]
        ),
        note="As the card has it: the same settings with these rows held out, before the bundle "
        "was calibrated on them. On the dashed line intervals are exact; below it too narrow.",
        wide=False,
    )


def _share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
