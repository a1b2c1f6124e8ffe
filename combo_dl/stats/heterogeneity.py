"""How far estimates err beyond what their own noise explains."""

import numpy as np

from combo_dl.core.errors import InputError


def excess_variance(error: np.ndarray, variance: np.ndarray) -> float:
    """The variance tau^2, 0 or more, that ``error`` float[G] about 0 has beyond ``variance``
    float[G], each error's own: where the sum of error^2 / (variance + tau^2) is G.

    The method of moments of Paule & Mandel (1982, J Res Natl Bur Stand 87:377; DerSimonian & Kacker
    2007, Contemp Clin Trials 28:105), with a known mean of 0 in the place of an estimated one, so
    that a common error counts as variance too. 0 where the errors are no larger than their noise,
    and of none. Raises InputError on an error or a variance that is not finite.
    """
    if not (np.isfinite(error).all() and np.isfinite(variance).all()):
        raise InputError("an error of a group is not a finite number; a network may have diverged")
    # Not at the top: a prediction, which needs none of it, would pay for the import.
    from scipy import optimize

    e2, own = np.asarray(error, np.float64) ** 2, np.asarray(variance, np.float64)

    def beyond(tau2: float) -> float:
        return float((e2 / (own + tau2)).sum()) - len(e2)

    # An error without noise of its own is explained by no noise at all.
    least = 1e-12 * float(e2.max(initial=0.0))
    if not len(e2) or least == 0.0 or beyond(least) <= 0:
        return 0.0
    # At the sum of squares each term is at most its share of it, so that they sum to 1 at most.
    return float(optimize.brentq(beyond, least, float(e2.sum()), xtol=least))
