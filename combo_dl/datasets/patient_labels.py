"""Labels of patients: response, and survival as a time with an event."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.label_names import is_follow_up
from combo_dl.datasets.pair_screen import Flow

DAYS_A_MONTH = 30.4375  # 365.25 / 12
# A patient who dies on the first day was at risk during that day: at time 0 exactly, a discrete
# hazard would count nobody at risk, and the death would be lost.
FIRST_DAY = 0.5
# Best responses (RECIST 1.1: Eisenhauer EA et al. Eur J Cancer 2009;45:228) and whether they are
# objective ones. MR, a mixed response, is none; who could not be evaluated (NE) has no label.
RESPONSES: Mapping[str, float] = {
    "CR": 1.0,
    "PR": 1.0,
    "SD": 0.0,
    "MR": 0.0,
    "PD": 0.0,
    "NE": np.nan,
    "": np.nan,
}


def survival_label(time_days: pd.Series, event: pd.Series, *, what: str) -> np.ndarray:
    """float32[N, 2] (time_days, event): days from the first dose, and 1 for the event, 0 for end of
    follow-up. NaN in both where either is missing: a flag without a time says nothing of when.

    A time of 0 becomes half a day. ``what`` names the label in errors.
    Raises InputError naming the row of a negative or endless time, or of another event.
    """
    time, died = (s.to_numpy(np.float64, na_value=np.nan) for s in (time_days, event))
    _refuse(time, (time < 0) | np.isinf(time), f"{what} time_days", "0 days or more")
    _refuse(died, ~np.isin(died, (0, 1)) & ~np.isnan(died), f"{what} event", "0 or 1")
    pair = np.stack([np.where(time == 0, FIRST_DAY, time), died], axis=1)
    pair[np.isnan(pair).any(axis=1)] = np.nan
    return pair.astype(np.float32)


def delayed_label(
    time_days: pd.Series, event: pd.Series, entry_days: pd.Series, *, what: str
) -> np.ndarray:
    """float32[N, 3] (time_days, event, entry_days): as ``survival_label``, of patients who can be
    seen to have an event only after ``entry_days`` (left truncation).

    Raises InputError naming the row of an entry that is missing, below 0 or not before the time.
    """
    label = survival_label(time_days, event, what=what)
    entry = entry_days.to_numpy(np.float64, na_value=np.nan)
    bad = ~np.isnan(label[:, 0]) & ~((entry >= 0) & (entry < label[:, 0]))
    _refuse(entry, bad, f"{what} entry_days", "0 or more and before the last day")
    entry[np.isnan(label[:, 0])] = np.nan
    return np.concatenate([label, entry.astype(np.float32)[:, None]], axis=1)


def response_label(values: pd.Series) -> np.ndarray:
    """float32[N, 1] of a column of 0, 1 and empty cells. Raises InputError naming a bad row."""
    label = values.to_numpy(np.float64, na_value=np.nan)
    _refuse(label, ~np.isin(label, (0, 1)) & ~np.isnan(label), "response", "0 or 1")
    return label.astype(np.float32)[:, None]


def recist_response(best: pd.Series) -> np.ndarray:
    """float32[N, 1]: 1 = complete or partial response. Raises InputError naming a bad row."""
    for row, text in enumerate(best):
        if text not in RESPONSES:
            known = ", ".join(r for r in RESPONSES if r)
            raise InputError(
                f"row {row} has the best response {str(text)[:40]!r}; expected one of {known}"
            )
    return best.map(RESPONSES).to_numpy(np.float32)[:, None]


def label_flow(labels: Mapping[str, np.ndarray]) -> Flow:
    """How many patients have each label, and of a survival how many have the event."""
    steps: list[tuple[str, int]] = []
    for name, label in labels.items():
        steps.append((f"patients with {name}", int((~np.isnan(label[:, 0])).sum())))
        if is_follow_up(label):
            steps.append((f"patients with an event of {name}", int(np.nansum(label[:, 1]))))
    return tuple(steps)


def _refuse(values: np.ndarray, bad: np.ndarray, what: str, wanted: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has {what} = {values[row]:g}; expected {wanted} "
            f"({int(bad.sum())} such rows)"
        )
