"""Plots of randomised contrasts: predicted against randomised, and how well each model ranks."""

from typing import TYPE_CHECKING

import numpy as np

from combo_dl.report.canvas import Drawing, bare, colour, drawn, name_rows, short
from combo_dl.report.contrasts import NORMAL_95, Contrasts, ModelScore
from combo_dl.report.measures import correlation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 3
_PANEL = 3.4


def against_randomised(result: Contrasts) -> Drawing:
    """Predicted against randomised contrast with its interval: the headline, then the models that
    rank best."""
    others = [m for m in result.ranked if m.model != result.headline and m.spearman is not None]
    head = next(m for m in result.models if m.model == result.headline)
    shown = [head, *others][:PANELS]

    def paint(figure: "Figure") -> None:
        panels = figure.subplots(1, len(shown), sharey=True, squeeze=False).ravel()
        for axes, model in zip(panels, shown, strict=True):
            _panel(axes, result, model)
        figure.supxlabel("predicted, days", fontsize=8, color=colour("muted"))
        figure.supylabel("randomised, days", fontsize=8, color=colour("muted"))
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2)

    said = "; ".join(f"{m.model}: {_told(result, m)}" for m in shown)
    return Drawing(
        title="Predicted against randomised",
        svg=drawn(paint, size=(_PANEL * len(shown) + 0.3, _PANEL + 0.4), name="against"),
        alt=f"Predicted against randomised difference of restricted mean times. {said}.",
        note="A dot a comparison of a held-out trial: difference of restricted mean times, the "
        "experimental arm less the control. Lines: 95 % intervals of the randomised contrast; the "
        "models tell none of theirs. Dashed: as predicted; dotted: no difference. Where a model "
        "abstains it has no dot.",
        wide=True,
    )


def _told(result: Contrasts, model: ModelScore) -> str:
    n = sum(r.told[model.model] is not None for r in result.rows)
    return f"{n} comparisons, Spearman on them {_rho(model.own_spearman)}"


def _rho(value: float | None) -> str:
    return "–" if value is None else correlation(value)


def _panel(axes: "Axes", result: Contrasts, model: ModelScore) -> None:
    bare(axes)
    rows = [r for r in result.rows if r.told[model.model] is not None]
    x = np.array([r.told[model.model] for r in rows], float)
    y, se = (np.array([getattr(r, n) for r in rows], float) for n in ("days", "se"))
    failed = np.array([r.failed for r in rows], bool)
    ends = y - NORMAL_95 * se, y + NORMAL_95 * se
    axes.vlines(x, *ends, color=colour("base"), linewidth=0.5, alpha=0.5)
    axes.axhline(0, color=colour("ink"), linewidth=0.8, linestyle=":")
    every = np.array([r.days for r in result.rows])
    line = [float(every.min()), float(every.max())]
    axes.plot(line, line, color=colour("muted"), linewidth=1, linestyle=(0, (4, 2)))
    for own, mark, tone, label in (
        (~failed, "o", "accent", "other comparison"),
        (failed, "s", "limit", "combination without a benefit in its trial"),
    ):
        axes.plot(x[own], y[own], mark, color=colour(tone), markersize=3.6, alpha=0.8, label=label)
    rho = f"n = {len(rows)}, rank correlation {_rho(model.own_spearman)}"
    axes.set_title(f"{short(model.model, 34)}\n{rho}", linespacing=1.4)


def rank_correlations(result: Contrasts) -> Drawing:
    """Spearman of each model with its interval, and the most that can be reached."""
    models = [m for m in result.ranked if m.spearman is not None]
    names = [m.model for m in models]

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes, grid="x")
        for place, model in enumerate(models):
            tone = colour("accent" if model.model == result.headline else "base")
            if model.low is not None and model.high is not None:
                axes.hlines(place, model.low, model.high, color=tone, linewidth=2)
            axes.plot([model.spearman or 0.0], [place], "o", color=tone, markersize=5)
        if result.ceiling is not None:
            axes.axvline(result.ceiling, color=colour("limit"), linewidth=1.2, linestyle=":")
        axes.axvline(0, color=colour("ink"), linewidth=0.8)
        strong = names.index(result.headline) if result.headline in names else None
        name_rows(axes, names, strong=strong)
        axes.set_xlabel("Spearman rank correlation with the randomised contrasts")

    said = "; ".join(f"{m.model} {_rho(m.spearman)}" for m in models)
    return Drawing(
        title="How well each model ranks the comparisons",
        svg=drawn(paint, size=(5.4, 0.9 + 0.34 * len(models)), name="ranks"),
        alt=f"Spearman: {said}.",
        note="95 % intervals: trials resampled. Where a model abstains, the mean contrast of the "
        "classes compared stands in, else that of all training comparisons. Dotted: what true "
        "contrasts would reach against the measured ones.",
    )
