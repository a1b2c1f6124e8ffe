"""FollowUp: how long patients were seen and how that ended; delayed entry and several risks."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """N patients.

    time_days: float64[N], above 0, from time zero to the event or to the last day seen.
    event: int64[N], 0 = censored, 1..R = the risk that ended it.
    entry_days: float64[N], 0 or more and before ``time_days``: the patient is at risk of being seen
    to have an event only after this day (left truncation); 0 = from time zero.
    """

    time_days: np.ndarray
    event: np.ndarray
    entry_days: np.ndarray

    def __len__(self) -> int:
        return len(self.time_days)

    @property
    def has_delayed_entry(self) -> bool:
        """Whether a patient came in after time zero."""
        return bool((self.entry_days > 0).any())

    def take(self, rows: np.ndarray) -> "FollowUp":
        """These patients: int[n] or bool[N]."""
        return FollowUp(
            time_days=self.time_days[rows],
            event=self.event[rows],
            entry_days=self.entry_days[rows],
        )

    @classmethod
    def of(
        cls, time_days: np.ndarray, event: np.ndarray, entry_days: np.ndarray | None = None
    ) -> "FollowUp":
        """From arrays [N] of any number type; without ``entry_days`` all are seen from time zero.

        Raises InputError, with the row and the value, on lengths that differ, no rows, a value that
        is not finite, a time of 0 or less, an event that is not a whole number of 0 or more, and an
        entry below 0 or not before the time.
        """
        time = np.asarray(time_days, np.float64)
        entry = np.zeros_like(time) if entry_days is None else np.asarray(entry_days, np.float64)
        events = np.asarray(event, np.float64)
        if not time.shape == events.shape == entry.shape or time.ndim != 1 or not len(time):
            raise InputError(
                f"times {time.shape}, events {events.shape} and entries {entry.shape}; expected "
                "one of each a patient, and at least one patient"
            )
        _refuse("time_days", time, ~(np.isfinite(time) & (time > 0)), "a number of days above 0")
        whole = np.isfinite(events) & (events >= 0) & (events == np.round(events))
        _refuse("event", events, ~whole, "0 (censored) or the number of a risk, 1 or more")
        _refuse("entry_days", entry, ~(np.isfinite(entry) & (entry >= 0)), "0 or more days")
        _refuse("entry_days", entry, entry >= time, "a day before the patient's time_days")
        return cls(time_days=time, event=events.astype(np.int64), entry_days=entry)

    @classmethod
    def of_label(cls, label: np.ndarray) -> "FollowUp":
        """From a label float[N, 2] (time_days, event) or float[N, 3] (and entry_days).

        Raises InputError as ``of``, and on another number of columns.
        """
        if label.ndim != 2 or label.shape[1] not in (2, 3):
            raise InputError(
                f"a survival label has shape {label.shape}; expected [N, 2] (time_days, event) or "
                "[N, 3] (and entry_days)"
            )
        return cls.of(label[:, 0], label[:, 1], label[:, 2] if label.shape[1] == 3 else None)


def _refuse(name: str, values: np.ndarray, wrong: np.ndarray, expected: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"row {row} has {name} {values[row]:g}; expected {expected} ({wrong.sum()} such rows)"
        )
