"""Tables of the page as plain cells; the template draws them and escapes every text."""

from collections.abc import Sequence
from dataclasses import dataclass

from combo_dl.report.measures import (
    CALIBRATION_PART,
    ERROR_PART,
    HITS_PART,
    INTERVAL_PART,
    MEASURES,
    NOTHING,
    RISK_PART,
    SURVIVAL_PART,
    Measure,
    best_of,
    correlation,
    counted,
    decimals,
    is_small,
    percent,
    written,
)
from combo_dl.report.result import Result, Scores

CEILING = "ceiling"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell: its text, a smaller one after it, whether it is the best of its column."""

    text: str
    small: str = ""
    best: bool = False


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column: its name, what the name means, and which way is better."""

    text: str
    title: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row: who (a model or the ceiling), in which role, and cells."""

    name: str
    role: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption and a note under it."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    note: str = ""


def mean_tables(result: Result, endpoint: str) -> list[Table]:
    """The means over folds, in up to six tables; without one whose scores were not computed."""
    parts = (
        ("Error and agreement", ERROR_PART, "small: standard deviation of folds"),
        ("Finding hits", HITS_PART, _hit_note(result, endpoint)),
        ("Risk", RISK_PART, "slope and intercept: logit of the chance against that of the risk"),
        ("Survival", SURVIVAL_PART, "small: standard deviation of folds"),
        ("Calibration of survival", CALIBRATION_PART, "predicted less observed (Kaplan-Meier)"),
        ("Intervals", INTERVAL_PART, "bold: nearest to what is stated; CRPS: lowest"),
    )
    made = [
        _means(result, endpoint, keys, caption=caption, note=note) for caption, keys, note in parts
    ]
    return [table for table in made if table is not None]


def _hit_note(result: Result, endpoint: str) -> str:
    threshold = result.protocol.thresholds.get(endpoint)
    unit = result.protocol.units.get(endpoint, "")
    return "" if threshold is None else f"a hit: measured above {written(threshold)} {unit}".strip()


def _means(
    result: Result, endpoint: str, part: Sequence[str], *, caption: str, note: str
) -> Table | None:
    ranked = result.ranked(endpoint)
    keys = [k for k in part if any(s.get(k) is not None for s in ranked)]
    if not keys:
        return None
    if set(keys) & {*INTERVAL_PART, *CALIBRATION_PART}:
        # A closed form states no interval, a score no survival: a row of dashes would say nothing.
        ranked = [s for s in ranked if any(s.get(k) is not None for k in keys)]
    columns = [_column(MEASURES[k], ranked) for k in keys]
    rows = [
        Row(name=s.model, role=result.role(s.model), cells=cells)
        for s, cells in zip(ranked, zip(*columns, strict=True), strict=True)
    ]
    top = result.ceiling_of(endpoint)
    if top is not None and "pearson" in keys:
        rows.insert(0, _ceiling_row(keys, top))
    return Table(
        caption=caption,
        heads=tuple(_head(MEASURES[k]) for k in keys),
        rows=tuple(rows),
        note=note,
    )


def _ceiling_row(keys: Sequence[str], top: float) -> Row:
    cells = [Cell(text=correlation(top) if k == "pearson" else NOTHING) for k in keys]
    return Row(name="replicate ceiling (estimate)", role=CEILING, cells=tuple(cells))


def _head(measure: Measure) -> Head:
    hint = {1: "↑ is better", -1: "↓ is better"}.get(measure.better, "")
    if measure.nominal is not None:
        hint = f"{measure.nominal:.0%} is best"
    return Head(text=measure.head, title=measure.title, hint=hint)


def _column(measure: Measure, ranked: list[Scores]) -> list[Cell]:
    values = [s.get(measure.key) for s in ranked]
    best = best_of(measure, values)
    places = decimals(values)
    is_share = measure.nominal is not None
    spreads = [s.get(f"{measure.key}_sd") for s in ranked]
    return [
        Cell(
            text=percent(value) if is_share else written(value, places=places),
            small=f"± {written(spread, places=places)}" if spread and not is_share else "",
            best=place in best,
        )
        for place, (value, spread) in enumerate(zip(values, spreads, strict=True))
    ]


def shift_table(result: Result, endpoint: str) -> Table | None:
    """Correlation and error of each model in each shift group; none of a group that is small."""
    shifts = result.shifts(endpoint)
    if not shifts:
        return None
    models = [s.model for s in result.ranked(endpoint)]
    if all(g.get("pearson") is None for g in result.groups if g.endpoint == endpoint):
        # A risk has no correlation, and a table of dashes would say nothing.
        return None
    columns = []
    for shift in shifts:
        groups = [result.group(endpoint, model, shift) for model in models]
        best = best_of(MEASURES["pearson"], [_score(g, "pearson") for g in groups], places=2)
        errors = [_error(g) for g in groups]
        cells = [
            Cell(text=_r(group), small=_small(error, decimals(errors)), best=i in best)
            for i, (group, error) in enumerate(zip(groups, errors, strict=True))
        ]
        columns.append(cells)
    rows = [
        Row(name=model, role=result.role(model), cells=cells)
        for model, cells in zip(models, zip(*columns, strict=True), strict=True)
    ]
    heads = [Head(text=s, title=s, hint=_rows_of(result, endpoint, s)) for s in shifts]
    return Table(
        caption="By how new the question is",
        heads=tuple(heads),
        rows=tuple(rows),
        note="Pearson correlation; small: root mean squared error. Folds pooled, weighted by rows.",
    )


def _rows_of(result: Result, endpoint: str, shift: str) -> str:
    own = result.group(endpoint, result.protocol.headline, shift)
    found = [s.rows for s in result.groups if (s.endpoint, s.shift) == (endpoint, shift)]
    return f"{counted(own.rows if own else max(found))} rows"


def _score(group: Scores | None, key: str) -> float | None:
    return None if group is None or is_small(group.rows) else group.get(key)


def _error(group: Scores | None) -> float | None:
    """Root mean squared error of a group, from the mean square where it was not written."""
    square, root = _score(group, "mse"), _score(group, "rmse")
    return square**0.5 if root is None and square is not None else root


def _r(group: Scores | None) -> str:
    r = _score(group, "pearson")
    return NOTHING if r is None else correlation(r)


def _small(error: float | None, places: int) -> str:
    return "" if error is None else written(error, places=places)
