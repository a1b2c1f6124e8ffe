"""Quantiles of the laws that heads use, scaled to unit standard deviation."""

# Not scipy.stats, which calls the same functions and takes half a second to import.
from scipy.special import ndtri, stdtrit


def student_quantile(share: float, degrees: float | None) -> float:
    """Quantile of Student-t (None: the normal law) scaled to standard deviation 1."""
    if degrees is None:
        return float(ndtri(share))
    return float(stdtrit(degrees, share) * ((degrees - 2) / degrees) ** 0.5)
