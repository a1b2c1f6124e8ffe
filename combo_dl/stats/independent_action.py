"""What a combination would do if its drugs helped patients independently, or one after the other.

Independent action: a patient has the best of the times that the drugs would give alone, T = max T_i
(Frei et al. 1961, Blood 18:431; Palmer & Sorger 2017, Cell 171:1678). Additivity: the best one and
what each weaker one gives beyond the first scan, T = max T_i + sum over the others of
max(T_i - scan, 0) (Hwangbo et al. 2023, Nat Cancer 4:1693, for two drugs; the sum over several
others is their rule applied drug by drug, in any order). Who progresses by the first scan under a
drug had no benefit of it, and times of progression cannot be seen to be shorter.

Times of one patient are correlated, since some cancers respond to nothing: a Gaussian copula with
the same Spearman correlation of each pair of drugs, as in both papers. A survival curve of a drug
is then all that is needed of it. ``spearman`` 0 is independence, where independent action is
1 - (1 - S_A)(1 - S_B); 1 is the best of the curves at each day.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from combo_dl.core.errors import InputError
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.additive_times import additive_survival
from combo_dl.stats.shared_luck import shared_luck

MOST_DRUGS = 6
# Of trials of tumours that are looked at every 6 to 9 weeks.
FIRST_SCAN_DAYS = 60.0


def independent_action(parts: Sequence[SurvivalCurves], *, spearman: float) -> SurvivalCurves:
    """Survival P(max T_i > t) of N combinations of 2 to 6 drugs on the grid of their curves.

    parts: one a drug, N curves each, on the same days.  spearman: rank correlation of the times of
    each pair of drugs, 0 to 1.

    S(t) = 1 - C(1 - S_1(t), .., 1 - S_K(t)), where C is the Gaussian copula with the Pearson
    correlation 2 sin(pi spearman / 6). It lies between the best part and spearman 0, at each day.
    Raises InputError on another number of parts, parts that do not fit, and another correlation.
    """
    event_KNT = _events(parts, spearman)
    least, most = event_KNT.prod(axis=0), event_KNT.min(axis=0)
    if spearman == 0.0:
        joint = least
    elif spearman == 1.0:
        joint = most
    else:
        joint = _copula(event_KNT, spearman)
    # The copula rises with the correlation (Slepian 1962); so no rounding may leave these ends.
    survival = 1.0 - np.clip(joint, least, most)
    return SurvivalCurves.of(parts[0].times_days, survival)


def _copula(event_KNT: np.ndarray, spearman: float) -> np.ndarray:
    """P(all U_i <= event_i): given what the patient's times share, they are independent."""
    luck = shared_luck(spearman)
    z_KNT = ndtri(event_KNT)
    joint = np.zeros(event_KNT.shape[1:])
    for z, weight in zip(luck.z, luck.weight, strict=True):
        joint += weight * ndtr((z_KNT - luck.loading * z) / luck.rest).prod(axis=0)
    return joint


def additive_action(
    parts: Sequence[SurvivalCurves], *, spearman: float, first_scan_days: float
) -> SurvivalCurves:
    """Survival P(T > t) of N combinations of 2 to 6 drugs whose times add, on their grid.

    T = max T_i + sum over the others of max(T_i - first_scan_days, 0), times joined as in
    ``independent_action``, which it is up to the first scan and never falls below; with
    ``first_scan_days`` 0 times add in full. What lies beyond the grid is not needed.
    Raises InputError as ``independent_action`` and on a first scan that is not within the grid.
    """
    best = independent_action(parts, spearman=spearman)
    last = best.times_days[-1]
    if not 0 <= first_scan_days < last:
        raise InputError(
            f"first_scan_days is {first_scan_days:g}; expected a day from 0 to before {last:g}, "
            "the last of the curves"
        )
    found = additive_survival(parts, spearman=spearman, first_scan_days=first_scan_days)
    return SurvivalCurves.of(best.times_days, np.maximum(found, best.survival))


def gained_days(
    combination: SurvivalCurves, null: SurvivalCurves, *, horizon_days: float
) -> np.ndarray:
    """float64[N]: restricted mean survival time to the horizon over that of the null, in days.

    Above 0: the combination does more than its null says. Raises InputError on numbers of curves
    that differ and a horizon beyond the days of either.
    """
    if len(combination) != len(null):
        raise InputError(
            f"{len(combination)} curves of combinations and {len(null)} of their null; expected as "
            "many"
        )
    own = combination.restricted_mean_days(horizon_days)
    return own - null.restricted_mean_days(horizon_days)


def _events(parts: Sequence[SurvivalCurves], spearman: float) -> np.ndarray:
    """float64[K, N, T]: the share with an event by each day, of each part."""
    if not 2 <= len(parts) <= MOST_DRUGS:
        raise InputError(f"{len(parts)} curves are to be combined; expected 2 to {MOST_DRUGS}")
    if not 0.0 <= spearman <= 1.0:
        raise InputError(f"spearman is {spearman:g}; expected a rank correlation from 0 to 1")
    first = parts[0]
    for i, part in enumerate(parts):
        if len(part) != len(first) or not np.array_equal(part.times_days, first.times_days):
            raise InputError(
                f"part {i} has {len(part)} curves of {len(part.times_days)} days, part 0 has "
                f"{len(first)} of {len(first.times_days)}; expected the same days and as many"
            )
    return 1.0 - np.stack([part.survival for part in parts])
