"""Tables in the terminal."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20


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
    """The combinations ranked by their predicted mean, the highest first, endpoint by endpoint."""
    drugs = [c for c in frame.columns if c.startswith("drug_")]
    for endpoint, part in frame.groupby("endpoint", sort=False):
        best = part.sort_values("mean", ascending=False, kind="stable").head(MOST_ROWS)
        table = Table(title=f"{endpoint} ({best['unit'].iloc[0]})", title_justify="left")
        for name in ("combination", "profile", "mean", "interval", "support"):
            table.add_column(name, justify="right" if name in ("mean", "interval") else "left")
        for _, row in best.iterrows():
            named = " + ".join(str(row[d]) for d in drugs if row[d])
            interval = f"{row['low']:.1f} to {row['high']:.1f}"
            support = row["support"] if row["profile_seen"] else f"{row['support']}, profile unseen"
            support += "; abstain" if row["abstain"] else ""
            table.add_row(named, str(row["profile"]), f"{row['mean']:.1f}", interval, support)
        Console().print(table)
