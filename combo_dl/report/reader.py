"""Reads ``benchmark.json`` of a result folder: another program may have written or changed it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from combo_dl.core.errors import FormatError
from combo_dl.core.files import read_json
from combo_dl.core.names import hint
from combo_dl.report.measures import MEASURES, number
from combo_dl.report.result import (
    Difference,
    Finding,
    Origin,
    Protocol,
    Record,
    Result,
    Scores,
)

FORMAT = 1
JSON = "benchmark.json"
PREDICTIONS = "predictions.parquet"
SURVIVAL_KEYS = ("curves", "calibration", "decisions")
Kind = TypeVar("Kind")
_CALLED: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    type(None): "null",
}
# Rows of a fold, and their scores.
_Rows = tuple[int, dict[str, float | None]]


def read_result(folder: Path) -> Result:
    """The benchmark in ``folder``. Raises FormatError in one line on whatever is wrong with it."""
    path = folder / JSON
    if not path.is_file():
        raise FormatError(
            f"{folder} holds no {JSON}; give the out= folder of a finished combo-dl evaluate"
        )
    file = _File(path=path, raw=read_json(path))
    file.check_format()
    table = tuple(_scores(r, file) for r in file.records("table"))
    if not table:
        raise FormatError(f"{path} has an empty table: nothing was scored; run combo-dl evaluate")
    protocol = _protocol(file)
    models = list(dict.fromkeys(s.model for s in table))
    if protocol.headline not in models:
        raise FormatError(
            f"{path} names the headline {protocol.headline!r}, which its table lacks; "
            f"{hint(protocol.headline, models)}"
        )
    return Result(
        name=folder.resolve().name,
        protocol=protocol,
        table=table,
        groups=_pooled(file),
        differences=tuple(_difference(r, file) for r in file.records("differences")),
        ceiling=_numbers(file.part("ceiling")),
        leakage=tuple(_finding(r, file) for r in file.records("leakage")),
        origin=_origin(file),
        survival=_survival(file),
    )


class _File:
    """A JSON object and its place, for messages."""

    def __init__(self, *, path: Path, raw: Record) -> None:
        self.path, self.raw = path, raw

    def check_format(self) -> None:
        found = self.raw.get("format")
        if isinstance(found, int) and not isinstance(found, bool) and found > FORMAT:
            raise FormatError(
                f"{self.path} has format {found}, made by a newer combo_dl; "
                f"this one reads format {FORMAT}: update combo_dl"
            )
        if found != FORMAT:
            raise FormatError(
                f"{self.path} has format {found!r}; expected {FORMAT}: run combo-dl evaluate again"
            )

    def part(self, key: str) -> Record:
        """An object under ``key``, empty where there is none."""
        found = self.raw.get(key) or {}
        return self._of(dict, key, found)

    def records(self, key: str) -> list[Record]:
        """A list of objects under ``key``. Raises FormatError."""
        return self.rows(self.take(self.raw, key, "the file"), key)

    def rows(self, found: object, where: str) -> list[Record]:
        """``found`` as a list of objects. Raises FormatError."""
        listed = self._of(list, where, found)
        return [self._of(dict, f"{where}[{i}]", record) for i, record in enumerate(listed)]

    def take(self, record: Mapping[str, object], key: str, where: str) -> object:
        """The value of ``key``. Raises FormatError naming the keys there are."""
        if key not in record:
            raise FormatError(f"{self.path}: {where} lacks {key!r}; {hint(key, record)}")
        return record[key]

    def text(self, record: Mapping[str, object], key: str, where: str) -> str:
        """The text under ``key``. Raises FormatError."""
        return self._of(str, f"{where}.{key}", self.take(record, key, where))

    def texts(self, record: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
        """The list of text under ``key``; empty where there is none. Raises FormatError."""
        found = self._of(list, f"{where}.{key}", record.get(key) or [])
        return tuple(self._of(str, f"{where}.{key}[{i}]", t) for i, t in enumerate(found))

    def _of(self, kind: type[Kind], what: str, value: object) -> Kind:
        if not isinstance(value, kind):
            got = _CALLED.get(type(value), "a number")
            raise FormatError(f"{self.path}: {what} is {got}; {_CALLED[kind]} was expected")
        return value


def _protocol(file: _File) -> Protocol:
    raw = file.part("protocol")

    def mapped(key: str, read: Callable[[object], object | None]) -> dict:
        found = raw.get(key)
        pairs = found.items() if isinstance(found, dict) else ()
        return {name: read(value) for name, value in pairs if read(value) is not None}

    return Protocol(
        title=file.text(raw, "title", "protocol"),
        split=file.text(raw, "split", "protocol"),
        studies=file.texts(raw, "studies", "protocol"),
        flatters=file.take(raw, "flatters", "protocol") is not False,
        folds=file.texts(raw, "folds", "protocol"),
        seeds=_whole(file.take(raw, "seeds", "protocol")),
        headline=file.text(raw, "headline", "protocol"),
        endpoints=file.texts(raw, "endpoints", "protocol"),
        thresholds=mapped("thresholds", number),
        units=mapped("units", _text),
        directions=mapped("directions", _text),
        space=_text(raw.get("space")) or "",
    )


def _scores(record: Record, file: _File, where: str = "a row of table") -> Scores:
    keys = [*MEASURES, *(f"{key}_sd" for key in MEASURES)]
    return Scores(
        endpoint=file.text(record, "endpoint", where),
        model=file.text(record, "model", where),
        values={key: number(record[key]) for key in keys if key in record},
    )


def _pooled(file: _File) -> tuple[Scores, ...]:
    """A model and shift group: rows summed over folds, scores averaged by rows."""
    where = "a row of groups"
    parts: dict[tuple[str, str, str], list[_Rows]] = {}
    for record in file.records("groups"):
        one = _scores(record, file, where)
        key = (one.endpoint, one.model, file.text(record, "shift", where))
        rows = _whole(file.take(record, "rows", where))
        parts.setdefault(key, []).append((rows, one.values))
    return tuple(
        Scores(
            endpoint=endpoint,
            model=model,
            shift=shift,
            rows=sum(rows for rows, _ in found),
            values={key: _mean(found, key) for _, values in found for key in values},
        )
        for (endpoint, model, shift), found in parts.items()
    )


def _mean(found: list[_Rows], key: str) -> float | None:
    """Mean of a score over folds, weighted by rows; the root of the mean square for ``rmse``."""
    known = [(rows, v) for rows, values in found if (v := values.get(key)) is not None and rows]
    total = sum(rows for rows, _ in known)
    if not total:
        return None
    if key == "rmse":
        return (sum(rows * v**2 for rows, v in known) / total) ** 0.5
    return sum(rows * v for rows, v in known) / total


def _difference(record: Record, file: _File) -> Difference:
    where = "a row of differences"
    found = record.get("folds")
    folds = [number(v) for v in found] if isinstance(found, list) else []
    return Difference(
        endpoint=file.text(record, "endpoint", where),
        metric=file.text(record, "metric", where),
        model=file.text(record, "model", where),
        against=file.text(record, "against", where),
        mean=number(file.take(record, "mean", where)),
        low=number(file.take(record, "low", where)),
        high=number(file.take(record, "high", where)),
        folds=tuple(v for v in folds if v is not None),
        clusters=_text(record.get("clusters")) or "cluster",
        n_clusters=_whole(record.get("n_clusters")),
    )


def _finding(record: Record, file: _File) -> Finding:
    where = "a row of leakage"
    return Finding(
        check=file.text(record, "check", where),
        severity=file.text(record, "severity", where),
        found=_whole(file.take(record, "found", where)),
        examples=tuple(str(e) for e in file.texts(record, "examples", where)),
    )


def _survival(file: _File) -> dict[str, tuple[Record, ...]]:
    """Rows that name an endpoint, a model and a fold; empty in a benchmark without survival."""
    part, made = file.part("survival"), {}
    for key in SURVIVAL_KEYS if part else ():
        rows = file.rows(part.get(key) or [], f"survival.{key}")
        for row in rows:
            for name in ("endpoint", "model", "fold"):
                file.text(row, name, f"a row of survival.{key}")
        made[key] = tuple(rows)
    return made


def _origin(file: _File) -> Origin:
    seeds = file.raw.get("seeds")
    return Origin(
        command=_text(file.raw.get("command")) or "",
        cpu_minutes=number(file.raw.get("cpu_minutes")),
        seeds=tuple(_whole(s) for s in seeds) if isinstance(seeds, list) else (),
        versions={k: str(v) for k, v in file.part("versions").items()},
        digests={k: str(v) for k, v in file.part("digests").items()},
        config=file.part("config"),
    )


def _numbers(record: Record) -> dict[str, float]:
    found = {key: number(value) for key, value in record.items()}
    return {key: value for key, value in found.items() if value is not None}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int:
    found = number(value)
    return 0 if found is None else int(found)
