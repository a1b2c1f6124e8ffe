from pathlib import Path

import pytest

from combo_dl.core.cache import cache_folder, cached
from combo_dl.core.errors import ComboError
from combo_dl.core.files import read_json, whole_folder, write_json


def write(value, folder):
    with whole_folder(folder) as temporary:
        write_json(temporary / "value.json", {"value": value})


def read(folder):
    return read_json(folder / "value.json")["value"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COMBO_DL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_made_once_and_then_read():
    assert cached("k" * 64, make=lambda: 1, write=write, read=read) == 1
    assert cached("k" * 64, make=lambda: 2, write=write, read=read) == 1
    assert cached("j" * 64, make=lambda: 2, write=write, read=read) == 2


def test_a_broken_entry_is_made_again(folder):
    cached("k" * 64, make=lambda: 1, write=write, read=read)
    next(folder.rglob("value.json")).write_text("{")
    assert cached("k" * 64, make=lambda: 2, write=write, read=read) == 2
    assert cached("k" * 64, make=lambda: 3, write=write, read=read) == 2


def test_a_cache_that_cannot_be_written_is_skipped(folder):
    def refuse(value, folder):
        raise ComboError(f"cannot write {folder}: full")

    assert cached("k" * 64, make=lambda: 1, write=refuse, read=read) == 1


def test_a_write_that_another_process_won_leaves_its_entry():
    def lose(value, folder):
        write(7, folder)
        raise ComboError(f"cannot write {folder}: Directory not empty")

    assert cached("k" * 64, make=lambda: 1, write=lose, read=read) == 1
    assert cached("k" * 64, make=lambda: 1, write=write, read=read) == 7


def test_where_it_lies(monkeypatch, folder):
    assert cache_folder() == folder
    monkeypatch.delenv("COMBO_DL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/one/.cache")
    assert cache_folder() == Path("/home/one/.cache/combo_dl")
