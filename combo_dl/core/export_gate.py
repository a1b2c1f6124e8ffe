"""The one gate through which results leave for people outside: closed unless all is known safe.

The rule is that of French secure access (CASD, for hospital stays): no count under 11 people, nor
anything from which one can be recomputed; no identifier, and nothing that may become one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.coarse import SMALLEST, coarse_flow
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.export_kinds import (
    CountTable,
    Export,
    FilesExport,
    FlowTable,
    Passed,
    ValueTable,
)
from combo_dl.core.files import sha256, whole_folder, write_json
from combo_dl.core.identifiers import refuse_identifiers, refuse_text
from combo_dl.core.small_cells import Key, hidden_cells

ALL = "all"  # the level of a dimension that is summed over
HIDDEN = "hidden"
MANIFEST = "manifest.json"
_TEXT = (".json", ".md", ".csv", ".txt")  # files that are read for identifiers


@dataclass(frozen=True, kw_only=True)
class _Ready:
    file: str
    frame: pd.DataFrame
    smallest: int
    why: str
    figures: tuple[tuple[str, bytes], ...] = field(default=())


def export_gate(
    exports: Sequence[Export], folder: Path, *, threshold: int = SMALLEST
) -> tuple[Passed, ...]:
    """Write to ``folder`` what may leave, with ``manifest.json``: file, sha256, smallest cell, why.

    All that is to leave is given at once: tables that leave apart can be subtracted. Nothing is
    written unless everything passes. threshold: the smallest count that is shown, 11 or more.
    Raises ConfigError (a lower threshold, two files of one name), InputError (an identifier, a
    kind of file that the gate does not know, counts that cannot be hidden).
    """
    check_threshold(threshold)
    names = [e.folder if isinstance(e, FilesExport) else e.file for e in exports]
    if len(set(names)) != len(names) or MANIFEST in names or not names:
        raise ConfigError("nothing to export, or two exports have one name; name each once")
    hidden = _hidden(exports, threshold)
    ready = [e if isinstance(e, FilesExport) else _prepared(e, hidden, threshold) for e in exports]
    with whole_folder(folder, mark=MANIFEST) as temporary:
        passed = [p for r in ready for p in _passed(r, temporary, threshold)]
        write_json(temporary / MANIFEST, [vars(p) for p in passed])
    return tuple(passed)


def check_threshold(threshold: int) -> None:
    """Raise ConfigError on a threshold that is lower than the rule's."""
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < SMALLEST:
        raise ConfigError(f"the export threshold is {threshold!r}; expected {SMALLEST} or more")


def _hidden(exports: Sequence[Export], threshold: int) -> dict[str, set[Key]]:
    cells: dict[str, dict[Key, int]] = {}
    for one in exports:
        if isinstance(one, CountTable):
            own = cells.setdefault(one.population, {})
            for key, count in zip(_keys(one), _counts(one.frame, one.count, one.file), strict=True):
                if own.setdefault(key, int(count)) != count:
                    raise InputError(f"{one.file}: a cell has two counts in the exported tables")
    return {name: hidden_cells(own, threshold) for name, own in cells.items()}


def _keys(table: CountTable) -> list[Key]:
    rows = table.frame[list(table.dimensions)].astype(str).to_numpy()
    return [
        frozenset((d, v) for d, v in zip(table.dimensions, row, strict=True) if v != ALL)
        for row in rows
    ]


def _counts(frame: pd.DataFrame, column: str, file: str) -> np.ndarray:
    if column not in frame.columns:
        raise InputError(f"{file} has no column {column!r}; a table says how many people it is of")
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64)
    if not (np.isfinite(values) & (values >= 0) & (values == np.round(values))).all():
        raise InputError(
            f"{file}: {column!r} must be whole numbers of 0 or more, with none missing"
        )
    return values.astype(np.int64)


