"""A content-addressed cache of folders: the key is a digest of all they were made from."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from combo_dl.core.errors import ComboError, FormatError

T = TypeVar("T")


def cache_folder() -> Path:
    """Folder of the cache: ``COMBO_DL_CACHE``, else the user's cache folder."""
    given = os.environ.get("COMBO_DL_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "combo_dl"


def cached(
    key: str, *, make: Callable[[], T], write: Callable[[T, Path], None], read: Callable[[Path], T]
) -> T:
    """The thing with this ``key``: read if it is kept, else made and kept.

    A kept folder that no longer reads is made again; a cache that cannot be written is skipped,
    since it only saves time.
    """
    folder = cache_folder() / key[:32]
    if folder.is_dir():
        try:
            return read(folder)
        except FormatError:
            shutil.rmtree(folder, ignore_errors=True)
    made = make()
    # ``write`` is whole or nothing; another process may have kept, and be reading, the same thing.
    with suppress(ComboError, OSError):
        write(made, folder)
    return made
