"""Tables in the terminal."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from combo_dl.core.endpoint import RISK_UNIT

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20
MOST_COLUMNS = 20
NUMBERS = ("mean", "risk", "interval", "null", "excess", "excess interval")
SURVIVAL = ("mean days", "at 1 year", "days gained")
RIGHT = (*NUMBERS, *SURVIVAL)


def show_scores(rows: list[dict], *, title: str = "scores on held-out rows") -> None:
    """One line a row of scores, numbers with three decimals; a table a kind of scores."""
    kinds: dict[tuple[str, ...], list[dict]] = {}
    for row in rows:
        kinds.setdefault(tuple(row), []).append(row)
    for keys, part in kinds.items():
        table = Table(title=title, title_justify="left")
        for key in keys:
            table.add_column(key, justify="right" if isinstance(part[0][key], float) else "left")
        for row in part:
            table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
        Console().print(table)


def show_predictions(frame: "pd.DataFrame") -> None:
    """The combinations ranked by their predicted mean, endpoint by endpoint: the highest first, of
    harm the lowest. Of an endpoint of many columns those that were chosen, or else the columns
    with the largest excess, or risk. Then what there is to say of what was left out."""
    told = frame.attrs.get("endpoints", {})
    chosen = frame.attrs.get("effects")
    notes = list(frame.attrs.get("notes", []))
    shown = {str(column): "neutral" for column in frame["endpoint"].unique()}
    if told:
        shown = {}
        for name, about in told.items():
            columns, note = _columns_to_show(frame, name, about["columns"], chosen)
            shown |= dict.fromkeys(columns, about["direction"])
            notes += [note] if note else []
    for column, direction in shown.items():
        part = frame[frame["endpoint"] == column]
        if len(part):
            harm = direction == "harm"
            ranked = part.sort_values("mean", ascending=harm, kind="stable").head(MOST_ROWS)
            _print(column, ranked, "probability" if direction == "good" else "risk")
    for note in notes:
        print(note)


def _columns_to_show(
    frame: "pd.DataFrame", endpoint: str, columns: list[str], chosen: list[str] | None
) -> tuple[list[str], str]:
    """The columns to show of an endpoint, and a sentence where they are not all."""
    if chosen is not None and len(columns) > 1:
        return [c for c in columns if c in chosen], ""
    if len(columns) <= MOST_COLUMNS:
        return columns, ""
    own = frame[frame["endpoint"].isin(columns)]
    by = "excess" if "excess" in own and own["excess"].notna().any() else "mean"
    largest = (
        own.groupby("endpoint", sort=False)[by].max().sort_values(ascending=False, kind="stable")
    )
    what = "excess" if by == "excess" else "prediction"
    return [str(c) for c in largest.index[:MOST_COLUMNS]], (
        f"{endpoint}: {MOST_COLUMNS} of {len(columns)} effects are shown, those of the largest "
        f"{what}; the file has all, effects=[NAME,...] chooses."
    )


def _print(endpoint: str, ranked: "pd.DataFrame", word: str) -> None:
    """``word``: what a probability is called; nobody runs the risk of a response."""
    risk = ranked["unit"].iloc[0] == RISK_UNIT
    drugs = [c for c in ranked.columns if c.startswith("drug_")]
    survival = not risk and "horizon_days" in ranked and ranked["horizon_days"].notna().all()
    unit = f"{word} in %" if risk else ranked["unit"].iloc[0]
    unit = f"mean days of {ranked['horizon_days'].iloc[0]:g}" if survival else unit
    table = Table(title=f"{endpoint} ({unit})", title_justify="left")
    cells = _survival_cells if survival else _cells
    rows = [_risk_cells(row, word) if risk else cells(row) for _, row in ranked.iterrows()]
    for name in ("combination", "profile", *rows[0], "support"):
        table.add_column(name, justify="right" if name in RIGHT else "left")
    for (_, row), numbers in zip(ranked.iterrows(), rows, strict=True):
        named = " + ".join(str(row[d]) for d in drugs if row[d])
        new = row["profile"] and not row["profile_seen"]
        support = f"{row['support']}, profile unseen" if new else row["support"]
        support += "; abstain" if row["abstain"] else ""
        table.add_row(named, str(row["profile"]), *numbers.values(), support)
    Console().print(table)


def _cells(row: "pd.Series") -> dict[str, str]:
    return {"mean": f"{row['mean']:.1f}", "interval": f"{row['low']:.1f} to {row['high']:.1f}"}


def _survival_cells(row: "pd.Series") -> dict[str, str]:
    """Mean days, survival at a year, and the days gained over drugs that act independently, where
    each was seen alone."""
    known = row["null"] == row["null"]
    year = row["survival_365"]
    gained = f"{row['excess']:+.0f} ({row['excess_low']:+.0f} to {row['excess_high']:+.0f})"
    return {
        "mean days": f"{row['mean']:.0f}",
        "interval": f"{row['low']:.0f} to {row['high']:.0f}",
        "at 1 year": f"{percent(year)} %" if year == year else "",
        "null": f"{row['null']:.0f}" if known else "",
        "days gained": gained if known else "",
        "null rests on": str(row["null_support"]),
    }


def _risk_cells(row: "pd.Series", word: str) -> dict[str, str]:
    """A risk in percent beside what drugs that do not interact would have. Where a drug is unseen
    there is no such null."""
    cells = {word: percent(row["mean"]), "interval": _range(row["low"], row["high"])}
    if "null" not in row:
        return cells
    known = row["null"] == row["null"]
    excess = _range(row["excess_low"], row["excess_high"])
    return cells | {
        "null": percent(row["null"]) if known else "",
        "excess": percent(row["excess"]) if known else "",
        "excess interval": excess if known else "",
        "null rests on": str(row["null_support"]),
    }


def _range(low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}"


def percent(share: float) -> str:
    """A share in percent with three significant digits: 0.12345 is 12.3, 0.00012345 is 0.0123."""
    return f"{100 * share:#.3g}".rstrip(".") if abs(share) >= 1e-6 else "0"
