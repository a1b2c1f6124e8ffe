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

from combo_dl.core.errors import ComboError, FormatError, SourceError


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
        raise ComboError(f"cannot write {target}: {error.strerror or error}; {what}") from error


def write_text(path: Path, content: str) -> None:
    """Write text to ``path`` whole or not at all."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: object) -> None:
    """Write JSON (sorted keys, no NaN) to ``path`` whole or not at all."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n")


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
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` when the block ends well, and vanishes when not.

    An existing ``target`` is replaced only at the end. Raises ComboError when the disk refuses.
    """
    with _refused(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            yield temporary
            temporary.chmod(0o755)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


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
