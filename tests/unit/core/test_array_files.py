"""Arrays by name in one file: written and read, and refused in one line where they are broken."""

import numpy as np
import pytest

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.errors import FormatError


def test_arrays_are_written_and_read(tmp_path):
    arrays = {"one": np.arange(3), "of:two": np.array(["a", "b"])}
    (tmp_path / "kept.npz").write_bytes(archived(arrays))
    found = read_arrays(tmp_path / "kept.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)


def test_an_object_is_not_unpickled(tmp_path):
    np.savez(tmp_path / "kept.npz", one=np.array([{}], dtype=object))
    with pytest.raises(FormatError, match=r"cannot be read"):
        read_arrays(tmp_path / "kept.npz")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK broken"])
def test_a_broken_file_is_refused(content, tmp_path):
    (tmp_path / "kept.npz").write_bytes(content)
    with pytest.raises(FormatError, match=r"kept\.npz cannot be read"):
        read_arrays(tmp_path / "kept.npz")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"cannot be read"):
        read_arrays(tmp_path / "none.npz")
