"""The page of randomised contrasts: scatter, scores of models, ranked comparisons, audit."""

from pathlib import Path

from combo_dl.core.files import write_text
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.report.contrast_plots import against_randomised, rank_correlations
from combo_dl.report.contrasts import NORMAL_95, Compared, Contrasts, ModelScore, read_contrasts
from combo_dl.report.measures import correlation, percent
from combo_dl.report.templates import HERE, templates

_NONE = "–"


def write_contrast_report(folder: Path, out: Path) -> int:
    """Write the page of the folder to ``out``; its size in bytes. Raises FormatError on a folder
    that is not usable."""
    page = render(read_contrasts(folder))
    write_text(out, page)
    return len(page.encode())


def render(result: Contrasts) -> str:
    """The page as HTML; every text but the markup of our own plots is escaped."""
    style = "".join((HERE / n).read_text(encoding="utf-8") for n in ("style.css", "screen.css"))
    found = result.leakage or ()
    return (
        templates()
        .get_template("contrasts.html.j2")
        .render(
            result=result,
            about=result.protocol,
            style=style,
            disclaimer=DISCLAIMER,
            tiles=_tiles(result),
            wide=against_randomised(result),
            drawing=rank_correlations(result),
            models=[_model(m, m.model == result.headline) for m in result.ranked],
            rows=[_row(result, i, r) for i, r in enumerate(_ranked(result))],
            leaks=[f["check"] for f in found if f["severity"] == "fail" and f["found"]],
        )
    )


def _rho(value: float | None) -> str:
    return _NONE if value is None else correlation(value)


def _tiles(result: Contrasts) -> list[tuple[str, str, str]]:
    """(label, value, note)."""
    about, own = result.protocol, next(m for m in result.models if m.model == result.headline)
    best = next((m for m in result.ranked if m.model != result.headline), own)
    failed = sum(r.failed for r in result.rows)
    return [
        ("comparisons", str(len(result.rows)), f"of {about['trials']} trials, each held out"),
        ("rank correlation", _rho(own.spearman), f"{own.model}, {_between(own.low, own.high)}"),
        ("the next best model", _rho(best.spearman), best.model),
        ("of it gained", _rho(best.gain[0]), f"over that model, {_between(*best.gain[1:])}"),
        (
            "failed combinations",
            percent(own.failed_in_lower_half),
            f"of {failed} stand in the lower half of {own.model}; by luck 50 %",
        ),
    ]


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "no interval"
    return f"{correlation(low)} to {correlation(high)}"


def _model(model: ModelScore, own: bool) -> dict:
    days = _NONE if model.error_days is None else f"{model.error_days:.1f}"
    return {
        "name": model.model,
        "own": own,
        "cells": (
            (_rho(model.spearman), "" if model.low is None else _between(model.low, model.high)),
            (str(model.answered), ""),
            (_rho(model.own_spearman), ""),
            (_rho(model.headline_on_own), ""),
            (percent(model.failed_in_lower_half), ""),
            (days, ""),
        ),
    }


def _ranked(result: Contrasts) -> list[Compared]:
    """By the headline, the largest predicted gain first; what it does not tell is last."""

    def place(row: Compared) -> float:
        told = row.told[result.headline]
        return float("inf") if told is None else -told

    return sorted(result.rows, key=place)


def _row(result: Contrasts, place: int, row: Compared) -> dict:
    low, high = row.days - NORMAL_95 * row.se, row.days + NORMAL_95 * row.se
    others = [
        m.model for m in result.ranked if m.model != result.headline and m.spearman is not None
    ]
    return {
        "rank": place + 1,
        "failed": row.failed,
        "trial": f"{row.texts['trial']} {row.texts['stratum']}".strip(),
        "where": f"{row.texts['cancer']}, {row.texts['line']}".strip(", "),
        "experimental": row.texts["experimental"],
        "control": row.texts["control"],
        "patients": f"{row.patients:,}",
        "days": f"{row.days:+.0f}",
        "interval": f"{low:+.0f} to {high:+.0f}",
        "own": _days(row.told[result.headline]),
        "others": [_days(row.told[name]) for name in others],
    }


def _days(value: float | None) -> str:
    return _NONE if value is None else f"{value:+.0f}"
