"""Checks on the arrays of the nouns, and how a noun becomes a flat table of arrays and back."""

import numpy as np

from combo_dl.core.errors import FormatError, InputError


def check_shape(name: str, array: np.ndarray, shape: tuple[int | None, ...]) -> None:
    """Raise InputError unless ``array`` has ``shape`` (None = any length)."""
    fits = array.ndim == len(shape) and all(
        want is None or got == want for got, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        raise InputError(f"{name} has shape {array.shape}; expected {shape} (None = any)")


def check_range(name: str, ids: np.ndarray, low: int, high: int) -> None:
    """Raise InputError unless every id is in [low, high)."""
    if ids.size and (ids.min() < low or ids.max() >= high):
        raise InputError(f"{name} holds ids {ids.min()}..{ids.max()}; expected {low}..{high - 1}")


def text_array(values: tuple[str, ...] | list[str]) -> np.ndarray:
    """Strings as one fixed-width unicode array, which needs no pickle."""
    return np.array(list(values), dtype=np.str_) if values else np.zeros(0, dtype="<U1")


def take(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The array of this name. Raises FormatError when the file lacks it."""
    if name not in arrays:
        raise FormatError(f"array {name!r} is missing; the file was changed or cut")
    return arrays[name]


def take_numbers(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The float array of this name as float32. Raises FormatError when absent, not floats, not
    finite, or so large that products of two of them leave float32."""
    found = take(arrays, name)
    if found.dtype.kind != "f" or not np.isfinite(found).all() or (np.abs(found) > 1e15).any():
        raise FormatError(f"array {name!r} ({found.dtype}) does not hold numbers up to 1e15")
    return found.astype(np.float32)


def take_ids(arrays: dict[str, np.ndarray], name: str, size: int) -> np.ndarray:
    """The array of ids of this name. Raises FormatError when absent or not whole numbers in
    [0, size)."""
    found = take(arrays, name)
    if found.dtype.kind != "i" or (found.size and not 0 <= found.min() <= found.max() < size):
        raise FormatError(f"array {name!r} ({found.dtype}) does not hold ids from 0 to {size - 1}")
    return found


def take_text(arrays: dict[str, np.ndarray], name: str) -> tuple[str, ...]:
    """The strings of this name. Raises FormatError when absent or not text."""
    found = take(arrays, name)
    if found.dtype.kind != "U" or found.ndim != 1:
        raise FormatError(
            f"array {name!r} holds {found.dtype}[{found.ndim}-d]; a list of text was expected"
        )
    return tuple(str(v) for v in found)
