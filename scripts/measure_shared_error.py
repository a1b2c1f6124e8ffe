"""How much of the error of predicted mean days two arms of a held-out randomised trial share.

    python scripts/measure_shared_error.py experiment=rct_contrasts out=OUT

The words are those of ``combo-dl train`` that made OUT, a training with whole trials held out. Each
arm with enough patients is one group (``train.days``). The error of a group is its Kaplan-Meier
share of the horizon less the predicted one, in log-odds; s^2 is what errors of arms have beyond
their sampling error, the networks' own disagreement included, which two arms may share too. The
correlation of the errors of two arms of one trial is 1 less the variance of their difference,
beyond sampling, over 2 s^2 (both by Paule & Mandel, ``stats.heterogeneity``); its interval
resamples trials (2,000 draws).
"""

import sys
from itertools import combinations

import numpy as np

from combo_dl.cli.compose import composed
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.core.errors import ComboError, InputError
from combo_dl.data.days_calibration import GroupDays, joined_groups
from combo_dl.datasets.trial_arms import ARM, TRIAL
from combo_dl.stats.heterogeneity import excess_variance
from combo_dl.train.days import group_days
from combo_dl.train.member import TEST
from combo_dl.train.run import prepare

ENDPOINT, DRAWS = "os", 2000


def shared(errors: np.ndarray, noise: np.ndarray, pairs: np.ndarray) -> float:
    """The correlation of errors float[G] in ``pairs`` int[n, 2]; NaN where they are noise alone."""
    every = pairs.ravel()
    whole = excess_variance(errors[every], noise[every])
    a, b = pairs.T
    apart = excess_variance(errors[a] - errors[b], noise[a] + noise[b])
    return 1.0 - apart / (2.0 * whole) if whole > 0 else float("nan")


def main(words: list[str]) -> int:
    """Exit status."""
    try:
        config = composed("train", words)
        work = prepare(settings_of(config), studies_of(config))
        seeds, study = work.settings.seeds, work.studies[0]
        folds = [group_days(work, k, TEST, seeds=seeds) for k in range(len(work.folds))]
        parts = [found[ENDPOINT] for found in folds if ENDPOINT in found]
        if not parts or any(name not in study.columns for name in (ARM, TRIAL)):
            raise InputError(f"{study.name} has no held-out arms of {ENDPOINT}; name trials")
        arms = joined_groups(parts)
        print(told(arms, dict(zip(study.columns[ARM], study.columns[TRIAL], strict=True))))
    except ComboError as error:
        print(f"measure_shared_error: error: {error}", file=sys.stderr)
        return 1
    return 0


def told(arms: GroupDays, trial_of: dict[int, int]) -> str:
    """One line. trial_of: {code of an arm: code of its trial}. Raises InputError."""
    if len(set(arms.cohort)) < len(arms):
        raise InputError("an arm has several groups: its patients are told apart; expected none")
    trial = np.array([trial_of[int(arm)] for arm in arms.cohort])
    errors, noise = arms.error, arms.noise
    own = [list(combinations(np.flatnonzero(trial == t), 2)) for t in np.unique(trial)]
    known = [np.array(pairs) for pairs in own if pairs]
    whole = shared(errors, noise, np.concatenate(known))
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(known), len(known))
        draws.append(shared(errors, noise, np.concatenate([known[i] for i in drawn])))
    low, high = np.nanquantile(draws, [0.025, 0.975])
    count = sum(map(len, known))
    return (
        f"{ENDPOINT}: {count} pairs of arms of {len(known)} trials; errors correlate by "
        f"{whole:.2f} (95 % {low:.2f} to {high:.2f})"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
