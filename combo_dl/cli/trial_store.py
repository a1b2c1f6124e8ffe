"""Where the trials of a search live: one storage, opened alike by the sweep and by its jobs."""

from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.errors import ConfigError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

_SQLITE = "sqlite:///"
# Study attribute under which the sweep leaves the pruner settings for its jobs.
PRUNER_ATTRIBUTE = "pruner"


def absolute(storage: str) -> str:
    """``storage`` with an absolute path, so that a job started elsewhere opens the same trials.

    Raises ConfigError on a storage in memory, which no job could see.
    """
    if storage in ("sqlite://", _SQLITE) or ":memory:" in storage:
        raise ConfigError(
            f"storage {storage!r} is in memory and its jobs could not see it; "
            "give sqlite:///<file> or the path of a journal file"
        )
    if storage.startswith(_SQLITE):
        return _SQLITE + str(Path(storage.removeprefix(_SQLITE)).expanduser().absolute())
    if "://" in storage:
        return storage
    return str(Path(storage).expanduser().absolute())


def open_storage(storage: str) -> "BaseStorage":
    """The storage at ``sqlite:///file``, at another database, or in a journal file (a path).

    The folder of a file is made. Raises ConfigError when Optuna is missing or nothing opens.
    """
    optuna_or_error()
    from optuna.exceptions import StorageInternalError
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend
    from sqlalchemy.exc import SQLAlchemyError

    address = absolute(storage)
    try:
        if "://" in address:
            if address.startswith(_SQLITE):
                Path(address.removeprefix(_SQLITE)).parent.mkdir(parents=True, exist_ok=True)
            return RDBStorage(address)
        Path(address).parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(address))
    except (OSError, ImportError, ValueError, SQLAlchemyError, StorageInternalError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"cannot open the trial storage {storage!r} ({reason}); "
            "give sqlite:///<file> or the path of a journal file"
        ) from error


def optuna_or_error() -> None:
    """Nothing when Optuna is installed. Raises ConfigError that tells how to install it."""
    try:
        import optuna
    except ImportError as error:
        raise ConfigError("a search needs optuna: pip install combo-dl[sweep]") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
