"""The page of a screen or of predictions: one file, a few lines of script, no address is loaded."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.files import write_text
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.profile_table import PATIENT
from combo_dl.report.canvas import Drawing, write_picture
from combo_dl.report.days_plots import mean_days
from combo_dl.report.explained import Why, explained
from combo_dl.report.screening import Screening, read_screening
from combo_dl.report.screening_plots import (
    best_views,
    coverage,
    heat_map,
    survival_curves,
    tradeoff,
)
from combo_dl.report.templates import HERE, PASSED_BUNDLE, STAYS, templates

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 3000
MAPS = 4
CARD_SCORES = (
    ("pearson", "Pearson r"),
    ("auroc", "AUROC"),
    ("brier", "Brier"),
    ("uno_c", "Uno C"),
    ("ibs", "integrated Brier"),
    ("coverage_80", "80 % intervals hold"),
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """text, and what is sorted by; small: what stands beside it."""

    text: str
    sort: str
    small: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the ranking. view: kind and name; abstains: of the benefit."""

    view: str
    cells: tuple[Cell, ...]
    abstains: bool
    front: bool


def write_screen_report(folder: Path, out: Path, pictures: Path | None) -> int:
    """Write the page of the folder to ``out``; its size in bytes. pictures: a folder that gets each
    plot as SVG and PNG. Raises FormatError on a folder that is not usable."""
    result = read_screening(folder)
    whys = explained(result)
    drawings = _drawings(result)
    page = render(result, drawings, whys)
    write_text(out, page)
    if pictures is not None:
        for drawing in [*drawings, *(d for why in whys for d in why.drawings)]:
            if drawing.picture is not None:
                write_picture(drawing.picture, pictures)
    return len(page.encode())


def render(result: Screening, drawings: list[Drawing], whys: tuple[Why, ...]) -> str:
    """The page as HTML; every text but the markup of our own plots is escaped."""
    environment = templates()
    style, script = (
        "".join((HERE / n).read_text(encoding="utf-8") for n in names)
        for names in (("style.css", "screen.css"), ("screen.js",))
    )
    # Only this very script may run: nothing that stands in a name ever does.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    table = result.table.head(MOST_ROWS)
    return environment.get_template("screen.html.j2").render(
        result=result,
        style=style,
        script=script,
        script_digest=digest,
        disclaimer=DISCLAIMER,
        stays=_stays(result),
        heads=_heads(result),
        rows=[_row(result, r) for _, r in table.iterrows()],
        hidden=len(result.table) - len(table),
        views=list(dict.fromkeys(_view(r) for _, r in table.iterrows())),
        first=_first(result),
        tiles=_tiles(result),
        drawings=drawings,
        whys=whys,
        settings=_settings(result.about),
        measures=_measures(result),
        of_days=_of_days(result),
    )


def _measures(result: Screening) -> list[tuple[str, str]]:
    """(key, title) of the scores of the cards that any endpoint has."""
    return [(k, title) for k, title in CARD_SCORES if any(k in row for row in result.scores)]


def _of_days(result: Screening) -> list[str]:
    """What the intervals of mean days are, of each endpoint of survival that is told."""
    names, made = {c.name for c in result.columns}, []
    for card in result.cards.values():
        endpoints, laws = (_mapping(card.get(key)) for key in ("endpoints", "days_laws"))
        own = [n for n, e in endpoints.items() if _mapping(e).get("kind") == "survival"]
        for name in (n for n in own if n in names):
            whose = "are how far the networks disagree, and not calibrated"
            if isinstance(law := laws.get(name), dict):
                whole = "cohorts" if law.get("new_cohorts") else "patients of known hospitals"
                whose = f"are calibrated on held-out {whole} ({law.get('groups')} groups)"
            made.append(f"Intervals of mean days of {name} {whose}: of the mean of such patients.")
    return made


def _mapping(value: object) -> dict:
    """What a card has, or nothing where it is no mapping: a card beside a table may be anyone's."""
    return value if isinstance(value, dict) else {}


def _stays(result: Screening) -> str:
    if result.about.get("space") != PATIENT:
        return ""
    left = [card.get("exported") for card in result.cards.values()]
    return PASSED_BUNDLE if left and all(left) else STAYS


def _drawings(result: Screening) -> list[Drawing]:
    maps = [v for v in best_views(result) if v[0] == "profile"][:MAPS]
    made = [
        tradeoff(result),
        *(heat_map(result, view, name=f"map{i + 1}") for i, view in enumerate(maps)),
        *mean_days(result),
        *survival_curves(result),
        coverage(result),
    ]
    return [d for d in made if d is not None]


