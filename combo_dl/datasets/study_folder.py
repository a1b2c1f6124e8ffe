"""A study in a folder, as ``core.study_files.write_study`` made it: a user's own screen."""

from pathlib import Path

from combo_dl.core.errors import SourceError
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study

_HEADER = "study.json"


def load(*, folder: str) -> Study:
    """The study in ``folder``, as it was written.

    Raises SourceError when no study is there, FormatError when one of its files is missing, changed
    or of another format.
    """
    path = Path(folder)
    if not (path / _HEADER).is_file():
        raise SourceError(
            f"no study in {path}: {_HEADER} is not there; set data.study.folder to a folder that "
            "write_study made (docs/own_data.md)"
        )
    return read_study(path)
