"""Plots of survival: mean curves against Kaplan-Meier, calibration, and what decisions would gain.

What they show are groups of patients; the file holds nothing of fewer than 11.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from combo_dl.report.canvas import Drawing, bare, colour, dot_style, drawn, series, short
from combo_dl.report.measures import number, percent, written
from combo_dl.report.result import BASELINE, Record, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OBSERVED = "observed"
DAY = 365
_COLUMNS, _PANEL, _WIDTH = 3, 2.9, 4.9
_FLAT = ("Kaplan-Meier",)
Paint = Callable[["Axes", str], None]


def survival_plot(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """Mean predicted survival and Kaplan-Meier, one panel a fold."""
    curves = _of(result, "curves", endpoint)
    folds = list(dict.fromkeys(_text(r, "fold") for r in curves if _numbers(r, "days")))
    if not folds:
        return None
    own, other = result.protocol.headline, _other(result, endpoint)

    def paint(axes: "Axes", fold: str) -> None:
        found = {_text(r, "model"): r for r in curves if _text(r, "fold") == fold}
        _observed(axes, found.get(OBSERVED))
        for model, tone, dash in ((other, "limit", (0, (5, 1.5))), (own, "accent", "-")):
            row = found.get(model)
            if row is not None:
                axes.plot(
                    _numbers(row, "days"),
                    _numbers(row, "survival"),
                    color=colour(tone),
                    linestyle=dash,  # type: ignore[arg-type]
                    label=short(model),
                )
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
        axes.set_xlabel("days")

    return Drawing(
        title="Survival as predicted and as observed",
        svg=_panels(folds, paint, name=name),
        alt="Mean predicted survival against Kaplan-Meier. "
        + " ".join(_said(curves, fold, own) for fold in folds),
        note="Step and band: Kaplan-Meier of the test rows with its 95 % interval, as long as 11 "
        "patients are seen. Lines: mean of the predicted curves.",
        wide=True,
    )


def _observed(axes: "Axes", row: Record | None) -> None:
    if row is None:
        return
    days = _numbers(row, "days")
    low, high = _numbers(row, "low"), _numbers(row, "high")
    if len(low) == len(high) == len(days):
        axes.fill_between(days, low, high, step="post", color=colour("grid"), linewidth=0)
    axes.step(days, _numbers(row, "survival"), where="post", color=colour("ink"), label=OBSERVED)


def _said(curves: list[Record], fold: str, own: str) -> str:
    ends = {
        _text(r, "model"): _numbers(r, "survival")[-1]
        for r in curves
        if _text(r, "fold") == fold and _numbers(r, "survival")
    }
    if own not in ends or OBSERVED not in ends:
        return ""
    return f"{fold}: at the end {percent(ends[own])} predicted, {percent(ends[OBSERVED])} observed."


def survival_calibration(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """Observed against predicted survival at day DAY, in groups of patients, a line a fold."""
    own = result.protocol.headline
    rows = [
        r
        for r in _of(result, "calibration", endpoint)
        if _text(r, "model") == own
        and number(r.get("day")) == DAY
        and None not in (number(r.get("predicted")), number(r.get("observed")))
    ]
    lines: dict[str, list[tuple[float, float]]] = {}
    for r in rows:
        dot = (number(r.get("predicted")) or 0.0, number(r.get("observed")) or 0.0)
        lines.setdefault(_text(r, "fold"), []).append(dot)
    if not lines:
        return None

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes)
        axes.plot([0, 1], [0, 1], color=colour("muted"), linewidth=1, linestyle=(0, (4, 2)))
        for place, (fold, dots) in enumerate(lines.items()):
            axes.plot(
                *zip(*sorted(dots), strict=True),
                marker=dot_style(place),
                markersize=4.5,
                linewidth=1.2,
                color=series(place),
                label=short(fold),
            )
        axes.set(xlim=(0, 1), ylim=(0, 1))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
        axes.set_xlabel(f"predicted survival at day {DAY}, mean of a group")
        axes.set_ylabel("observed (Kaplan-Meier)")
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.6, columnspacing=1.2)

    said = "; ".join(
        f"{fold}: " + ", ".join(f"{percent(x)} predicted {percent(y)} observed" for x, y in dots)
        for fold, dots in lines.items()
    )
    return Drawing(
        title="Does predicted survival come true?",
        svg=drawn(paint, size=(_WIDTH, 4.6), name=name),
        alt=f"Observed against predicted survival at day {DAY}. {said}.",
        note="Each dot: patients of like predicted survival, at least 11. On the diagonal "
        "predictions come true; above it patients live longer than predicted.",
    )


def decision_curves(result: Result, endpoint: str, *, name: str) -> Drawing | None:
    """Net benefit of acting on the risk of an event by day DAY, one panel a fold."""
    rows = _of(result, "decisions", endpoint)
    own, other = result.protocol.headline, _other(result, endpoint)
    folds = list(dict.fromkeys(_text(r, "fold") for r in rows if _text(r, "model") == own))
    if not folds:
        return None

    def paint(axes: "Axes", fold: str) -> None:
        for model, tone in ((other, "limit"), (own, "accent")):
            found = _line(rows, fold, model, "net_benefit")
            axes.plot(*found, color=colour(tone), marker="o", markersize=2.2, label=short(model))
        every = _line(rows, fold, own, "net_benefit_all")
        axes.plot(*every, color=colour("muted"), linewidth=1.1, label="act on all")
        axes.axhline(0, color=colour("ink"), linewidth=1.0, linestyle=":", label="act on nobody")
        top = max([0.1, *every[1]])
        axes.set(xlim=(0, 1), ylim=(-0.15, top + 0.05))
        axes.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
        axes.set_xlabel(f"threshold: risk of an event by day {DAY}")

    best = [_above_all(rows, fold, own) for fold in folds]
    return Drawing(
        title="What decisions by the prediction would gain",
        svg=_panels(folds, paint, name=name),
        alt="Net benefit against the threshold of risk. " + " ".join(best),
        note="Net benefit: true positives less false positives at the odds of the threshold, per "
        "patient. Left out where from 1 to 10 patients would be on one side.",
        wide=True,
    )


def _above_all(rows: list[Record], fold: str, own: str) -> str:
    gained = [
        (number(r.get("net_benefit")) or 0.0) - max(number(r.get("net_benefit_all")) or 0.0, 0.0)
        for r in rows
        if (_text(r, "fold"), _text(r, "model")) == (fold, own)
        and number(r.get("net_benefit")) is not None
    ]
    if not gained:
        return ""
    return f"{fold}: at most {written(max(gained))} above acting on all or on nobody."


def _line(rows: list[Record], fold: str, model: str, key: str) -> tuple[list[float], list[float]]:
    found = [
        (number(r.get("threshold")), number(r.get(key)))
        for r in rows
        if (_text(r, "fold"), _text(r, "model")) == (fold, model)
    ]
    known = [(x, y) for x, y in found if x is not None and y is not None]
    return [x for x, _ in known], [y for _, y in known]


def _panels(folds: list[str], paint: Paint, *, name: str) -> str:
    """One panel a fold, their legend above them."""
    columns = min(_COLUMNS, len(folds))
    lines = -(-len(folds) // columns)

    def every(figure: "Figure") -> None:
        grid = figure.subplots(lines, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(folds):
                axes.set_axis_off()
                continue
            bare(axes)
            paint(axes, folds[place])
            axes.set_title(short(folds[place]))
        handles, labels = grid.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4, handlelength=1.6)

    return drawn(every, size=(_PANEL * columns, 0.4 + 2.3 * lines), name=name)


def _other(result: Result, endpoint: str) -> str:
    """The best baseline that states survival and tells patients apart, else the headline."""
    told = {_text(r, "model") for r in result.survival.get("curves", ())}
    for one in result.ranked(endpoint):
        if result.role(one.model) == BASELINE and one.model in told and one.model not in _FLAT:
            return one.model
    return result.protocol.headline


def _of(result: Result, key: str, endpoint: str) -> list[Record]:
    return [r for r in result.survival.get(key, ()) if r["endpoint"] == endpoint]


def _text(row: Record, key: str) -> str:
    return str(row[key])


def _numbers(row: Record, key: str) -> list[float]:
    found = row.get(key)
    values = [number(v) for v in found] if isinstance(found, list) else []
    return [v for v in values if v is not None]
