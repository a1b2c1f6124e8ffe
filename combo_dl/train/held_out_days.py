"""Mean days of held-out groups of all folds, kept for a bundle that will learn from every row.

Groups are kept, of FEWEST_PATIENTS or more: no row of a patient.
"""

from pathlib import Path

import numpy as np

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.files import write_bytes
from combo_dl.data.days_calibration import ARRAYS, GroupDays, joined_groups
from combo_dl.train.join_by_name import joined_by_name

KEPT = "held_out_days.npz"
_TEXT = "cohort"


def write_days(folder: Path, folds: list[dict[str, GroupDays]]) -> None:
    """Keep the groups {endpoint: groups} of each fold; nothing where no fold has any endpoint."""
    every = joined_by_name(folds, joined_groups)
    if not every:
        return
    arrays = {"endpoints": text_array(tuple(every))}
    for name, groups in every.items():
        own = {n: getattr(groups, n) for n in ARRAYS}
        own[_TEXT] = text_array(tuple(groups.cohort.tolist()))
        arrays |= {f"{n}:{name}": array for n, array in own.items()}
        arrays[f"networks:{name}"] = np.array([groups.networks])
    write_bytes(folder / KEPT, archived(arrays))


def read_days(folder: Path) -> dict[str, GroupDays]:
    """What ``write_days`` kept; empty without any. Raises FormatError where it is broken."""
    path = folder / KEPT
    if not path.is_file():
        return {}
    arrays = read_arrays(path)
    made = {}
    for name in take_text(arrays, "endpoints"):
        own = {n: take(arrays, f"{n}:{name}") for n in ARRAYS if n != _TEXT}
        cohort = np.array(take_text(arrays, f"{_TEXT}:{name}"), dtype=object)
        networks = int(take(arrays, f"networks:{name}")[0])
        made[name] = GroupDays(**own, cohort=cohort, networks=networks)
    return made