def _prepared(one: Export, hidden: dict[str, set[Key]], threshold: int) -> _Ready:
    if isinstance(one, FlowTable):
        return _flow(one, threshold)
    if isinstance(one, CountTable):
        extra = set(one.frame.columns) - {*one.dimensions, one.count}
        if extra:
            raise InputError(
                f"{one.file}: {', '.join(sorted(extra))} is neither dimension nor count"
            )
        counts = _counts(one.frame, one.count, one.file)
        covered = np.array([k in hidden[one.population] for k in _keys(one)], bool)
        cells = np.where(covered, HIDDEN, counts.astype(str)).astype(object)
        frame, shown = one.frame.assign(**{one.count: cells}), counts[~covered]
    elif isinstance(one, ValueTable):
        counts = _counts(one.frame, one.people, one.file)
        kept = counts >= threshold
        # Of the smallest it is told that it is at least the threshold, and no more.
        frame = one.frame[kept].drop(columns=one.people)
        shown = np.minimum(counts[kept], threshold)
    else:
        raise InputError(f"{type(one).__name__} is no kind of export that the gate knows")
    return _Ready(file=one.file, frame=frame, smallest=_least(shown, threshold), why=one.why)


def _least(shown: np.ndarray, threshold: int) -> int:
    least = int(shown.min()) if len(shown) else threshold
    if least < threshold:
        raise InputError(f"a count of {least} would have left; expected {threshold} or more")
    return least


def _flow(one: FlowTable, threshold: int) -> _Ready:
    left = _counts(one.frame, "people", one.file)
    rows = coarse_flow(list(one.frame["step"].astype(str)), left, threshold=threshold)
    if rows is None:
        raise InputError(
            f"{one.file}: a flow chart ends with {threshold} people or more and never grows; "
            "nothing of this cohort can leave"
        )
    frame = pd.DataFrame(rows, columns=["step", "people"])
    figures = ((one.figure[0], one.figure[1](frame)),) if one.figure else ()
    smallest = min([int(left[-1]), *(-np.diff(frame["people"]))])
    return _Ready(
        file=one.file,
        frame=frame,
        smallest=_least(np.array([smallest]), threshold),
        why=one.why,
        figures=figures,
    )


def _passed(ready: _Ready | FilesExport, folder: Path, threshold: int) -> list[Passed]:
    if isinstance(ready, FilesExport):
        return _files(ready, folder, threshold)
    refuse_identifiers(ready.frame, file=ready.file)
    text = ready.frame.to_csv(index=False, lineterminator="\n")
    files = [(ready.file, text.encode()), *ready.figures]
    return [_written(name, data, folder, (ready.smallest, ready.why)) for name, data in files]


def _files(one: FilesExport, folder: Path, threshold: int) -> list[Passed]:
    few = {what: n for what, n in one.counts.items() if n < threshold}
    if few or not one.counts:
        told = (
            ", ".join(f"{what} ({n})" for what, n in list(few.items())[:5]) or "nobody is counted"
        )
        raise InputError(
            f"{one.folder}: holds what is of fewer than {threshold} people: {told}; "
            "leave them out of the study and train again"
        )
    _refuse_folders(one.folder)
    place = folder / one.folder
    place.mkdir()
    made = []
    for name, data in one.files.items():
        if name.endswith(_TEXT):
            refuse_text(data.decode(), file=f"{one.folder}/{name}")
        # How few the rarest of what they hold are is not told: beside a table it would be a count.
        found = _written(name, data, place, (threshold, one.why))
        made.append(replace(found, file=f"{one.folder}/{name}"))
    return made


def _written(name: str, data: bytes, folder: Path, told: tuple[int, str]) -> Passed:
    _refuse_folders(name)
    refuse_text(name, file=name)
    (folder / name).write_bytes(data)
    smallest, why = told
    return Passed(file=name, sha256=sha256(folder / name), smallest_cell=smallest, why=why)


def _refuse_folders(name: str) -> None:
    if Path(name).name != name:
        raise InputError(f"{name!r} is no name of a file; expected one without folders")
