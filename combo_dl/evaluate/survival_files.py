"""``survival.parquet``: what each model says of each test row, and how the patient was seen.

No row, profile or group of the study stands in it, and rows are in the order of their follow-up:
what it says of a patient is what it says of the follow-up, and nothing leads back to a table.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.core.files import write_bytes
from combo_dl.evaluate.survival_labels import SurvivalPredicted, Tested
from combo_dl.train.survivals import DAYS

_TEXT = ("endpoint", "model", "fold")


def prediction_frame(
    p: SurvivalPredicted, fold: str, test: Tested, known: np.ndarray
) -> pd.DataFrame:
    """One row a scored patient of ``known`` bool[n]: follow-up, ``mean_days`` to the last day
    scored, survival at DAYS up to it; ``score`` of a model that states no survival. ``patient``
    counts the patients of a fold by their follow-up, so that models can be compared."""
    assert test.found is not None
    seen, at = test.found.seen, test.found.at
    columns: dict[str, np.ndarray] = {
        "time_days": seen.time_days,
        "event": seen.event.astype(np.int8),
        "entry_days": seen.entry_days,
    }
    told = dict.fromkeys(("mean_days", *(f"survival_{d}" for d in DAYS), "score"))
    made = {name: np.full(len(seen), np.nan) for name in told}
    if p.curves is not None:
        curves = p.curves.take(at)
        made["mean_days"] = curves.restricted_mean_days(test.days)
        for day in (d for d in DAYS if d <= test.days):
            made[f"survival_{day}"] = curves.at(np.array([float(day)]))[:, 0]
    elif p.score is not None:
        made["score"] = np.asarray(p.score)[at]
    order = np.lexsort((seen.entry_days, seen.event, seen.time_days))
    head = {"endpoint": p.endpoint, "model": p.model, "fold": fold, "patient": np.arange(len(seen))}
    frame = pd.DataFrame(head | {k: v[order] for k, v in (columns | made).items()})
    numbers = dict.fromkeys(("time_days", "entry_days", *made), np.float32)
    kinds = numbers | dict.fromkeys(_TEXT, "string[pyarrow]") | {"patient": np.int32}
    return frame[known[order]].astype(kinds)


def write_survival(path: Path, frames: list[pd.DataFrame]) -> None:
    """The rows of all models as one Parquet file."""
    table = pa.Table.from_pandas(pd.concat(frames, ignore_index=True), preserve_index=False)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())
