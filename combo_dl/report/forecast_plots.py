"""Plots of predictions: predicted against measured by shift group, and hits among the top k."""

from typing import TYPE_CHECKING

import numpy as np

from combo_dl.report.canvas import Drawing, bare, colour, drawn, short
from combo_dl.report.measures import SMALLEST_COUNT, correlation, written
from combo_dl.report.result import BASELINE, Result
from combo_dl.report.top_k import Lists, top_lists

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 250
_COLUMNS = 3
_PANEL = 3.2
_HEXAGONS = 34
_SHADES = 8
_OUTER = 0.002  # share of rows at each end that do not stretch the frame


def scatter(result: Result, frame: "pd.DataFrame", endpoint: str, *, name: str) -> Drawing | None:
    """Predicted against measured for the headline model, one panel a shift group."""
    own = frame[(frame["endpoint"] == endpoint) & (frame["model"] == result.protocol.headline)]
    sizes = own["shift"].value_counts()
    known = [s for s in result.shifts(endpoint) if s in sizes.index]
    every = [*known, *sorted(set(sizes.index) - set(known))]
    panels = {s: own[own["shift"] == s] for s in every if sizes[s] >= SMALLEST_COUNT}
    if not panels:
        return None
    ends = _frame_ends(own)
    columns = min(len(panels), _COLUMNS)
    lines = -(-len(panels) // columns)
    unit = result.protocol.units.get(endpoint, "")

    def paint(figure: "Figure") -> None:
        axes = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for one, (shift, part) in zip(axes, panels.items(), strict=False):
            _panel(one, part, ends, title=shift)
        for one in axes[len(panels) :]:
            one.set_visible(False)
        figure.supxlabel(f"predicted{_in(unit)}", fontsize=8, color=colour("muted"))
        figure.supylabel(f"measured{_in(unit)}", fontsize=8, color=colour("muted"))

    said = "; ".join(f"{s}: {_told(part)}" for s, part in panels.items())
    return Drawing(
        title="Predicted against measured, by how new the question is",
        svg=drawn(paint, size=(_PANEL * columns + 0.3, _PANEL * lines + 0.2), name=name),
        alt=f"Predicted against measured {endpoint}, model {result.protocol.headline}. {said}.",
        note="The stronger the colour, the more test rows. On the dashed line a prediction is "
        "exact. The few rows beyond the frame stand at its edge.",
        wide=True,
    )


def _in(unit: str) -> str:
    return f", {short(unit, 60)}" if unit else ""


def _frame_ends(own: "pd.DataFrame") -> tuple[float, float]:
    both = own[["truth", "mean"]].to_numpy(dtype=float)
    low, high = np.quantile(both, [_OUTER, 1 - _OUTER])
    room = 0.04 * (high - low) or 1.0
    return float(low - room), float(high + room)


def _told(part: "pd.DataFrame") -> str:
    return f"n = {len(part):,}, r = {_r(part)}"


def _r(part: "pd.DataFrame") -> str:
    truth, mean = part["truth"].to_numpy(dtype=float), part["mean"].to_numpy(dtype=float)
    if np.ptp(truth) == 0 or np.ptp(mean) == 0:
        return correlation(0.0)
    return correlation(float(np.corrcoef(truth, mean)[0, 1]))


def _panel(axes: "Axes", part: "pd.DataFrame", ends: tuple[float, float], *, title: str) -> None:
    bare(axes)
    x, y = (np.clip(part[c].to_numpy(dtype=float), *ends) for c in ("mean", "truth"))
    if len(part) <= MOST_DOTS:
        axes.plot(x, y, "o", color=colour("accent"), markersize=3, alpha=0.55, markeredgewidth=0)
    else:
        _hexagons(axes, x, y, ends=ends)
    axes.plot(ends, ends, color=colour("ink"), linewidth=1, linestyle=(0, (4, 2)))
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set_title(f"{short(title, 34)}\n{_told(part)}", linespacing=1.4)


def _hexagons(axes: "Axes", x: np.ndarray, y: np.ndarray, *, ends: tuple[float, float]) -> None:
    """Counts as shades of one colour; one path a shade keeps the file small."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    found = axes.hexbin(x, y, gridsize=_HEXAGONS, extent=(*ends, *ends), mincnt=1)
    counts, centres = np.asarray(found.get_array()), np.asarray(found.get_offsets())
    shape = np.asarray(found.get_paths()[0].vertices)
    found.remove()
    strength = np.log1p(counts) / np.log1p(counts.max())
    shade = np.minimum((strength * _SHADES).astype(int), _SHADES - 1)
    for level in np.unique(shade):
        cells = [Path(shape + centre, closed=True) for centre in centres[shade == level]]
        alpha = 0.12 + 0.88 * level / (_SHADES - 1)
        joined = Path.make_compound_path(*cells)
        axes.add_patch(PathPatch(joined, facecolor=colour("accent"), alpha=alpha, linewidth=0))


def top_k(result: Result, frame: "pd.DataFrame", endpoint: str, *, name: str) -> Drawing | None:
    """Hits among the top k of each profile: the model, the best closed form, luck, perfection."""
    threshold = result.protocol.thresholds.get(endpoint)
    if threshold is None:
        return None
    own, other = result.protocol.headline, result.best(endpoint, (BASELINE,))
    models = [own] if other is None else [own, other.model]
    found = top_lists(frame[frame["endpoint"] == endpoint], models, threshold)
    if found is None:
        return None
    unit = result.protocol.units.get(endpoint, "")
    harm = result.protocol.directions.get(endpoint) == "harm"
    title = f"What the top of the list {'warns of' if harm else 'finds when it is tested'}"
    last = len(found.perfect)
    at = sorted({1, min(10, last), last})
    said = [
        f"{m}: " + ", ".join(f"{h[k - 1]:.0%} of the top {k}" for k in at)
        for m, h in found.hits.items()
    ]
    return Drawing(
        title=title,
        svg=drawn(lambda figure: _curves(figure, found, own), size=(4.9, 3.6), name=name),
        alt=f"Share of hits among the top k. {'; '.join(said)}; by luck {found.luck:.0%}.",
        note=f"A hit: measured above {written(threshold)}{_in(unit)}. A list: the test "
        f"combinations of one profile in one fold ({found.n_lists:,} lists of at least {last}).",
    )


def _curves(figure: "Figure", found: Lists, own: str) -> None:
    axes = figure.add_subplot()
    bare(axes, grid="y")
    k = np.arange(1, len(found.perfect) + 1)
    axes.fill_between(k, found.perfect, 1.02, color=colour("grid"), alpha=0.5, linewidth=0)
    axes.plot(k, found.perfect, color=colour("muted"), linewidth=0.9, label="perfect order")
    for model, hits in found.hits.items():
        mine = model == own
        axes.plot(
            k,
            hits,
            color=colour("accent" if mine else "limit"),
            linewidth=2.6 if mine else 1.7,
            linestyle="-" if mine else (0, (5, 1.5)),
            label=short(model),
        )
    axes.axhline(found.luck, color=colour("ink"), linewidth=1.2, linestyle=":", label="luck")
    axes.set(xlim=(1, k[-1]), ylim=(0, 1.02))
    axes.set_xticks([v for v in (1, 5, 10, 20, 30, 40, 50) if v <= k[-1]])
    axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
    axes.set_xlabel("k: combinations tested per profile, from the top of the list")
    axes.set_ylabel("hits among them")
    figure.legend(loc="outside upper left", ncols=4, handlelength=1.6, columnspacing=1.2)
