"""A folder of a setting, or several."""

from pathlib import Path
from typing import Any

from combo_dl.core.errors import ConfigError


def folders(value: Any, *, setting: str) -> list[Path]:
    """The folder or the list of folders that ``setting`` has. Raises ConfigError."""
    given = value if isinstance(value, list) else [value]
    # A folder called 2026 is read as a number.
    strange = [p for p in given if not isinstance(p, str | int) or isinstance(p, bool) or p == ""]
    if strange:
        raise ConfigError(
            f"{setting} is {value!r}; expected a folder or a list: {setting}=[one,other]"
        )
    return [Path(str(part)) for part in given]
