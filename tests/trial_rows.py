"""Small studies of randomised trials, their patients drawn from exponential laws."""

import numpy as np
import pandas as pd

from combo_dl.datasets.pair_screen import FoundFiles, Screen
from combo_dl.datasets.trial_arms import Arm, trial_study

# Mean days of survival under the drugs of an arm: the drug with the largest one decides.
MEAN_DAYS = {
    "nivolumab": 500.0,
    "pembrolizumab": 520.0,
    "docetaxel": 300.0,
    "dacarbazine": 280.0,
    "sorafenib": 320.0,
    "no active drug": 200.0,
}
# (trial, control, experimental, cancer)
TRIALS = [
    ("ONE-1", "docetaxel", "nivolumab", "lung"),
    ("ONE-2", "docetaxel", "pembrolizumab", "lung"),
    ("ONE-3", "docetaxel", "docetaxel+pembrolizumab", "lung"),
    ("TWO-1", "dacarbazine", "nivolumab", "melanoma"),
    ("TWO-2", "dacarbazine", "pembrolizumab", "melanoma"),
    ("TWO-3", "dacarbazine", "dacarbazine+nivolumab", "melanoma"),
    ("TWO-4", "no active drug", "pembrolizumab", "melanoma"),
    ("SIX-1", "no active drug", "sorafenib", "liver"),
    ("SIX-2", "sorafenib", "nivolumab", "liver"),
    ("SIX-3", "sorafenib", "nivolumab+sorafenib", "liver"),
    ("SIX-4", "no active drug", "nivolumab", "liver"),
    ("SIX-5", "no active drug", "docetaxel", "liver"),
]


def study(name="trials_a", trials=TRIALS, *, patients=120, seed=0, endpoint="os", followed=700.0):
    """A Study of these trials; every arm has as many patients, followed for so many days."""
    rng = np.random.default_rng(seed)
    arms, parts = [], []
    for trial, control, experimental, cancer in trials:
        for rank, text in enumerate((control, experimental)):
            drugs = tuple(sorted(text.split("+")))
            mean = max(MEAN_DAYS[d] for d in drugs)
            time = rng.exponential(mean, patients)
            # Somebody is followed to the last day, so that every arm reaches the horizon.
            time[0] = followed + 1
            parts.append(
                pd.DataFrame(
                    {
                        "arm": len(arms),
                        "endpoint": endpoint,
                        "time_days": np.minimum(time, followed),
                        "event": (time <= followed).astype(float),
                    }
                )
            )
            arms.append(
                Arm(
                    trial=trial,
                    label=f"{text} {rank}",
                    drugs=drugs,
                    cancer=cancer,
                    line="first",
                    rank=rank,
                )
            )
    screen = Screen(name=name, version="1", citation="", labels={})
    return trial_study(screen, pd.concat(parts), arms, files=FoundFiles(paths={}, records=()))
