"""Effects: columns of endpoints that have several."""

from collections.abc import Sequence

from combo_dl.core.errors import ConfigError, UnknownNameError
from combo_dl.core.names import hint, normalise


def chosen_effects(columns: dict[str, tuple[str, ...]], asked: Sequence[str]) -> list[str]:
    """The columns with the names ``asked``, whatever their case, spaces and hyphens.

    columns: {endpoint: names of its columns}.
    Raises ConfigError where nothing is asked or no endpoint has several columns, UnknownNameError
    with the nearest names.
    """
    known = [name for names in columns.values() if len(names) > 1 for name in names]
    if not known:
        raise ConfigError(
            "effects chooses columns of an endpoint that has several; this bundle predicts "
            f"{', '.join(columns)}, of one column each: leave effects out"
        )
    if not asked:
        raise ConfigError("effects is an empty list; name at least one, or leave effects out")
    by_name = {normalise(name): name for name in known}
    found = []
    for name in asked:
        if normalise(str(name)) not in by_name:
            raise UnknownNameError(
                f"this bundle predicts no effect {str(name)!r}; {hint(str(name), known)}"
            )
        found.append(by_name[normalise(str(name))])
    return list(dict.fromkeys(found))
