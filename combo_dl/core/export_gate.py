"""The one gate through which results leave for people outside: closed unless all is known safe.

The rule is that of French secure access (CASD, for hospital stays): no count under 11 people, nor
anything from which one can be recomputed; no identifier, and nothing that may become one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import sha256, whole_folder, write_json
from combo_dl.core.identifiers import refuse_identifiers, refuse_text
from combo_dl.core.small_cells import Key, hidden_cells

SMALLEST = 11
ALL = "all"  # the level of a dimension that is summed over
HIDDEN = "hidden"
MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class CountTable:
    """A table of counts of people. frame: columns ``dimensions`` (``all`` = summed over) and
    ``count``.  population: tables of one population are tied, whatever file they are in."""

    file: str
    frame: pd.DataFrame
    dimensions: tuple[str, ...]
    count: str = "people"
    population: str = "cohort"
    why: str = "counts"


@dataclass(frozen=True, kw_only=True)
class FlowTable:
    """A flow chart: columns ``step`` and ``people`` left, in order. Steps that exclude too few are
    told with their neighbours. figure: what draws the chart, of the table as it leaves."""

    file: str
    frame: pd.DataFrame
    why: str = "flow chart"
    figure: tuple[str, Callable[[pd.DataFrame], bytes]] | None = None


@dataclass(frozen=True, kw_only=True)
class ValueTable:
    """A table of statistics: every row says how many ``people`` it is of, and a row of too few is
    left out. The number itself does not leave: beside a table of counts, its difference from a
    total would tell how few are missing. Quantiles and curves are made with ``coarse_quantile`` and
    ``coarse_curve``."""

    file: str
    frame: pd.DataFrame
    people: str = "people"
    why: str = "statistics"


Export = CountTable | FlowTable | ValueTable


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What left: one entry of the manifest. smallest_cell: no count behind it is lower."""

    file: str
    sha256: str
    smallest_cell: int
    why: str


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
    if isinstance(threshold, bool) or not isinstance(threshold, int) or threshold < SMALLEST:
        raise ConfigError(f"the export threshold is {threshold!r}; expected {SMALLEST} or more")
    names = [e.file for e in exports]
    if len(set(names)) != len(names) or MANIFEST in names or not names:
        raise ConfigError("nothing to export, or two exports have one name; name each once")
    hidden = _hidden(exports, threshold)
    ready = [_prepared(e, hidden, threshold) for e in exports]
    with whole_folder(folder, mark=MANIFEST) as temporary:
        passed = [p for r in ready for p in _written(r, temporary)]
        write_json(temporary / MANIFEST, [vars(p) for p in passed])
    return tuple(passed)


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
    steps, left = list(one.frame["step"].astype(str)), _counts(one.frame, "people", one.file)
    if len(left) == 0 or left[-1] < threshold or (np.diff(left) > 0).any():
        raise InputError(
            f"{one.file}: a flow chart ends with {threshold} people or more and never grows; "
            "nothing of this cohort can leave"
        )
    rows: list[list] = [[steps[0], int(left[0])]]
    waiting: list[str] = []
    for step, people in zip(steps[1:], left[1:], strict=True):
        waiting.append(step)
        if rows[-1][1] - people >= threshold:
            rows.append(["; ".join(waiting), int(people)])
            waiting = []
    if waiting and rows[-1][1] != left[-1]:
        # The last steps excluded too few: they are told with those before, and the end is known.
        names = [rows.pop()[0]] if len(rows) > 1 else []
        rows.append(["; ".join([*names, *waiting]), int(left[-1])])
        if (len(rows) > 1 and rows[-2][1] - rows[-1][1] < threshold) or len(rows) == 1:
            rows = [["; ".join(steps), int(left[-1])]]
    elif waiting:
        rows[-1][0] += "; " + "; ".join(waiting)
    frame = pd.DataFrame(rows, columns=["step", "people"])
    figures = ((one.figure[0], one.figure[1](frame)),) if one.figure else ()
    smallest = min([int(left[-1]), *(-np.diff(frame["people"]))]) if len(frame) else threshold
    return _Ready(
        file=one.file,
        frame=frame,
        smallest=_least(np.array([smallest]), threshold),
        why=one.why,
        figures=figures,
    )


def _written(ready: _Ready, folder: Path) -> list[Passed]:
    for name in (ready.file, *(n for n, _ in ready.figures)):
        if Path(name).name != name:
            raise InputError(f"{name!r} is no name of a file; expected one without folders")
    refuse_identifiers(ready.frame, file=ready.file)
    refuse_text(ready.file, file=ready.file)
    text = ready.frame.to_csv(index=False, lineterminator="\n")
    files = [(ready.file, text.encode()), *ready.figures]
    made = []
    for name, content in files:
        (folder / name).write_bytes(content)
        made.append(
            Passed(
                file=name,
                sha256=sha256(folder / name),
                smallest_cell=ready.smallest,
                why=ready.why,
            )
        )
    return made


def coarse_quantile(values: np.ndarray, share: float, *, threshold: int = SMALLEST) -> float:
    """A quantile that is nobody's own value: the mean of the ``threshold`` values around it; NaN
    where fewer than that lie on either side, or the values are fewer than twice as many."""
    own = np.sort(np.asarray(values, float)[np.isfinite(values)])
    n = len(own)
    if n * min(share, 1 - share) < threshold:
        return float("nan")
    start = int(np.clip(round(share * (n - 1)) - threshold // 2, 0, n - threshold))
    return float(own[start : start + threshold].mean())


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
