"""The package's own files, read once."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "combo_dl"
PYTHON = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "hydra_plugins").rglob("*.py")])


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.AST) -> str:
    """Where a node stands, for a message."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def nodes(*kinds: type) -> list[tuple[Path, ast.AST]]:
    """All nodes of these kinds, with their file."""
    return [(p, n) for p in PYTHON for n in ast.walk(tree(p)) if isinstance(n, kinds)]


def text_files() -> list[Path]:
    """The text files of the repository: those git knows, else (in an archive) all source files."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    names = [n for n in asked.stdout.decode().split("\0") if n]
    found = [ROOT / n for n in names] or [
        p
        for folder in ("combo_dl", "configs", "docs", "scripts", "tests")
        for p in ROOT.joinpath(folder).rglob("*")
    ]
    kinds = {".py", ".md", ".yaml", ".toml", ".txt", ".csv", ".cff", ""}
    return [p for p in found if p.is_file() and p.suffix in kinds]
