"""Numbers of people made coarse: quantiles, curves and flow charts that tell of nobody alone."""

import numpy as np

SMALLEST = 11  # people: no count that leaves is lower


def coarse_quantile(values: np.ndarray, share: float, *, threshold: int = SMALLEST) -> float:
    """A quantile that is nobody's own value: the mean of the ``threshold`` values around it; NaN
    where fewer than that lie on either side, or the values are fewer than twice as many."""
    own = np.sort(np.asarray(values, float)[np.isfinite(values)])
    n = len(own)
    if n * min(share, 1 - share) < threshold:
        return float("nan")
    start = int(np.clip(round(share * (n - 1)) - threshold // 2, 0, n - threshold))
    return float(own[start : start + threshold].mean())


def coarse_flow(
    steps: list[str], left: np.ndarray, *, threshold: int = SMALLEST
) -> list[tuple[str, int]] | None:
    """(step, people left) of a flow chart in which each step excludes nobody that is told or
    ``threshold`` people or more: those between are told with their neighbours. None where no such
    chart is left: it ends with fewer, or grows."""
    if len(left) == 0 or left[-1] < threshold or (np.diff(left) > 0).any():
        return None
    rows: list[tuple[str, int]] = [(steps[0], int(left[0]))]
    waiting: list[str] = []
    for step, people in zip(steps[1:], left[1:], strict=True):
        waiting.append(step)
        if rows[-1][1] - people >= threshold:
            rows.append(("; ".join(waiting), int(people)))
            waiting = []
    if waiting and rows[-1][1] != left[-1]:
        # The last steps excluded too few: they are told with those before, and the end is known.
        names = [rows.pop()[0]] if len(rows) > 1 else []
        rows.append(("; ".join([*names, *waiting]), int(left[-1])))
        if (len(rows) > 1 and rows[-2][1] - rows[-1][1] < threshold) or len(rows) == 1:
            rows = [("; ".join(steps), int(left[-1]))]
    elif waiting:
        rows[-1] = ("; ".join([rows[-1][0], *waiting]), rows[-1][1])
    return rows


def coarse_curve(
    times_days: np.ndarray,
    survival: np.ndarray,
    at_risk: np.ndarray,
    *,
    threshold: int = SMALLEST,
) -> tuple[np.ndarray, np.ndarray]:
    """(times, survival) of a curve whose steps are each of ``threshold`` people or more who left
    the risk set, and which ends where fewer are at risk.

    times_days, survival, at_risk: of each step, in order; at_risk is the number just before it.
    """
    kept, last = [], np.inf
    for i in range(len(times_days)):
        if at_risk[i] < threshold:
            break
        if last - at_risk[i] >= threshold:
            kept.append(i)
            last = at_risk[i]
    return np.asarray(times_days)[kept], np.asarray(survival)[kept]
