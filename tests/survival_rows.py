"""Patients drawn from a known law, for tests of survival."""

import numpy as np

from combo_dl.core.follow_up import FollowUp


def patients(n, *, late=False, whole=False, scale=300.0, seed=0) -> FollowUp:
    """Exponential times of mean ``scale`` days (one, or one each), censored from day 50 to 900.

    late: half of them came in at a day up to 300, unless they had their event before.
    whole: days are multiples of 30.
    """
    rng = np.random.default_rng(seed)
    event, last = rng.exponential(scale, n), rng.uniform(50, 900, n)
    entry = rng.uniform(0, 300, n) * (rng.random(n) < 0.5) * late
    if whole:
        event, last, entry = (np.ceil(t / 30) * 30 for t in (event, last, entry))
    time = np.minimum(event, last)
    kept = time > entry
    return FollowUp.of(time[kept], (event <= last)[kept], entry[kept])
