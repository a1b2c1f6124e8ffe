"""Held-out risks of all folds, kept for a bundle that will learn from every row."""

from pathlib import Path

import numpy as np

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.files import write_bytes
from combo_dl.data.risk_calibration import RiskRows
from combo_dl.train.join_by_name import joined_by_name

KEPT = "held_out_risks.npz"
_NUMBERS = ("label", "risk", "between", "cluster")


def write_risks(folder: Path, folds: list[dict[str, RiskRows]]) -> None:
    """Keep the entries {endpoint: rows} of each fold; nothing where no fold has any."""
    every = joined_by_name(folds, joined_risks)
    if not every:
        return
    arrays = {"endpoints": text_array(tuple(every))}
    for name, rows in every.items():
        arrays |= {f"{n}:{name}": getattr(rows, n) for n in _NUMBERS}
        arrays[f"group:{name}"] = text_array(tuple(rows.group.tolist()))
    write_bytes(folder / KEPT, archived(arrays))


def read_risks(folder: Path) -> dict[str, RiskRows]:
    """What ``write_risks`` kept; empty without any. Raises FormatError where it is broken."""
    path = folder / KEPT
    if not path.is_file():
        return {}
    arrays = read_arrays(path)
    return {
        name: RiskRows(
            **{n: take(arrays, f"{n}:{name}") for n in _NUMBERS},
            group=np.array(take_text(arrays, f"group:{name}"), dtype=object),
        )
        for name in take_text(arrays, "endpoints")
    }


def joined_risks(parts: list[RiskRows]) -> RiskRows:
    """Entries of several folds or trainings. A cluster is one of a part: the same number in two
    parts is two clusters."""
    start, clusters = 0, []
    for part in parts:
        own = np.unique(part.cluster, return_inverse=True)[1]
        clusters.append(own + start)
        start += int(own.max(initial=-1)) + 1
    joined = {n: np.concatenate([getattr(p, n) for p in parts]) for n in (*_NUMBERS, "group")}
    return RiskRows(**(joined | {"cluster": np.concatenate(clusters)}))
