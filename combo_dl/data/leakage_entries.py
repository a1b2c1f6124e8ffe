"""Entries of a study, a pair in a profile with a label column, across the sides of a fold.

Written apart from the split of entries, so that one mistake cannot hide in both.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from combo_dl.data.findings import Finding, finding, not_asked
from combo_dl.data.leakage_rows import AuditRows, Boundary

UNIT = "entry"
CHECK = "entry on both sides"
_ROWS = 8192  # at a time: of a wide label only a mask of conditions is made whole


def entries_on_both_sides(rows: AuditRows, sides: Sequence[Boundary]) -> Finding:
    """A leak where a condition has an observed label in one column on both sides."""
    if not sides:
        return not_asked(CHECK, "no folds")
    found, examples = 0, []
    for side in sides:
        for name, label in rows.study.combos.labels.items():
            shared = _known(rows, label, side.learned) & _known(rows, label, side.held_out)
            at = np.argwhere(shared)
            found += len(at)
            examples.append(_said(rows, side, name, at))
    return finding(CHECK, "fail", found, (text for some in examples for text in some))


def _known(rows: AuditRows, label: np.ndarray, of: np.ndarray) -> np.ndarray:
    """bool[C, W]: which columns of which condition have a label in the rows ``of``."""
    known = np.zeros((int(rows.condition.max()) + 1, label.shape[1]), bool)
    for start in range(0, len(of), _ROWS):
        part = of[start : start + _ROWS]
        ids, mask = rows.condition[part], ~np.isnan(label[part])
        once = np.unique(ids, return_index=True)[1]
        known[ids[once]] |= mask[once]
        # The further rows of a condition are few: copies of a pair under two names.
        for at in np.setdiff1d(np.arange(len(part)), once):
            known[ids[at]] |= mask[at]
    return known


def _said(rows: AuditRows, side: Boundary, name: str, at: np.ndarray) -> Iterable[str]:
    for condition, column in at:
        row = int(np.argmax(rows.condition == condition))
        yield f"{rows.names_of(row)}, column {column} of {name} ({side.name})"
