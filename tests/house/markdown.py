"""The documents of the repository, taken apart: links, commands, code blocks and their files."""

import re
from dataclasses import dataclass
from pathlib import Path

from source_tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_FILE_BEFORE = re.compile(r"`([\w./-]+\.(?:py|yaml|csv))`[^`\n]*:\n+\Z")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`(combo-dl [^`]+)`")
_GENERIC = ("...", "…")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block; ``file``: the path that stands before it, or an empty text."""

    kind: str
    text: str
    file: str


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    text, made = path.read_text(encoding="utf-8"), []
    for found in _BLOCK.finditer(text):
        before = _FILE_BEFORE.search(text[: found.start()])
        made.append(Block(kind=found[1], text=found[2], file=before[1] if before else ""))
    return made


def links(path: Path) -> list[str]:
    """The relative targets of a document's links, without anchors."""
    targets = _LINK.findall(_BLOCK.sub("", path.read_text(encoding="utf-8")))
    found = [t.partition("#")[0] for t in targets if "://" not in t and not t.startswith("mailto:")]
    return [t for t in found if t]


def shell_lines(path: Path) -> list[str]:
    """The lines of a document's blocks of commands, continued lines joined."""
    plain = [b.text.replace("\\\n", " ") for b in blocks(path) if b.kind in ("", "sh", "bash")]
    return [line.strip() for text in plain for line in text.splitlines()]


def commands(path: Path) -> list[str]:
    """Every whole ``combo-dl`` command of a document, in blocks and in running text."""
    inline = _INLINE.findall(_BLOCK.sub("", path.read_text(encoding="utf-8")))
    found = [line for line in shell_lines(path) if line.startswith("combo-dl ")]
    every = dict.fromkeys([*found, *(line for line in inline if "=" in line)])
    return [line for line in every if not any(mark in line for mark in _GENERIC)]
