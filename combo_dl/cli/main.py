"""``combo-dl <verb> [key=value ...]``: reads the command line and turns errors into one line.

Nothing heavy is imported before a verb is to be run: help and version cost no Hydra, no torch.
"""

import os
import sys
from collections.abc import Sequence

from combo_dl.cli.request import HELP, parse
from combo_dl.cli.verbs import overview, page
from combo_dl.core.errors import ComboError

_EXIT_ERROR = 2
_EXIT_INTERRUPT = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; the exit status: 0 done, 2 an error that the user can mend, 130 interrupted."""
    try:
        return _main(list(sys.argv[1:] if arguments is None else arguments))
    except ComboError as error:
        line = " ".join(str(error).split())
        print(f"combo-dl: error: {line}", file=sys.stderr)
        return _EXIT_ERROR
    except (KeyboardInterrupt, SystemExit) as end:
        # The training loop turns Ctrl-C into an exit of its own.
        if isinstance(end, SystemExit) and not isinstance(end.__context__, KeyboardInterrupt):
            raise
        print("combo-dl: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return _EXIT_INTERRUPT


def _main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in (*HELP, "help"):
        print(overview())
        return 0 if arguments else _EXIT_ERROR
    if arguments[0] == "--version":
        print(_version())
        return 0
    request = parse(arguments)
    if request.help:
        print(page(request.verb))
        return 0
    # Small graph batches are several times slower on many threads than on one; a given value stays.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from combo_dl.cli.dispatch import dispatch

    dispatch(request)
    return 0


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"combo-dl {version('combo-dl')}"
    except PackageNotFoundError:
        return "combo-dl (not installed)"


if __name__ == "__main__":
    sys.exit(main())
