"""One HTML page from the folders of one benchmark or several: no script, no address is loaded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.endpoint import RISK_UNIT
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import write_text
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.report.canvas import Drawing
from combo_dl.report.forecast_plots import scatter, top_k
from combo_dl.report.forecasts import read_forecasts
from combo_dl.report.measures import correlation, percent
from combo_dl.report.reader import PREDICTIONS, read_result
from combo_dl.report.result import Result
from combo_dl.report.score_plots import calibration, ceiling_bars, fold_gains
from combo_dl.report.survival_plots import (
    decision_curves,
    survival_calibration,
    survival_plot,
)
from combo_dl.report.tables import Table, mean_tables, shift_table
from combo_dl.report.templates import HERE, STAYS, templates
from combo_dl.report.tiles import Tile, gain_tile, tiles
from combo_dl.report.verdict import Verdict, verdict

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE, STYLE = "page.html.j2", "style.css"


@dataclass(frozen=True, kw_only=True)
class EndpointPart:
    """What the page says of one endpoint. ``drawings``: in the order of the page."""

    id: str
    name: str
    verdict: Verdict
    gain: Tile | None
    r: float | None
    ceiling: float | None
    coverage: float | None
    tiles: tuple[Tile, ...]
    means: tuple[Table, ...]
    shifts: Table | None
    drawings: tuple[Drawing, ...]
    missing: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """What the page says of one benchmark. ``settings``: its configuration as text."""

    id: str
    result: Result
    endpoints: tuple[EndpointPart, ...]
    settings: str


def write_report(folders: Sequence[Path], out: Path) -> int:
    """Write the page of these benchmark folders to ``out``; its size in bytes.

    Raises ConfigError on no folder or one given twice, FormatError on a folder that is not usable.
    """
    if not folders:
        raise ConfigError("no folder was given: add from=FOLDER, the out= of combo-dl evaluate")
    places = [folder.resolve() for folder in folders]
    for folder, place in zip(folders, places, strict=True):
        if places.count(place) > 1:
            raise ConfigError(f"{folder} is given twice; name each folder once")
    page = render([_part(folder, place) for place, folder in enumerate(folders)])
    write_text(out, page)
    return len(page.encode())


def render(parts: Sequence[Part]) -> str:
    """The page as HTML; every text but the markup of our own plots is escaped."""
    environment = templates()
    environment.filters |= {"correlation": _correlation, "percent": percent}
    return environment.get_template(TEMPLATE).render(
        parts=parts,
        style=(HERE / STYLE).read_text(encoding="utf-8"),
        disclaimer=DISCLAIMER,
        stays=STAYS if any(part.result.of_patients for part in parts) else "",
        title=_title(parts),
    )


def _correlation(value: float | None) -> str:
    return "–" if value is None else correlation(value)


def _title(parts: Sequence[Part]) -> str:
    studies = dict.fromkeys(s for p in parts for s in p.result.protocol.studies)
    split = parts[0].result.protocol.title if len(parts) == 1 else f"{len(parts)} splits"
    return f"{', '.join(studies)}: {split}"


def _part(folder: Path, place: int) -> Part:
    result, frame = read_result(folder), read_forecasts(folder)
    # Where source data lie on someone's machine is no part of a result.
    config = {key: value for key, value in result.origin.config.items() if key != "paths"}
    made = [
        _endpoint(result, frame, endpoint, name=f"s{place + 1}e{i + 1}")
        for i, endpoint in enumerate(result.endpoints)
    ]
    return Part(
        id=f"s{place + 1}",
        result=result,
        endpoints=tuple(made),
        settings=json.dumps(config, indent=1, ensure_ascii=False) if config else "",
    )


def _endpoint(
    result: Result, frame: "pd.DataFrame | None", endpoint: str, *, name: str
) -> EndpointPart:
    own = result.scores(endpoint, result.protocol.headline)
    of_survival = any(r["endpoint"] == endpoint for r in result.survival.get("curves", ()))
    absent = f"The folder holds no {PREDICTIONS}: plots of single predictions are left out."
    return EndpointPart(
        id=name,
        name=endpoint,
        verdict=verdict(result, endpoint),
        gain=gain_tile(result, endpoint),
        r=own.get("pearson") if own else None,
        ceiling=result.ceiling_of(endpoint),
        coverage=own.get("coverage_80") if own else None,
        tiles=tiles(result, frame, endpoint),
        means=tuple(mean_tables(result, endpoint)),
        shifts=shift_table(result, endpoint),
        drawings=tuple(_drawings(result, frame, endpoint, name=name)),
        missing=absent if frame is None and not of_survival else "",
    )


def _drawings(
    result: Result, frame: "pd.DataFrame | None", endpoint: str, *, name: str
) -> list[Drawing]:
    made = [
        ceiling_bars(result, endpoint, name=f"{name}c"),
        fold_gains(result, endpoint, name=f"{name}g"),
        calibration(result, endpoint, name=f"{name}k"),
        survival_calibration(result, endpoint, name=f"{name}v"),
        decision_curves(result, endpoint, name=f"{name}d"),
        survival_plot(result, endpoint, name=f"{name}m"),
    ]
    if frame is not None:
        made.append(top_k(result, frame, endpoint, name=f"{name}t"))
        # A label of 0 or 1 against a risk is two lines of dots.
        if result.protocol.units.get(endpoint) != RISK_UNIT:
            made.append(scatter(result, frame, endpoint, name=f"{name}s"))
    return [drawing for drawing in made if drawing is not None]
