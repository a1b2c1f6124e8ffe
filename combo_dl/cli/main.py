"""``combo-dl <verb> [key=value ...]``: reads the command line and turns errors into one line.

Nothing heavy is imported before a verb is to be run: help and version cost no Hydra, torch or pandas.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from combo_dl.cli.verbs import VERBS, overview, page
from combo_dl.core.errors import ComboError, ConfigError
from combo_dl.core.names import hint

_EXIT_ERROR = 2
_EXIT_INTERRUPT = 130
_HELP = ("-h", "--help")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asks for. ``show``: print the configuration instead of running."""

    verb: str
    overrides: tuple[str, ...] = ()
    show: bool = False
    resolve: bool = False
    help: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; the exit status: 0 done, 2 an error that the user can mend, 130 interrupted."""
    try:
        return _main(list(sys.argv[1:] if arguments is None else arguments))
    except ComboError as error:
        line = " ".join(str(error).split())
        print(f"combo-dl: error: {line}", file=sys.stderr)
        return _EXIT_ERROR
    except KeyboardInterrupt:
        print("combo-dl: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return _EXIT_INTERRUPT


def _main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in (*_HELP, "help"):
        print(overview())
        return 0 if arguments else _EXIT_ERROR
    if arguments[0] == "--version":
        print(_version())
        return 0
    request = parse(arguments)
    if request.help:
        print(page(request.verb))
        return 0
    from combo_dl.cli.dispatch import dispatch

    dispatch(request)
    return 0


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
        if word in _HELP:
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


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"combo-dl {version('combo-dl')}"
    except PackageNotFoundError:
        return "combo-dl (not installed)"


if __name__ == "__main__":
    sys.exit(main())
