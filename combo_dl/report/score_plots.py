"""Plots of scores: the ceiling, the gain over baselines fold by fold, and calibration."""

from typing import TYPE_CHECKING

from combo_dl.report.canvas import (
    Drawing,
    bare,
    colour,
    dot_style,
    drawn,
    name_rows,
    series,
    short,
)
from combo_dl.report.gains import Gain, compared, gains
from combo_dl.report.measures import MEASURES, correlation, is_small, percent, written
from combo_dl.report.result import HEADLINE, VARIANT, Result, Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (50, 80, 95)
_WIDTH = 4.9
_MOST_PANELS = 2


def ceiling_bars(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """Pearson correlation of each model, and the line that replicates allow."""
    found = [s for s in result.ranked(endpoint) if s.get("pearson") is not None]
    if not found:
        return None
    top = result.ceiling_of(endpoint)

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes, grid="x")
        for place, one in enumerate(found):
            _bar(axes, place, one, role=result.role(one.model))
        roles = [result.role(s.model) for s in found]
        name_rows(axes, [s.model for s in found], strong=_place(roles, HEADLINE))
        axes.set_xlabel("Pearson correlation with the measurements, mean over folds")
        if top is not None:
            axes.axvline(top, color=colour("limit"), linewidth=1.6, linestyle=(0, (4, 2)))
            label = f"replicate ceiling {correlation(top)} (estimate)"
            axes.set_title(label, loc="right", color=colour("limit"))

    said = ", ".join(f"{s.model} {correlation(s.get('pearson') or 0.0)}" for s in found)
    limit = "" if top is None else f" Replicates allow about {correlation(top)}."
    return Drawing(
        title="How far from the ceiling",
        svg=drawn(paint, size=(_WIDTH, 0.8 + 0.4 * len(found)), name=name),
        alt=f"Bars of the Pearson correlation: {said}.{limit}",
        note="Bar: mean over folds; line through its end: one standard deviation of folds."
        + (
            ""
            if top is None
            else " Dashed: what a model without error would reach, estimated "
            "from conditions measured twice."
        ),
    )


def _place(items: list[str], wanted: str) -> int | None:
    return items.index(wanted) if wanted in items else None


def _bar(axes: "Axes", place: int, one: Scores, *, role: str) -> None:
    r, spread = one.get("pearson") or 0.0, one.get("pearson_sd")
    own = role in (HEADLINE, VARIANT)
    axes.barh(
        place,
        r,
        height=0.62,
        color=colour("accent" if own else "base"),
        alpha=0.55 if role == VARIANT else 1.0,
        linewidth=0,
    )
    if spread:
        axes.plot([r - spread, r + spread], [place, place], color=colour("ink"), linewidth=1.1)
    # In a column of its own: beside its bar a number would meet the line of the ceiling.
    axes.text(
        1.02,
        place,
        correlation(r),
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=7.5,
        fontweight="bold" if role == HEADLINE else "normal",
    )


def fold_gains(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """A dot a fold and the interval of the mean, against each baseline."""
    metrics = compared(result, endpoint)[:_MOST_PANELS]
    if not metrics:
        return None
    panels = [gains(result, endpoint, metric) for metric in metrics]

    def paint(figure: "Figure") -> None:
        for place, found in enumerate(panels):
            axes = figure.add_subplot(len(panels), 1, place + 1)
            _gain_panel(axes, found)

    rows = sum(len(found) for found in panels)
    return Drawing(
        title="Gain over each baseline, fold by fold",
        svg=drawn(paint, size=(_WIDTH, 0.75 * len(panels) + 0.36 * rows), name=name),
        alt=" ".join(_gain_text(g) for found in panels for g in found),
        note="Right of the line the model is better. Small dot: one fold, both models on the same "
        "rows. Bar: 95 % interval of the mean, bootstrap over "
        f"{panels[0][0].clusters}s; hollow where it holds 0.",
    )


def _gain_text(gain: Gain) -> str:
    mean, low, high = (written(v, places=gain.places) for v in (gain.mean, gain.low, gain.high))
    head = MEASURES[gain.metric].head
    return f"{head} gained against {gain.against}: {mean}, interval {low} to {high}."


def _gain_panel(axes: "Axes", found: list[Gain]) -> None:
    bare(axes, grid="x")
    axes.axvline(0, color=colour("muted"), linewidth=1.1)
    for place, gain in enumerate(found):
        sure = gain.is_clear or gain.is_loss
        tone = colour("limit" if gain.is_loss else "accent")
        if gain.low is not None and gain.high is not None:
            ends = [gain.low, gain.high]
            axes.plot(ends, [place] * 2, color=tone, linewidth=4, alpha=0.35)
        above = [place - 0.24] * len(gain.folds)
        axes.plot(gain.folds, above, "o", color=colour("muted"), markersize=2.6, alpha=0.8)
        face = tone if sure else colour("panel")
        axes.plot([gain.mean], [place], "o", color=tone, markerfacecolor=face, markersize=6)
    name_rows(axes, [g.against for g in found])
    measure = MEASURES[found[0].metric]
    axes.set_xlabel(f"{'less' if measure.better < 0 else 'more'} {measure.title}")


def calibration(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """Share of measurements within the 50, 80 and 95 % intervals, by shift group."""
    own = result.protocol.headline
    lines = {"all test rows": _coverage(result.scores(endpoint, own))}
    shifts = result.shifts(endpoint)
    for shift in shifts:
        group = result.group(endpoint, own, shift)
        if group is not None and not is_small(group.rows) and len(shifts) > 1:
            lines[shift] = _coverage(group)
    lines = {label: line for label, line in lines.items() if line}
    if not lines:
        return None
    said = [
        f"{label}: " + ", ".join(f"{percent(y / 100)} in the {x} % interval" for x, y in line)
        for label, line in lines.items()
    ]
    return Drawing(
        title="Do the intervals keep their word?",
        svg=drawn(lambda figure: _calibration(figure, lines), size=(_WIDTH, 3.6), name=name),
        alt=f"Observed against stated coverage. {'; '.join(said)}.",
        note="On the diagonal the intervals hold what they state. Below it they are too narrow "
        "(overconfident), above it too wide.",
    )


def _coverage(scores: Scores | None) -> list[tuple[int, float]]:
    """(stated, observed) per cent."""
    found = [(k, scores.get(f"coverage_{k}")) for k in LEVELS] if scores else []
    return [(level, 100 * share) for level, share in found if share is not None]


def _calibration(figure: "Figure", lines: dict[str, list[tuple[int, float]]]) -> None:
    axes = figure.add_subplot()
    bare(axes)
    axes.plot([0, 100], [0, 100], color=colour("muted"), linewidth=1, linestyle=(0, (4, 2)))
    for place, (label, line) in enumerate(lines.items()):
        tone = colour("ink") if place == 0 else series(place - 1)
        axes.plot(
            *zip(*line, strict=True),
            marker=dot_style(place),
            markersize=5,
            color=tone,
            linewidth=2.2 if place == 0 else 1.4,
            label=short(label),
        )
    lowest = min(y for line in lines.values() for _, y in line)
    axes.set_xlim(45, 100)
    axes.set_ylim(min(40.0, lowest - 5), 101)
    axes.set_xticks(LEVELS, [f"{k} %" for k in LEVELS])
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0f} %")
    axes.set_xlabel("stated: share that the interval is meant to hold")
    axes.set_ylabel("observed")
    figure.legend(loc="outside upper left", ncols=2, handlelength=1.6, columnspacing=1.2)
