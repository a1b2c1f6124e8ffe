"""Arrays by name in one file, an npz without objects."""

import io
import zipfile
from pathlib import Path

import numpy as np

from combo_dl.core.errors import FormatError


def archived(arrays: dict[str, np.ndarray]) -> bytes:
    """The content of a compressed npz."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz; nothing is unpickled. Raises FormatError where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise FormatError(f"{path} cannot be read; run its training again") from error
