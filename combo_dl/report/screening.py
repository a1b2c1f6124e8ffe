"""Reads the folder of a screen or of predictions: a table of ranked combinations, its origin."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.errors import FormatError
from combo_dl.core.files import read_json

if TYPE_CHECKING:
    import pandas as pd

SCREEN, PREDICT, EXPLAIN, CARD = "screen.json", "predict.json", "explain/explain.json", "card.json"
_ALWAYS = ("view", "name", "rank", "on_front")
GOOD, HARM = "good", "harm"


@dataclass(frozen=True, kw_only=True)
class Column:
    """What is predicted: its unit, whether much of it is good, harm or neutral, and by which of
    several bundles."""

    name: str
    unit: str
    direction: str
    bundle: str = ""


@dataclass(frozen=True, kw_only=True)
class Screening:
    """table: a row a combination and view: view, name, rank, drugs, on_front, in_top, and of each
    column <name>, <name>_low, <name>_high, <name>_support, <name>_abstain, <name>_excess where it
    is told; <endpoint>_survival_<day> of predictions.  columns: the benefit first.  about: the
    record of the folder.  cards: {name: card} of the bundles, '' of the only one.  explained: rows
    of ``explain``, None where there are none.
    kept: folder of all scores, None where they were not kept."""

    kind: str
    title: str
    table: "pd.DataFrame"
    columns: tuple[Column, ...]
    about: dict
    cards: dict[str, dict]
    explained: dict | None = None
    kept: Path | None = None
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def scores(self) -> list[dict]:
        """Scores on held-out rows, as the cards have them."""
        return [score for card in self.cards.values() for score in card.get("scores", [])]

    @property
    def benefit(self) -> Column:
        """What is to be high; the first column where nothing is good."""
        return next((c for c in self.columns if c.direction == GOOD), self.columns[0])

    @property
    def harm(self) -> Column | None:
        """What is traded against it: the first harm."""
        return next((c for c in self.columns if c.direction == HARM), None)


def is_screening(folder: Path) -> bool:
    """Whether the folder is one of ``screen`` or ``predict``."""
    return (folder / SCREEN).is_file() or (folder / PREDICT).is_file()


def read_screening(folder: Path) -> Screening:
    """The result in ``folder``. Raises FormatError naming what is missing or does not fit."""
    kind = "screen" if (folder / SCREEN).is_file() else "predictions"
    about = read_json(folder / (SCREEN if kind == "screen" else PREDICT))
    cards, columns = _cards(folder), _columns(about, folder)
    raw = _frame(folder / ("ranking.parquet" if kind == "screen" else "predictions.parquet"))
    table = _of_screen(raw, folder) if kind == "screen" else _of_predictions(raw, columns, folder)
    lacking = [c.name for c in columns if c.name not in table]
    columns = tuple(c for c in columns if c.name not in lacking)
    if not columns:
        raise FormatError(
            f"{folder} tells of {', '.join(lacking)} and its table has no such column"
        )
    explained = read_json(folder / EXPLAIN) if (folder / EXPLAIN).is_file() else None
    renamed = _pseudonyms(table) if about.get("space") == "patient" else {}
    if renamed:
        table = table.assign(name=[renamed.get(n, n) for n in table["name"]])
    kept = folder / "scores"
    return Screening(
        kind=kind,
        title="Screen of combinations" if kind == "screen" else "Predictions of combinations",
        table=table,
        columns=columns,
        about=about,
        cards=cards,
        explained=explained,
        kept=kept if kept.is_dir() else None,
        renamed=renamed,
    )


def _cards(folder: Path) -> dict[str, dict]:
    card = read_json(folder / CARD)
    found = card.get("bundles", {"": card}) if isinstance(card, dict) else None
    if not isinstance(found, dict) or not all(isinstance(c, dict) for c in found.values()):
        raise FormatError(f"{folder / CARD} is no card of a bundle; run the command again")
    return found


def _columns(about: dict, folder: Path) -> tuple[Column, ...]:
    told = about.get("columns")
    if not isinstance(told, dict) or not all(isinstance(c, dict) for c in told.values()):
        raise FormatError(f"{folder} does not say what its columns are; run the command again")
    made = [
        (Column(name=n, **{k: str(c.get(k, "")) for k in ("unit", "direction", "bundle")}), c)
        for n, c in told.items()
    ]
    # Files sort their keys: what was maximised is first, then what it is traded against.
    order = {"benefit": 0, "harm": 1}
    return tuple(c for c, raw in sorted(made, key=lambda m: order.get(m[1].get("role"), 2)))


def _frame(path: Path) -> "pd.DataFrame":
    import pandas as pd

    if not path.is_file():
        raise FormatError(f"{path} is missing; run the command again")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} is no readable Parquet file; run the command again") from error


def _with_drugs(table: "pd.DataFrame", folder: Path) -> "pd.DataFrame":
    drugs = [c for c in table.columns if c.startswith("drug_")]
    if not drugs or table.empty:
        raise FormatError(f"{folder} holds no combinations; run the command again")
    names = [" + ".join(str(d) for d in row if d) for row in table[drugs].fillna("").to_numpy()]
    return table.assign(drugs=names)


def _of_screen(table: "pd.DataFrame", folder: Path) -> "pd.DataFrame":
    missing = [c for c in _ALWAYS if c not in table]
    if missing:
        raise FormatError(f"the ranking of {folder} lacks {', '.join(missing)}; run it again")
    return _with_drugs(table, folder)


def _of_predictions(
    raw: "pd.DataFrame", columns: tuple[Column, ...], folder: Path
) -> "pd.DataFrame":
    """A row a combination, ranked in each profile by the benefit (of harm alone, the least)."""
    import pandas as pd

    raw = _with_drugs(raw, folder)
    drugs = [c for c in raw.columns if c.startswith("drug_")]
    key = ["row", *drugs, "drugs", "profile"]
    made = raw.drop_duplicates("row")[["row", *drugs, "drugs"]].set_index("row")
    # Where the endpoints of a row have different profiles, the one that is told is meant.
    made["name"] = raw.groupby("row")["profile"].max()
    survival = [c for c in raw.columns if c.startswith("survival_")]
    told = [c for c in raw.columns if c not in (*key, "endpoint", "unit", "level", *survival)]
    parts: dict[str, pd.Series] = {}
    for column in columns:
        own = raw[raw["endpoint"] == column.name].set_index("row")
        parts |= {column.name if n == "mean" else f"{column.name}_{n}": own[n] for n in told}
        parts |= {f"{column.name}_{n}": own[n] for n in survival if own[n].notna().any()}
    made = pd.concat([made, pd.DataFrame(parts)], axis=1)
    benefit = next((c for c in columns if c.direction == GOOD), columns[0])
    least = benefit.direction == HARM
    rank = made.groupby("name")[benefit.name].rank(method="first", ascending=least)
    harm = next((c for c in columns if c.direction == HARM), None)
    front = _on_front(made, benefit, harm)
    return made.assign(
        view="profile", rank=rank.fillna(0).astype(int), on_front=front
    ).reset_index()


def _on_front(table: "pd.DataFrame", benefit: Column, harm: Column | None) -> "pd.Series":
    """Whether no other row of the same profile has as much benefit with less harm, or more benefit
    with as little; a row that abstains of either is not on the front, and holds no other off."""
    import numpy as np
    import pandas as pd

    made = pd.Series(False, index=table.index)
    if harm is None or harm.name == benefit.name:
        return made
    told = table[[benefit.name, harm.name]].notna().all(axis=1)
    for column in (benefit, harm):
        told &= table[f"{column.name}_abstain"] == False  # noqa: E712
    for _, part in table[told].groupby("name"):
        good, bad = (part[c.name].to_numpy(float) for c in (benefit, harm))
        as_good, as_safe = good >= good[:, None], bad <= bad[:, None]
        better = as_good & as_safe & ((good > good[:, None]) | (bad < bad[:, None]))
        made[part.index] = ~np.any(better, axis=1)
    return made


def _pseudonyms(table: "pd.DataFrame") -> dict[str, str]:
    """Names of patients become numbers, in the order of the table."""
    names = dict.fromkeys(table[table["view"] == "profile"]["name"])
    return {name: f"patient {i + 1}" for i, name in enumerate(names) if name}
