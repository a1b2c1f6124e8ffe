import hashlib
import os
import subprocess
import sys

import pytest

from combo_dl.core.errors import ComboError, FormatError, SourceError
from combo_dl.core.files import (
    digest_of,
    read_json,
    require_source,
    sha256,
    whole_folder,
    write_bytes,
    write_json,
    write_text,
)

# A limit on the size of a file stands in for a disk that is full.
FULL_DISK = """
import resource, sys
from pathlib import Path
from combo_dl.core.errors import ComboError
from combo_dl.core.files import write_bytes, whole_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
target = Path(sys.argv[2])
try:
    if sys.argv[1] == "file":
        write_bytes(target, b"x" * 100_000)
    else:
        with whole_folder(target) as folder:
            (folder / "small").write_bytes(b"x")
            (folder / "large").write_bytes(b"x" * 100_000)
except ComboError as error:
    print(error)
    sys.exit(2)
"""


def test_digests():
    assert digest_of(b"ab") != digest_of(b"a", b"b") != digest_of(b"", b"ab")
    assert digest_of("ab") == digest_of(b"ab")


def test_sha256_is_that_of_the_content(tmp_path):
    write_text(tmp_path / "a", "Loewe")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"Loewe").hexdigest()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "card.json"
    write_json(path, {"format": 1})

    def refuse(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ComboError, match=r"cannot write .*card.json: No space left on device"):
        write_json(path, {"format": 2})
    assert read_json(path) == {"format": 1}
    assert [p.name for p in path.parent.iterdir()] == ["card.json"]


def test_files_have_the_mode_of_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_file_in_the_place_of_a_folder_is_one_error(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(ComboError, match="cannot write"):
        write_text(tmp_path / "out" / "a", "")
    with pytest.raises(ComboError, match="cannot write"), whole_folder(tmp_path / "out" / "a"):
        pass


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_full_disk_is_one_error_and_nothing_half_written(tmp_path, kind):
    target = tmp_path / "out" / "result"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, kind, str(target)], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith(f"cannot write {target}: File too large; free some space")
    assert done.stdout.count("\n") == 1 and not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "is not valid JSON"), (b"[1]", "holds a list"), (b"\xff\xfe{", "is not valid JSON")],
)
def test_json_that_is_not_an_object_is_refused(tmp_path, content, message):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_json(tmp_path / "a.json")


def test_json_that_is_absent_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"cannot read .*a.json: No such file"):
        read_json(tmp_path / "a.json")


def test_a_folder_vanishes_when_its_block_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "study") as folder:
        (folder / "rows").touch()
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_an_old_folder_is_replaced_only_at_the_end(tmp_path):
    target = tmp_path / "study"
    with whole_folder(target) as folder:
        write_text(folder / "old", "1")
    with whole_folder(target) as folder:
        write_text(folder / "new", "2")
        assert (target / "old").read_text() == "1"
    assert [p.name for p in target.iterdir()] == ["new"] and len(list(tmp_path.iterdir())) == 1


def test_a_source_must_be_there_and_unchanged(tmp_path):
    path = tmp_path / "rows.csv"
    told = {"what": "table of rows", "origin": "https://example.org/rows", "digest": "0" * 64}
    with pytest.raises(SourceError, match=r"rows.csv \(from https://example.org/rows, sha256 000"):
        require_source(path, **told)
    path.write_text("a")
    with pytest.raises(SourceError, match=r"not the expected table of rows: sha256 ca978112"):
        require_source(path, **told)
    assert require_source(path, **(told | {"digest": sha256(path)})) == path
