"""Errors of Hydra and OmegaConf in one line that names the nearest known setting."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra.errors import (
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)

from combo_dl.cli.config_path import config_folder
from combo_dl.core.errors import ComboError, ConfigError
from combo_dl.core.names import hint, nearest

_QUOTING = "quote a value with commas or spaces: key='a, b'"
_TYPES = {
    "could not be converted to Float": "a number",
    "could not be converted to Integer": "a whole number",
    "is not a valid bool": "true or false",
    "is not Optional": "a value, not null",
}
_LISTS = "write a list as key=[a,b]; to try values in turn use combo-dl sweep"


@contextmanager
def config_errors() -> Iterator[None]:
    """A faulty setting raises ConfigError; an error from inside a part stays its own."""
    try:
        yield
    except InstantiationException as error:
        raise _from_part(error) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(explained(error)) from error


def explained(error: BaseException) -> str:
    """One line: which setting, what was wrong with it, and the nearest known."""
    chain = _chain(error)
    for link in chain:
        if isinstance(link, MissingConfigException) and link.missing_cfg_file is not None:
            return _unknown_option(link)
        if isinstance(link, OverrideParseException):
            return f"cannot read {link.override!r}: key=value was expected ({_QUOTING})"
    for link in reversed(chain):
        if isinstance(link, ConfigAttributeError | ConfigKeyError):
            return _unknown_key(link)
        if isinstance(link, MissingMandatoryValue):
            return f"{link.full_key} must be given: add {link.full_key}=... to the command"
        if isinstance(link, OmegaConfBaseException):
            return _wrong_value(link)
    return _first_line(error)


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__
    return links


def _unknown_option(error: MissingConfigException) -> str:
    group, _, option = str(error.missing_cfg_file).rpartition("/")
    # Hydra lists the options of a group of one, not those of a group of many.
    options = error.options or sorted(p.stem for p in (config_folder() / group).glob("*.yaml"))
    if not group:
        return f"no configuration {option!r}; {hint(option, options)}"
    return f"{group} has no option {option!r}; {hint(option, options)}"


def _unknown_key(error: OmegaConfBaseException) -> str:
    key = str(error.full_key or error.key)
    parent = error.parent_node
    if parent is None:
        return f"unknown setting {key!r}"
    siblings = (
        [str(name) for name in parent if name != "hydra"] if isinstance(parent, DictConfig) else []
    )
    near = _near_paths(key, parent._get_root(), siblings)
    tail = "nearest known: " + ", ".join(near) if near else hint(str(error.key), siblings)
    return f"unknown setting {key!r}; {tail}"


def _near_paths(key: str, root: Any, siblings: list[str]) -> list[str]:
    """Known settings most like ``key``: with the same last word, beside it, by spelling."""
    head, _, last = key.rpartition(".")
    beside = [f"{head}.{name}" if head else name for name in nearest(last, siblings)]
    paths = [path for path in _paths(root, "") if not path.startswith("hydra.")]
    same_word = [path for path in paths if path.rpartition(".")[2] == last]
    found = dict.fromkeys([*same_word, *beside, *nearest(key, paths)])
    return [path for path in found if not key.startswith(path + ".")][:3]


def _paths(node: Any, prefix: str) -> Iterator[str]:
    if not isinstance(node, DictConfig) or node._is_none() or node._is_missing():
        return
    for name in node:
        path = f"{prefix}{name!s}"
        yield path
        yield from _paths(node._get_node(name), path + ".")


def _wrong_value(error: OmegaConfBaseException) -> str:
    key = error.full_key
    line = _in_words(_first_line(error))
    return f"setting {key!r}: {line}" if key else line


def _in_words(line: str) -> str:
    """OmegaConf's line on a value of a wrong type, with what was expected."""
    for pattern, words in _TYPES.items():
        if re.search(pattern, line):
            return f"{line}; expected {words}"
    return line


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    if line.startswith(("Ambiguous value", "Sweep parameters")):
        return f"{line.split(' requires')[0]}: {_LISTS}"
    missing = re.search(r"Could not load '([^']+)/([^'/]+)'", line)
    if missing:
        group, option = missing.groups()
        options = sorted(p.stem for p in (config_folder() / group).glob("*.yaml"))
        return f"{group} has no option {option!r}; {hint(option, options)}"
    if line.startswith("You must specify"):
        group = line.split("'")[1]
        options = [option for option in lines[1:] if not option.startswith("Available")]
        return f"{group} must be chosen: add {group}=... or experiment=...; {hint('', options)}"
    return line


def _from_part(error: InstantiationException) -> BaseException:
    """What a part raised: its own ComboError; a wrong argument as ConfigError; a bug as it is."""
    for link in _chain(error)[1:]:
        if isinstance(link, ComboError):
            return link
        if not isinstance(link, HydraException | TypeError | ImportError):
            return link
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    inner = _chain(error)[-1]
    if isinstance(inner, TypeError) and lines[-1].startswith("full_key: "):
        key = lines[-1].removeprefix("full_key: ")
        return ConfigError(f"{key} cannot be made of its settings: {inner}; correct {key}.…")
    return ConfigError("; ".join(lines))
