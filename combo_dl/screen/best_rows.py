"""The best combinations of a finished screen, as a table of combinations."""

from pathlib import Path

import pandas as pd

from combo_dl.core.errors import FormatError
from combo_dl.screen.views import PROFILE

RANKING = "ranking.parquet"


def best_rows(folder: Path, *, most: int) -> pd.DataFrame:
    """drug_a, drug_b, …, profile: of each profile the best combination, the highest score first, at
    most ``most``. Raises FormatError where the folder holds no ranking."""
    path = folder / RANKING
    if not path.is_file():
        raise FormatError(f"{folder} holds no {RANKING}; expected the out= of combo-dl screen")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} is no readable Parquet file; run the screen again") from error
    first = table[(table["view"] == PROFILE) & (table["rank"] == 1)]
    ranked = first.sort_values("score", ascending=False, kind="stable").head(most)
    drugs = [c for c in ranked.columns if c.startswith("drug_")]
    rows = ranked[drugs].replace("", None).assign(profile=ranked["name"].replace("", None))
    return rows.reset_index(drop=True)
