"""Plain settings (dicts and lists, as YAML gives them) become typed dataclasses, or one error."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

T = TypeVar("T")


def typed(kind: type[T], raw: object, *, where: str) -> T:
    """A ``kind`` (a dataclass whose fields are numbers, texts, flags, dates, tuples and mappings of
    them, or dataclasses) of plain values.

    where: the name of the setting in errors.
    Raises ConfigError on an unknown or missing key and on a value of another type.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where} is {raw!r}; expected settings, such as key: value")
    own: dict[str, Field] = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    for key in raw:
        if key not in own:
            raise ConfigError(f"unknown setting {where}.{key}; {hint(str(key), own)}")
    hints = get_type_hints(kind)
    made = {}
    for name, one in own.items():
        if name in raw:
            made[name] = _value(hints[name], raw[name], f"{where}.{name}")
        elif one.default is MISSING and one.default_factory is MISSING:
            raise ConfigError(f"{where} lacks {name}; add it")
    return kind(**made)


def _value(kind: Any, raw: object, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if type(None) in inner:
        other = next(k for k in inner if k is not type(None))
        return None if raw is None else _value(other, raw, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return typed(kind, raw, where=where)
    if origin is tuple:
        if isinstance(raw, str) or not isinstance(raw, Sequence):
            raise ConfigError(f"{where} is {raw!r}; expected a list, such as [{raw}]")
        return tuple(_value(inner[0], v, f"{where}[{i}]") for i, v in enumerate(raw))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(raw, Mapping):
            raise ConfigError(f"{where} is {raw!r}; expected names with values")
        return {str(k): _value(inner[1], v, f"{where}.{k}") for k, v in raw.items()}
    return _plain(kind, raw, where)


def _plain(kind: type, raw: object, where: str) -> Any:
    if kind is date and isinstance(raw, str):
        try:
            return date.fromisoformat(raw)
        except ValueError as error:
            raise ConfigError(f"{where} is {raw!r}; expected a day as YYYY-MM-DD") from error
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if not isinstance(raw, kind) or (isinstance(raw, bool) and kind is not bool):
        raise ConfigError(f"{where} is {raw!r}; expected {_NAMES.get(kind, kind.__name__)}")
    return raw


_NAMES = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    date: "a day as YYYY-MM-DD",
}
