"""Files that are whole or absent: atomic writes of files and folders, digests."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from combo_dl.core.errors import ComboError, FormatError, InputError, SourceError


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def digest_of(*parts: bytes | str) -> str:
    """Hex digest of byte strings, in order; lengths are hashed too: parts cannot run together."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "little"))
        total.update(raw)
    return total.hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` whole or not at all. Raises ComboError if the disk refuses."""
    # Opened as any file is, so that it gets the mode that the user's umask gives.
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    with _refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def _refused(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what = "free some space or choose another folder" if full else "choose another name"
        # Making a folder where a file is says only that it exists.
        said = "a file is in the way" if isinstance(error, FileExistsError) else error.strerror
        raise ComboError(f"cannot write {target}: {said or error}; {what}") from error


def write_text(path: Path, content: str) -> None:
    """Write text to ``path`` whole or not at all."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: object) -> None:
    """Write JSON (sorted keys, no NaN) to ``path`` whole or not at all."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n")


def read_text(path: Path, *, what: str) -> str:
    """The text of a file that a user gave (UTF-8, without a byte-order mark).

    Raises SourceError when it is absent or cannot be opened, InputError when it is not text.
    """
    if not path.is_file():
        raise SourceError(f"no {what} at {path}; expected a CSV file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8; save it as a CSV file in UTF-8") from error
    if "\0" in text:
        raise InputError(f"{path} holds bytes of zero, so it is not text; give a CSV file in UTF-8")
    return text


def read_json(path: Path) -> dict:
    """A JSON object. Raises FormatError when it is absent, broken, or not an object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise FormatError(f"{path} holds a {type(content).__name__}; a JSON object was expected")
    return content


@contextmanager
def whole_folder(target: Path, *, mark: str | None = None) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when the block ends well, and vanishes when not.

    An existing ``target`` is replaced only at the end. mark: the file by which an earlier folder of
    this kind is known; any other that is not empty is refused, so that nobody's own files are lost.
    Raises ComboError then, and when the disk refuses.
    """
    if mark is not None:
        _refuse_foreign(target, mark)
    with _refused(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            yield temporary
            temporary.chmod(0o755)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _refuse_foreign(target: Path, mark: str) -> None:
    if target.is_dir() and ((target / mark).is_file() or not any(target.iterdir())):
        return
    if target.exists():
        held = f"holds files and no {mark}" if target.is_dir() else "is a file"
        raise ComboError(f"{target} {held}, and would be replaced; give the name of a new folder")


def _swap(temporary: Path, target: Path) -> None:
    if target.exists():
        old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.old."))
        target.replace(old / "was")
        temporary.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        temporary.replace(target)


def require_source(path: Path, *, what: str, origin: str, digest: str | None = None) -> Path:
    """``path`` if it is there (and has ``digest``, where one is given).

    Raises SourceError naming the file, its public origin and the digest that was expected.
    """
    if not path.is_file():
        tail = f", sha256 {digest}" if digest else ""
        raise SourceError(
            f"{what} is missing: {path} (from {origin}{tail}); "
            "set paths.data or COMBO_DL_DATA to the folder laid out as in docs/data.md"
        )
    if digest is not None and (found := sha256(path)) != digest:
        raise SourceError(
            f"{path} is not the expected {what}: sha256 {found}, expected {digest}; "
            f"fetch it again from {origin}"
        )
    return path
