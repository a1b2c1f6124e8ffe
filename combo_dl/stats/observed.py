"""Which rows can be scored: those with a label, whose prediction must then be a number."""

import numpy as np

from combo_dl.core.errors import InputError


def observed(truth: np.ndarray, mean: np.ndarray, **beside: np.ndarray) -> np.ndarray:
    """bool[N]: the rows whose label in ``truth`` float[N] is not NaN.

    ``beside``: further arrays [N] that go with the rows, under the name that an error calls them.
    Raises InputError on lengths that differ, no label at all, or a prediction ``mean`` float[N]
    that is not finite where there is a label.
    """
    shapes = {"labels": truth.shape, "predictions": mean.shape}
    shapes |= {name: values.shape for name, values in beside.items()}
    if len(set(shapes.values())) > 1 or truth.ndim != 1:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(f"{found} differ in shape; expected one value a row")
    seen = ~np.isnan(truth)
    if not seen.any():
        raise InputError(f"none of {len(truth)} rows has a label; there is nothing to score")
    bad = seen & ~np.isfinite(mean)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has prediction {mean[row]}; expected a finite number "
            f"({bad.sum()} such rows)"
        )
    return seen


def rows_of_each(group: np.ndarray, *, at_least: int) -> list[np.ndarray]:
    """int[n] rows, ascending, of every value of ``group`` int[N] that has ``at_least`` of them."""
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order])) + 1
    return [rows for rows in np.split(order, first) if len(rows) >= max(at_least, 1)]
