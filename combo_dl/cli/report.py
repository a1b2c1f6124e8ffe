"""The verb ``report``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.core.errors import ConfigError

_FROM = "from="


def as_list(overrides: Sequence[str]) -> tuple[str, ...]:
    """``from=a,b`` as the list ``from=[a,b]``: elsewhere a comma means values to try in turn."""
    return tuple(_listed(word) for word in overrides)


def _listed(word: str) -> str:
    value = word.removeprefix(_FROM)
    if not word.startswith(_FROM) or "," not in value or value[0] in "['\"{":
        return word
    return f"{_FROM}[{','.join(part for part in value.split(',') if part)}]"


def report(cfg: DictConfig) -> None:
    """Write one page from the result folders of evaluate. Raises ComboError."""
    from combo_dl.report.page import write_report

    size = write_report(_folders(plain(cfg)["from"]), Path(cfg.out))
    print(f"written to {cfg.out}: one file of {size / 1000:.0f} kB that needs no network")


def _folders(value: Any) -> list[Path]:
    given = value if isinstance(value, list) else [value]
    # A folder called 2026 is read as a number.
    strange = [part for part in given if not isinstance(part, str | int) or part == ""]
    if strange:
        raise ConfigError(f"from is {value!r}; expected a folder or a list: from=[one,other]")
    return [Path(str(part)) for part in given]
