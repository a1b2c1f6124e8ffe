"""Quantiles of the laws that heads use, scaled to unit standard deviation."""


def student_quantile(share: float, degrees: float | None) -> float:
    """Quantile of Student-t (None: the normal law) scaled to standard deviation 1."""
    # Imported late: only intervals need it, and it takes a while.
    from scipy import stats

    if degrees is None:
        return float(stats.norm.ppf(share))
    return float(stats.t.ppf(share, degrees) * ((degrees - 2) / degrees) ** 0.5)
