"""Tables in the terminal."""

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from combo_dl.core.endpoint import RISK_UNIT
from combo_dl.core.predictions import NULL_SUPPORT

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20
MOST_COLUMNS = 20
MOST_WORD, MIN_SUPPORT = 16, 14  # letters of a drug's name, and of its support, that stay together
WIDE = 120  # a line that holds an interval beside its number


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
    named = [" + ".join(str(row[d]) for d in drugs if row[d]) for _, row in ranked.iterrows()]
    profiles = ranked["profile"].astype(str).tolist()
    # A name of a drug is not to be cut where a line is narrow.
    word_width = min(MOST_WORD, max(len(word) for name in named for word in name.split()))
    table.add_column("combination", min_width=word_width, overflow="fold")
    if any(profiles):
        table.add_column("profile", overflow="fold")
    for name in rows[0]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("support", min_width=MIN_SUPPORT, overflow="fold")
    for (_, row), name, profile, numbers in zip(
        ranked.iterrows(), named, profiles, rows, strict=True
    ):
        own = [profile] if any(profiles) else []
        table.add_row(name, *own, *numbers.values(), _support(row))
    Console().print(table)


def _support(row: "pd.Series") -> str:
    """What training knew of the row, and of its null where that is less than every drug alone."""
    known = [str(row["support"]) + (", profile unseen" if _new_profile(row) else "")]
    null = row.get("null_support", "")
    if null in NULL_SUPPORT[2:]:
        known.append(f"null: {null}")
    return "; ".join([*known, *(["abstain"] if row["abstain"] else [])])


def _new_profile(row: "pd.Series") -> bool:
    return bool(row["profile"]) and not row["profile_seen"]


def _cells(row: "pd.Series") -> dict[str, str]:
    return {"mean": _with(f"{row['mean']:.1f}", f"{row['low']:.1f} to {row['high']:.1f}")}


def _survival_cells(row: "pd.Series") -> dict[str, str]:
    """Mean days, survival at a year, and the days gained over drugs that act independently, and
    over drugs whose times add, where each was seen alone; the latter where a line is wide."""
    year = row["survival_365"]
    cells = {
        "mean days": _with(f"{row['mean']:.0f}", f"{row['low']:.0f} to {row['high']:.0f}"),
        "at 1 year": f"{percent(year)} %" if year == year else "",
        "null": _days(row["null"]),
        "days gained": _gained(row, "excess"),
    }
    if "additive" not in row or Console().width < WIDE:
        return cells
    return cells | {
        "additive": _days(row["additive"]),
        "days over it": _gained(row, "additive_excess"),
    }


def _days(value: float) -> str:
    return f"{value:.0f}" if value == value else ""


def _gained(row: "pd.Series", name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if row[name] != row[name]:
        return ""
    return _with(f"{row[name]:+.0f}", f"{low:+.0f} to {high:+.0f}")


def _risk_cells(row: "pd.Series", word: str) -> dict[str, str]:
    """A risk in percent beside what drugs that do not interact would have. Where a drug is unseen
    there is no such null."""
    cells = {word: _with(percent(row["mean"]), _range(row["low"], row["high"]))}
    if "null" not in row:
        return cells
    excess = _with(percent(row["excess"]), _range(row["excess_low"], row["excess_high"]))
    return cells | {
        "null": percent(row["null"]),
        "excess": excess if row["null"] == row["null"] else "",
    }


def _with(number: str, interval: str) -> str:
    """A number and its interval, beside or below it."""
    between = " " if Console().width >= WIDE else "\n"
    return f"{number}{between}({interval})"


def _range(low: float, high: float) -> str:
    return f"{percent(low, digits=2)} to {percent(high, digits=2)}"


def percent(share: float, *, digits: int = 3) -> str:
    """A share in percent with so many significant digits: 0.12345 is 12.3, 0.00012345 is 0.0123,
    1 is 100; empty where it is not known."""
    if share != share:
        return ""
    if abs(share) < 1e-6:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(100 * share))), 0)
    return f"{100 * share:.{places}f}"


def show_screen(ranking: "pd.DataFrame", cover: "pd.DataFrame", *, maximise: str) -> None:
    """The top of the cohort (or of the only profile), the first of each group, and the cover."""
    last = ranking["view"].iloc[-1]
    top = ranking[(ranking["view"] == last) & (ranking["rank"] > 0)].head(MOST_ROWS)
    _print_screen(f"top of the {last}", top, maximise)
    groups = ranking[(ranking["view"] == "group") & (ranking["rank"] == 1)]
    if len(groups):
        _print_screen("best combination of each group", groups, maximise)
    if len(cover) > 1:
        print(
            f"{len(cover)} regimens cover the cohort, so that each profile has one among its top: "
            f"{'; '.join(cover['regimen'].head(5))}{'; …' if len(cover) > 5 else ''} (cover.csv)."
        )


def _print_screen(title: str, part: "pd.DataFrame", maximise: str) -> None:
    drugs = [c for c in part.columns if c.startswith("drug_")]
    start = part.columns.get_loc("on_front") + 1
    values = [c for c in part.columns[start:] if f"{c}_abstain" in part.columns]
    # What ranks is shown once where it is one of the columns.
    values = [c for c in values if not part[c].equals(part["score"].rename(c))]
    table = Table(title=title, title_justify="left")
    table.add_column("rank" if (part["view"] != "group").all() else "group")
    table.add_column("combination", min_width=24)
    for head in ("score", "sd", "in top", *values, "abstains"):
        table.add_column(head, justify="right")
    for _, row in part.iterrows():
        lead = str(row["name"] if row["view"] == "group" else row["rank"])
        numbers = [row["score"], row["members_sd"], row["in_top"], *(row[v] for v in values)]
        abstains = row.get(f"{maximise}_abstain", float("nan"))
        table.add_row(
            lead,
            " + ".join(str(row[d]) for d in drugs if row[d]),
            *("" if math.isnan(x) else f"{x:.3g}" for x in numbers),
            "" if math.isnan(abstains) else f"{100 * abstains:.0f} %",
        )
    Console().print(table)


def show_explanation(
    rows: "pd.DataFrame", attributions: "pd.DataFrame", evidence: "pd.DataFrame"
) -> None:
    """Of each prediction its largest attributions and the nearest evidence."""
    table = Table(title="largest attributions", title_justify="left")
    for head in ("combination", "networks", "most for it", "most against it", "nearest evidence"):
        table.add_column(head, overflow="fold")
    for row in rows.head(MOST_ROWS).itertuples():
        own = attributions[attributions["row"] == row.row]
        ranked = own.sort_values("attribution", ascending=False, kind="stable")
        near = evidence[evidence["row"] == row.row].head(2)
        table.add_row(
            f"{row.drugs}\n{row.profile}".strip(),
            f"{row.networks:.3g} (from {row.start:.3g})",
            _largest(ranked[ranked["attribution"] > 0]),
            _largest(ranked[ranked["attribution"] < 0].iloc[::-1]),
            "\n".join(f"{e.measured} ({e.likeness:.2f})" for e in near.itertuples()),
        )
    Console().print(table)


def _largest(part: "pd.DataFrame") -> str:
    return "\n".join(
        f"{row.of}: {row.name_} {row.attribution:+.2g}"
        for row in part.rename(columns={"name": "name_"}).head(3).itertuples()
    )
