"""Predictions as a tidy table: one line a combination and endpoint column."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.frames import LETTERS
from combo_dl.core.predictions import Null, Predictions


def tidy(
    found: Sequence[Predictions], endpoints: dict[str, Endpoint], names: dict[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Columns: row, drug_a …, profile, endpoint, unit, mean, low, high, level, support,
    profile_seen, abstain; and where an endpoint has a null: null, null_low, null_high, excess,
    excess_low, excess_high, null_support; and of survival: additive, additive_low, additive_high,
    additive_excess, additive_excess_low, additive_excess_high, the same over drugs whose times add;
    horizon_days, to which mean days are counted, and survival_182, survival_365, survival_730, the
    share without an event at those days.

    found: predictions of other endpoints, or rows, each.  names: {endpoint: names of its columns}.
    Rows are in their order; drugs in the order asked, under the names of the catalogue.
    """
    width = max(len(names) for part in found for names in part.drug_names)
    frames = [f for part in found for f in _frames(part, endpoints, names, width)]
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values(["row"], kind="stable", ignore_index=True)


def _frames(
    found: Predictions,
    endpoints: dict[str, Endpoint],
    names: dict[str, tuple[str, ...]],
    width: int,
) -> list[pd.DataFrame]:
    drugs = _drug_columns(found, width)
    parts = []
    for name, outcome in found.outcomes.items():
        for w, column in enumerate(names[name]):
            frame = pd.DataFrame({"row": found.row} | drugs | {"profile": found.profile_names})
            frame["endpoint"], frame["unit"] = column, endpoints[name].unit
            for key in ("mean", "low", "high"):
                frame[key] = getattr(outcome, key)[:, w]
            frame["level"], frame["support"] = found.level, found.support
            frame["profile_seen"] = found.profile_seen
            frame["abstain"] = False if outcome.abstain is None else outcome.abstain[:, w]
            if outcome.null is not None:
                frame = frame.assign(
                    **_null_columns(outcome.null, w), null_support=outcome.null.support
                )
            if outcome.additive is not None:
                frame = frame.assign(**_null_columns(outcome.additive, w, "additive", "additive_"))
            if outcome.curve is not None and found.times_days is not None:
                named = dict(zip(survival_columns(found.times_days), outcome.curve.T, strict=True))
                frame = frame.assign(horizon_days=endpoints[name].horizon_days, **named)
            parts.append(frame)
    return parts


def survival_columns(days: Iterable[int]) -> list[str]:
    """Names of the columns of survival at these days."""
    return [f"survival_{day}" for day in days]


def _null_columns(
    null: Null, column: int, name: str = "null", before: str = ""
) -> dict[str, np.ndarray]:
    """Of a null called ``name``, over which the excess is that called ``before`` excess."""
    parts = {name: null.mean, f"{name}_low": null.low, f"{name}_high": null.high}
    parts |= {
        f"{before}excess": null.excess,
        f"{before}excess_low": null.excess_low,
        f"{before}excess_high": null.excess_high,
    }
    return {key: part[:, column] for key, part in parts.items()}


def _drug_columns(found: Predictions, width: int) -> dict[str, list[str]]:
    return {
        f"drug_{LETTERS[k]}": [names[k] if k < len(names) else "" for names in found.drug_names]
        for k in range(width)
    }
