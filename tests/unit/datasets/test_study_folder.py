import pytest

from combo_dl.core.errors import FormatError, SourceError
from combo_dl.core.study_files import study_digest, write_study
from combo_dl.datasets.study_folder import load


@pytest.fixture
def folder(tiny_study, tmp_path):
    write_study(tiny_study, tmp_path / "mine")
    return tmp_path / "mine"


def test_a_written_study_is_loaded_as_it_was(folder, tiny_study):
    found = load(folder=str(folder))
    assert study_digest(found) == study_digest(tiny_study)
    assert found.columns.keys() == tiny_study.columns.keys()


def test_a_missing_folder_says_which_setting_to_change(tmp_path):
    with pytest.raises(SourceError, match=r"nowhere.*data\.study\.folder"):
        load(folder=str(tmp_path / "nowhere"))


def test_a_changed_file_is_refused(folder):
    with (folder / "combos.parquet").open("ab") as out:
        out.write(b"more")
    with pytest.raises(FormatError, match="was changed"):
        load(folder=str(folder))
