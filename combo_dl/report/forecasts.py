"""Reads ``predictions.parquet``: one row a test row and model; replicates count once."""

from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.errors import FormatError
from combo_dl.core.names import hint
from combo_dl.report.reader import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TEXT = ("endpoint", "model", "fold", "profile", "shift")
_NUMBER = ("group", "truth", "mean")
COLUMNS = (*_TEXT, *_NUMBER, "abstain")


def read_forecasts(folder: Path) -> "pd.DataFrame | None":
    """COLUMNS of the predictions in ``folder``; None where the file is absent.

    A row is a combination in a profile: replicates of a ``group`` within a fold are averaged, rows
    without truth or mean left out. Raises FormatError on a broken or empty file and on a column
    that lacks.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / PREDICTIONS
    if not path.is_file():
        return None
    try:
        stored = pq.read_metadata(path)
        if not stored.num_rows:
            raise FormatError(f"{path} has no rows; run combo-dl evaluate again")
        schema = stored.schema.to_arrow_schema()
        _require(path, schema.names)
        _require_text(path, {name: schema.field(name).type for name in _TEXT})
        frame = pq.read_table(path, columns=list(COLUMNS)).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise FormatError(
            f"{path} is no readable Parquet file ({_line(error)}); run combo-dl evaluate again"
        ) from error
    _check(path, frame)
    return _collapsed(frame)


def _require(path: Path, names: list[str]) -> None:
    lacking = [c for c in COLUMNS if c not in names]
    if lacking:
        raise FormatError(
            f"{path} lacks {', '.join(map(repr, lacking))}; {hint(lacking[0], names)}; "
            "run combo-dl evaluate again"
        )


def _require_text(path: Path, kinds: "dict[str, pa.DataType]") -> None:
    from pyarrow import types

    for name, kind in kinds.items():
        inner = kind.value_type if types.is_dictionary(kind) else kind
        if not (types.is_string(inner) or types.is_large_string(inner)):
            raise FormatError(f"{path}: {name!r} holds {kind}; text was expected")


def _check(path: Path, frame: "pd.DataFrame") -> None:
    for name in _NUMBER:
        if frame[name].dtype.kind not in "iuf":
            raise FormatError(f"{path}: {name!r} holds {frame[name].dtype}; numbers were expected")


def _collapsed(frame: "pd.DataFrame") -> "pd.DataFrame":
    import numpy as np

    known = np.isfinite(frame["truth"]) & np.isfinite(frame["mean"])
    keys = ["endpoint", "model", "fold", "group"]
    found = frame[known].groupby(keys, sort=False, observed=True)
    return found.agg(
        profile=("profile", "first"),
        shift=("shift", "first"),
        truth=("truth", "mean"),
        mean=("mean", "mean"),
        abstain=("abstain", "max"),
    ).reset_index()


def _line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
