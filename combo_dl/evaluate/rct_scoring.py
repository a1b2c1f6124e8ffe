"""Scores of predicted contrasts: ranks, failed combinations, and errors in days."""

from collections.abc import Mapping, Sequence

import numpy as np

from combo_dl.evaluate.rct_baselines import Told, with_fallback
from combo_dl.evaluate.rct_comparisons import Comparison
from combo_dl.stats.rank_agreement import (
    agreement_difference,
    noise_ceiling,
    rank_agreement,
    spearman,
)

Rows = list[dict]
DRAWS = 1000


def score_rows(
    compared: Sequence[Comparison], told: Mapping[str, Told], fallback: Told, *, headline: str
) -> Rows:
    """One row a model. ``answered``: comparisons that it can predict.  Scores named ``own_`` are on
    these, beside ``headline_on_own``, the headline's Spearman on the same ones; the others are on
    all comparisons, with ``fallback`` where the model abstains."""
    truth, log_hr, trial = truths(compared)
    made = []
    for name, own in told.items():
        known = ~np.isnan(own.rmst_days)
        full = with_fallback(own, fallback)
        every = rank_agreement(truth, full.rmst_days, trial, draws=DRAWS)
        gain = agreement_difference(
            truth, told[headline].rmst_days, full.rmst_days, trial, draws=DRAWS
        )
        failed = failed_in_lower_half(compared, full.rmst_days)
        made.append(
            {
                "model": name,
                "answered": int(known.sum()),
                "spearman": every.rho,
                "spearman_low": every.low,
                "spearman_high": every.high,
                "spearman_log_hr": spearman(log_hr, full.log_hr),
                "own_spearman": _defined(truth, own.rmst_days, known),
                "headline_on_own": _defined(truth, told[headline].rmst_days, known),
                "headline_gain": gain[0],
                "headline_gain_low": gain[1],
                "headline_gain_high": gain[2],
                "failed_in_lower_half": failed[0],
                "failed": failed[1],
                "mean_absolute_error_days": float(np.abs(full.rmst_days - truth).mean()),
            }
        )
    return made


def truths(compared: Sequence[Comparison]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(difference of restricted means float64[n], log hazard ratio float64[n], trial int64[n])."""
    return (
        np.array([c.truth.rmst_days for c in compared]),
        np.array([c.truth.log_hr for c in compared]),
        np.unique([c.trial for c in compared], return_inverse=True)[1],
    )


def failed_in_lower_half(
    compared: Sequence[Comparison], predicted: np.ndarray
) -> tuple[float, int]:
    """(share of the failed combinations that rank in the lower half of all comparisons, how many
    failed). A model that ranks all alike has half of each there: a tie counts half."""
    failed = np.array([c.is_combination and c.failed for c in compared])
    if not failed.any():
        return float("nan"), 0
    middle = np.median(predicted)
    low = (predicted < middle) + 0.5 * (predicted == middle)
    return float(low[failed].mean()), int(failed.sum())


def ceiling(compared: Sequence[Comparison]) -> float:
    """The correlation with measured contrasts that true ones would have."""
    errors = np.array([c.truth.rmst_se for c in compared])
    return noise_ceiling(truths(compared)[0], errors)


def _defined(truth: np.ndarray, predicted: np.ndarray, known: np.ndarray) -> float:
    if known.sum() < 3:
        return float("nan")
    return spearman(truth[known], predicted[known])
