"""The model of arms: contrasts of a held-out trial by regression on those of training trials.

The log hazard ratio is what is regressed, since it varies less between cancers than days do; days
come from it by the survival of patients of that cancer and line in training trials: under
proportional hazards the experimental arm has the control's survival to the power of the ratio.
"""

from collections.abc import Callable, Sequence

import numpy as np

from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.evaluate.rct_baselines import Told, TrainingTrials
from combo_dl.evaluate.rct_comparisons import Comparison, TrialArm
from combo_dl.stats.contrast_regression import (
    ContrastForecast,
    contrast_kernel,
    regressed_contrasts,
)

KERNELS = ("side", "class", "drug", "class in cancer")
_STEPS = 76  # days of a grid to the horizon
_TRIALS = 2.0  # the wider group of trials counts as so many of the narrower one
_LEAST = 1e-3
Features = Callable[[TrialArm], Sequence[object]]


def regression(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """Contrasts of ``asked``; it never abstains: of drugs and classes that no training trial has,
    it says what experimental arms do on average."""
    forecast = forecast_log_hr(training, asked)
    days = np.array(
        [
            days_of(baseline(training, c.control), log_hr, training.horizon_days)
            for c, log_hr in zip(asked, forecast.mean, strict=True)
        ]
    )
    return Told(rmst_days=days, log_hr=forecast.mean)


def forecast_log_hr(training: TrainingTrials, asked: Sequence[Comparison]) -> ContrastForecast:
    """Log hazard ratios of ``asked`` with their deviations and the variance of each kernel."""
    every = [*training.comparisons, *asked]
    n = len(training.comparisons)
    truth = [c.truth for c in training.comparisons]
    unread = np.full(len(asked), np.nan)
    return regressed_contrasts(
        np.concatenate([[t.log_hr for t in truth], unread]),
        np.concatenate([[t.log_hr_se for t in truth], unread]),
        kernels(training, every),
        learned=np.arange(n),
        asked=np.arange(n, len(every)),
    )


def kernels(training: TrainingTrials, every: Sequence[Comparison]) -> dict[str, np.ndarray]:
    """{name: float64[N, N]} of comparisons: being the experimental arm, the classes of its drugs,
    the drugs, and the classes in this cancer."""
    of = training.classes.of
    features: dict[str, Features] = {
        "class": lambda arm: [of[d] for d in arm.drugs],
        "drug": lambda arm: arm.drugs,
        "class in cancer": lambda arm: [(of[d], arm.cancer) for d in arm.drugs],
    }
    made = {"side": np.ones((len(every), len(every)))}
    return made | {name: _kernel(every, of_arm) for name, of_arm in features.items()}


def _kernel(every: Sequence[Comparison], of_arm: Features) -> np.ndarray:
    sides = [[of_arm(c.experimental) for c in every], [of_arm(c.control) for c in every]]
    names = {
        name: i for i, name in enumerate(dict.fromkeys(n for s in sides for a in s for n in a))
    }
    counts = []
    for side in sides:
        count = np.zeros((len(every), len(names)))
        for row, arm in enumerate(side):
            for name in arm:
                count[row, names[name]] += 1.0
        counts.append(count)
    return contrast_kernel(counts[0], counts[1])


def baseline(training: TrainingTrials, arm: TrialArm) -> SurvivalCurves:
    """Survival of patients of the arm's cancer and line in training trials.

    The mean of log survival over trials of the line and the cancer, drawn towards that of the
    cancer, and it towards that of the line, and it towards that of all: a wider group counts as two
    trials.
    """
    grid = np.linspace(0.0, training.horizon_days, _STEPS)
    known = [a for a in training.arms if a.seen.time_days.max() >= grid[-1]]
    logs = np.array([np.log(np.clip(a.curve.at(grid), _LEAST, 1)) for a in known])
    line = np.array([a.line == arm.line for a in known])
    cancer = np.array([a.cancer == arm.cancer for a in known])
    trials = np.array([a.trial for a in known])
    found = logs.mean(axis=0)
    for group in (line, cancer, line & cancer):
        if group.any():
            count = len(np.unique(trials[group]))
            own = logs[group].mean(axis=0)
            found = (_TRIALS * found + count * own) / (_TRIALS + count)
    return SurvivalCurves.of(grid, np.exp(found))


def days_of(control: SurvivalCurves, log_hr: float, horizon_days: float) -> float:
    """Days of restricted mean survival that proportional hazards of this ratio add to a curve."""
    changed = SurvivalCurves.of(control.times_days, control.survival ** np.exp(log_hr))
    own, other = (c.restricted_mean_days(horizon_days)[0] for c in (changed, control))
    return float(own - other)