def _view(row: "pd.Series") -> str:
    return f"{row['view']}: {row['name']}" if row["name"] else str(row["view"])


def _first(result: Screening) -> str:
    """The view that is shown at first: the cohort, else the only profile, else all."""
    kind, name = best_views(result)[0]
    if kind == "cohort":
        return f"{kind}: {name}"
    return ""


def _heads(result: Screening) -> list[tuple[str, str, bool]]:
    """(title, hint, is a number) of each column of the ranking."""
    made = [("rank", "0: on the front alone", True), ("combination", "", False), ("for", "", False)]
    for column in result.columns:
        made.append((column.name, column.unit, True))
        for _, over in _excesses(result, column.name):
            made.append((f"{column.name} excess", over, True))
    if "in_top" in result.table:
        made.append(("in top", "share of networks", True))
    return [*made, ("support", "of the benefit", False), ("abstains", "share", True)]


def _excesses(result: Screening, name: str) -> list[tuple[str, str]]:
    """(column, over what) of each excess that is told of ``name``."""
    known = {
        f"{name}_excess": "over independent drugs",
        f"{name}_additive_excess": "over drugs whose times add",
    }
    table = result.table
    return [(c, over) for c, over in known.items() if c in table and table[c].notna().any()]


def _row(result: Screening, row: "pd.Series") -> Row:
    benefit, abstains = result.benefit.name, _number(row.get(f"{result.benefit.name}_abstain"))
    cells = [Cell(text=str(row["rank"]), sort=str(row["rank"])), _text(row["drugs"])]
    cells.append(_text(row["name"] or "–"))
    for column in result.columns:
        cells.append(_value(row, column.name, f"{column.name}_low", f"{column.name}_high"))
        for excess, _ in _excesses(result, column.name):
            cells.append(_value(row, excess, f"{excess}_low", f"{excess}_high"))
    if "in_top" in result.table:
        cells.append(_value(row, "in_top"))
    support = row.get(f"{benefit}_support")
    cells.append(_text(support if isinstance(support, str) else "–"))
    share = "–" if abstains is None else f"{100 * abstains:.0f} %"
    cells.append(Cell(text=share, sort=str(-1 if abstains is None else abstains)))
    return Row(
        view=_view(row),
        cells=tuple(cells),
        abstains=bool(abstains and abstains > 0.5),
        front=bool(row["on_front"]),
    )


def _text(value: object) -> Cell:
    return Cell(text=str(value), sort=str(value).lower())


def _value(row: "pd.Series", name: str, low: str = "", high: str = "") -> Cell:
    value = _number(row.get(name))
    ends = [_number(row.get(n)) for n in (low, high) if n]
    if value is None:
        return Cell(text="–", sort="-1e300")
    between = f"{ends[0]:.3g} to {ends[1]:.3g}" if len(ends) == 2 and None not in ends else ""
    return Cell(text=f"{value:.3g}", sort=f"{value:.6g}", small=between)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if number == number else None


def _tiles(result: Screening) -> list[tuple[str, str, str]]:
    """(label, value, note): what was looked at, what was kept, what abstains."""
    table, counts = result.table, result.about.get("counts", {})
    told = table.get(f"{result.benefit.name}_abstain")
    abstained = 0 if told is None else int((told.astype(float) > 0).sum())
    tiles = []
    if counts:
        allowed = f"{int(counts['allowed_sets']):,} allowed"
        tiles.append(("combinations scored", f"{int(counts['sets']):,}", allowed))
        drugs = f"of {int(counts['drugs']):,} drugs"
        tiles.append(("profiles", f"{int(counts['profiles']):,}", drugs))
    tiles.append(("rows kept", f"{len(table):,}", "on this page or in its folder"))
    share = 100 * abstained / max(len(table), 1)
    note = f"{share:.0f} % of the rows: do not use them (in a mean: in some profile)"
    return [*tiles, ("abstentions", f"{abstained:,}", note)]


def _settings(about: dict) -> str:
    """The settings as they were asked, without where things lie on someone's machine."""
    config = about.get("config", {})
    kept = {
        k: Path(v).name if isinstance(v, str) and "/" in v else v
        for k, v in config.items()
        if k != "out"
    }
    return json.dumps(kept, indent=1, ensure_ascii=False) if kept else ""
