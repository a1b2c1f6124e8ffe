"""The scores a benchmark may hold: how each is called, which way is better, how it is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

MINUS = "−"
NOTHING = "–"
# Smaller counts could single out patients; screens follow the same rule.
SMALLEST_COUNT = 11


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One score. ``better``: 1 high, -1 low, 0 nearest to ``nominal`` (none: no best at all)."""

    key: str
    head: str
    title: str
    better: int
    nominal: float | None = None


def _measure(
    key: str, head: str, title: str, *, better: int, nominal: float | None = None
) -> Measure:
    return Measure(key=key, head=head, title=title, better=better, nominal=nominal)


_ALL = (
    _measure("mse", "MSE", "mean squared error", better=-1),
    _measure("rmse", "RMSE", "root mean squared error", better=-1),
    _measure("mae", "MAE", "mean absolute error", better=-1),
    _measure("pearson", "Pearson r", "Pearson correlation", better=1),
    _measure("spearman", "Spearman", "Spearman rank correlation", better=1),
    _measure(
        "pearson_per_profile", "r within profile", "Pearson correlation within a profile", better=1
    ),
    _measure("pearson_per_pair", "r within pair", "Pearson correlation within a pair", better=1),
    _measure("auroc", "AUROC", "area under the ROC curve", better=1),
    _measure("auprc", "AUPRC", "area under the precision-recall curve", better=1),
    _measure(
        "precision_at_10", "hits in top 10", "precision among the top 10 of a profile", better=1
    ),
    _measure(
        "enrichment_at_10", "enrichment, top 10", "hits in the top 10 over those by luck", better=1
    ),
    _measure("ndcg_per_profile", "NDCG", "normalised discounted gain within a profile", better=1),
    _measure("brier", "Brier", "Brier score", better=-1),
    _measure("brier_skill", "Brier skill", "Brier score gained over the prevalence", better=1),
    _measure("log_loss", "log loss", "negative log likelihood", better=-1),
    _measure("ap_at_50", "AP@50", "average precision of the 50 highest risks", better=1),
    _measure("micro_auroc", "micro AUROC", "AUROC of all entries at once", better=1),
    _measure("micro_auprc", "micro AUPRC", "AUPRC of all entries at once", better=1),
    # Best at 1 and at 0, and no shares: they are written as numbers, without a best.
    _measure("calibration_slope", "slope (1)", "slope of the calibration line", better=0),
    _measure("calibration_intercept", "intercept (0)", "its intercept", better=0),
    _measure("ece", "ECE", "expected calibration error", better=-1),
    _measure(
        "coverage_50", "in 50 %", "measurements within the 50 % interval", better=0, nominal=0.50
    ),
    _measure(
        "coverage_80", "in 80 %", "measurements within the 80 % interval", better=0, nominal=0.80
    ),
    _measure(
        "coverage_95", "in 95 %", "measurements within the 95 % interval", better=0, nominal=0.95
    ),
    _measure("width_50", "width 50 %", "mean width of the 50 % interval", better=0),
    _measure("width_80", "width 80 %", "mean width of the 80 % interval", better=0),
    _measure("width_95", "width 95 %", "mean width of the 95 % interval", better=0),
    _measure("crps", "CRPS", "continuous ranked probability score", better=-1),
    _measure("uno_c", "Uno's C", "concordance (Uno's C)", better=1),
    _measure("harrell_c", "Harrell's C", "concordance (Harrell's C)", better=1),
    _measure("auc_182", "AUC, day 182", "time-dependent AUC at half a year", better=1),
    _measure("auc_365", "AUC, day 365", "time-dependent AUC at a year", better=1),
    _measure("auc_730", "AUC, day 730", "time-dependent AUC at two years", better=1),
    _measure("ibs", "Brier, integrated", "integrated Brier score", better=-1),
    # Best at 0 and at 1: they are written as numbers, without a best.
    _measure("rmst_error_days", "mean days (0)", "mean days, predicted less observed", better=0),
    _measure("gap_182", "gap, day 182 (0)", "survival predicted less observed", better=0),
    _measure("gap_365", "gap, day 365 (0)", "survival predicted less observed", better=0),
    _measure("gap_730", "gap, day 730 (0)", "survival predicted less observed", better=0),
    _measure("slope_182", "slope, day 182 (1)", "calibration slope", better=0),
    _measure("slope_365", "slope, day 365 (1)", "calibration slope", better=0),
    _measure("slope_730", "slope, day 730 (1)", "calibration slope", better=0),
)
MEASURES = {measure.key: measure for measure in _ALL}
# What models are ordered and judged by: the first that a benchmark has.
MAIN = ("mse", "rmse", "pearson", "auroc", "auprc", "uno_c", "harrell_c")
ERROR_PART = ("mse", "rmse", "pearson", "spearman", "pearson_per_profile", "pearson_per_pair")
HITS_PART = ("auroc", "auprc", "precision_at_10", "enrichment_at_10", "ndcg_per_profile")
RISK_PART = (
    "brier",
    "brier_skill",
    "log_loss",
    "ap_at_50",
    "micro_auroc",
    "micro_auprc",
    "calibration_slope",
    "calibration_intercept",
    "ece",
)
SURVIVAL_PART = ("uno_c", "harrell_c", "auc_182", "auc_365", "auc_730", "ibs")
CALIBRATION_PART = (
    "rmst_error_days",
    *(f"{name}_{day}" for name in ("gap", "slope") for day in (182, 365, 730)),
)
INTERVAL_PART = ("coverage_50", "coverage_80", "coverage_95", "width_80", "crps")


def number(value: object) -> float | None:
    """``value`` as a float; None where it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        # A whole number beyond the range of floats.
        return None
    return found if isfinite(found) else None


def decimals(values: Iterable[float | None]) -> int:
    """Decimals that suit numbers written under each other: one if any reaches 10, else three."""
    return 1 if any(v is not None and abs(v) >= 9.95 for v in values) else 3


def written(value: float | None, *, places: int | None = None, sign: bool = False) -> str:
    """A score as text, with ``places`` decimals or those that suit it; a dash for None."""
    if value is None:
        return NOTHING
    text = f"{abs(value):,.{decimals([value]) if places is None else places}f}"
    if not any(c in "123456789" for c in text):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def correlation(r: float) -> str:
    """A correlation as text, with two decimals."""
    return f"{r:.2f}".replace("-", MINUS)


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal."""
    return NOTHING if share is None else f"{100 * share:.1f} %"


def counted(count: int) -> str:
    """A count as text; one from 1 to 10 is not told."""
    return f"<{SMALLEST_COUNT}" if is_small(count) else f"{count:,}"


def is_small(count: int) -> bool:
    """Whether a count is too small to be shown."""
    return 0 < count < SMALLEST_COUNT


def best_of(measure: Measure, values: list[float | None], *, places: int | None = None) -> set[int]:
    """Places of the best among ``values``; those written alike share it. Empty if all do."""
    known = {i: v for i, v in enumerate(values) if v is not None}
    if not known or (measure.better == 0 and measure.nominal is None):
        return set()
    merit = {i: _merit(measure, v) for i, v in known.items()}
    places = decimals(known.values()) if places is None else places
    best = written(known[max(merit, key=merit.__getitem__)], places=places)
    alike = {i for i, v in known.items() if written(v, places=places) == best}
    return alike if len(alike) < len(known) else set()


def _merit(measure: Measure, value: float) -> float:
    if measure.nominal is not None:
        return -abs(value - measure.nominal)
    return measure.better * value
