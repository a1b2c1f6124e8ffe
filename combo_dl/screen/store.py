"""The folder of a screen: what is being screened, and a file a finished block.

A block is finished when its file is there: files get their names when they are whole. A killed
screen therefore loses the block it was at and no other, and the same command goes on from there.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load, save

from combo_dl.core.errors import ConfigError, FormatError
from combo_dl.core.files import read_json, write_bytes, write_json
from combo_dl.core.frames import LETTERS
from combo_dl.screen.combos import Block
from combo_dl.screen.found import Found
from combo_dl.screen.score_block import Scored

PLAN, BLOCKS, SCORES = "plan.json", "blocks", "scores"


@dataclass(frozen=True, kw_only=True)
class BlockFiles:
    """The files of a block as bytes. scores: empty where they are not kept."""

    found: bytes
    scores: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Store:
    """Files below ``folder``."""

    folder: Path

    def begin(self, plan: dict) -> None:
        """Begin a screen, or go on with it. Raises ConfigError where the folder holds a screen of
        other settings, or other files."""
        path = self.folder / PLAN
        if path.is_file():
            _refuse_other(read_json(path), plan, self.folder)
        elif self.folder.is_dir() and any(_named(self.folder)):
            raise ConfigError(f"out={self.folder} holds files and no screen; name a new folder")
        elif self.folder.exists() and not self.folder.is_dir():
            raise ConfigError(f"out={self.folder} is a file; name a folder")
        else:
            write_json(path, plan)

    def path(self, block: Block) -> Path:
        """The file of what is kept of a block."""
        return self.folder / BLOCKS / f"block-{block.number:06d}.safetensors"

    def read(self, block: Block) -> Found | None:
        """What was kept of a finished block, None of one that is not. Raises FormatError."""
        path = self.path(block)
        if not path.is_file():
            return None
        try:
            return Found(**load(path.read_bytes()))
        except (SafetensorError, TypeError) as error:
            raise FormatError(f"{path} is broken: {error}; remove it, and run again") from error

    def write(self, block: Block, files: BlockFiles) -> None:
        """Keep what was found; the block is finished."""
        if files.scores:
            name = f"size={block.size}/block-{block.number:06d}.parquet"
            write_bytes(self.folder / SCORES / name, files.scores)
        write_bytes(self.path(block), files.found)


def found_bytes(found: Found) -> bytes:
    """What was kept of a block, as ``Store.read`` reads it."""
    return save({n: np.ascontiguousarray(a) for n, a in found.arrays().items()})


def scores_bytes(
    block: Block, scored: Scored, drugs: list[str], profiles: tuple[str, ...]
) -> bytes:
    """All allowed sets of a block with their values, a row a set and profile, as Parquet."""
    kept, count = np.flatnonzero(scored.allowed), len(profiles)
    names = pa.array(drugs)
    columns: dict[str, pa.Array] = {}
    for k in range(block.size):
        ids = np.repeat(scored.sets[kept, k], count).astype(np.int32)
        columns[f"drug_{LETTERS[k]}"] = pa.DictionaryArray.from_arrays(ids, names)
    of = np.tile(np.arange(count, dtype=np.int32), len(kept))
    columns["profile"] = pa.DictionaryArray.from_arrays(of, pa.array(list(profiles)))
    for name, values in scored.values.items():
        columns[name] = pa.array(np.ascontiguousarray(values[:, kept].T).reshape(-1))
    within = np.isfinite(scored.score[:count, kept]).T.reshape(-1)
    columns["within_limits"] = pa.array(within)
    room = io.BytesIO()
    pq.write_table(pa.table(columns), room)
    return room.getvalue()


def _named(folder: Path) -> list[Path]:
    """What lies in a folder, without what a killed run had not named yet."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _refuse_other(found: dict, asked: dict, folder: Path) -> None:
    for key in dict.fromkeys([*asked, *found]):
        if found.get(key) != asked.get(key):
            raise ConfigError(
                f"out={folder} holds a screen with {key} = {_short(found.get(key))}, and "
                f"{_short(asked.get(key))} is asked; name a new folder, or ask for the same"
            )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
