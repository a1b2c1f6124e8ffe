"""Configuration files are found from any directory, in a checkout and in a wheel."""

import pytest

import combo_dl
from combo_dl.cli.config_path import config_folder
from combo_dl.core.errors import ConfigError


def test_found_from_another_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (config_folder() / "train.yaml").is_file()


def test_inside_the_package_as_in_a_wheel(tmp_path, monkeypatch):
    inside = tmp_path / "combo_dl" / "configs"
    inside.mkdir(parents=True)
    (inside / "train.yaml").touch()
    monkeypatch.setattr(combo_dl, "__path__", [str(tmp_path / "combo_dl")])
    assert config_folder() == inside


def test_nowhere_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(combo_dl, "__path__", [str(tmp_path / "combo_dl")])
    with pytest.raises(ConfigError, match="no configs/"):
        config_folder()
