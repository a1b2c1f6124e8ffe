"""Where the configuration files are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

import combo_dl
from combo_dl.core.errors import ConfigError

_PROBE = "train.yaml"


def config_folder() -> Path:
    """The folder of YAML files, from whatever directory the command is run.

    Raises ConfigError when the installation has none.
    """
    package = Path(combo_dl.__path__[0]).resolve()
    for folder in (package / "configs", package.parent / "configs"):
        if (folder / _PROBE).is_file():
            return folder
    raise ConfigError(
        f"no configs/ in or beside {package}; install combo-dl again, or run from a whole checkout"
    )
