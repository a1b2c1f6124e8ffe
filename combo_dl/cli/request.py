"""What a command line asks for, read without importing what would do it."""

from collections.abc import Sequence
from dataclasses import dataclass

from combo_dl.cli.verbs import VERBS
from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

HELP = ("-h", "--help")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asks for. ``show``: print the configuration instead of running."""

    verb: str
    overrides: tuple[str, ...] = ()
    show: bool = False
    resolve: bool = False
    help: bool = False


def parse(arguments: Sequence[str]) -> Request:
    """The request of ``verb [--cfg job] [--resolve] [--help] [key=value ...]``.

    Raises ConfigError on an unknown verb or option.
    """
    verb, rest = arguments[0], list(arguments[1:])
    if verb not in VERBS:
        raise ConfigError(f"unknown verb {verb!r}; {hint(verb, VERBS)}; see combo-dl --help")
    flags, overrides = _split_flags(rest)
    return Request(
        verb=verb,
        overrides=tuple(overrides),
        show="--cfg" in flags,
        resolve="--resolve" in flags,
        help="--help" in flags,
    )


def _split_flags(rest: list[str]) -> tuple[set[str], list[str]]:
    flags: set[str] = set()
    overrides: list[str] = []
    words = iter(rest)
    for word in words:
        if word in HELP:
            flags.add("--help")
        elif word in ("--cfg", "-c") or word.startswith("--cfg="):
            what = word.partition("=")[2] or next(words, "")
            if what != "job":
                raise ConfigError(
                    f"--cfg {what}: only --cfg job is known, it prints what would run"
                )
            flags.add("--cfg")
        elif word == "--resolve":
            flags.add(word)
        elif word.startswith("-"):
            raise ConfigError(f"unknown option {word!r}; known: --help, --cfg job, --resolve")
        else:
            overrides.append(word)
    return flags, overrides
