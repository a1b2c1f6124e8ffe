"""What the tests of commands share."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from combo_dl.cli.main import main

ROWS = "drug_a,drug_b,profile\nolaparib,cisplatin,LINE000\n"
FROZEN = Path(__file__).parents[1] / "regression" / "bundle_format1"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def frozen() -> Path:
    """The frozen bundle of the regression tests: two networks, two endpoints, four cell lines."""
    return FROZEN


@pytest.fixture
def command(capsys):
    """``command("predict", "rows=…")`` runs the command line."""

    def run(*words: str) -> Said:
        status = main(list(words))
        said = capsys.readouterr()
        return Said(status=status, out=said.out, err=said.err)

    return run


@pytest.fixture
def refused(command):
    """The one line that a command is refused with; fails when it is not refused, or not so."""

    def run(*words: str) -> str:
        said = command(*words)
        assert said.status == 2, said
        assert said.err.startswith("combo-dl: error: ") and said.err.count("\n") == 1
        assert "Traceback" not in said.err and said.out == ""
        return said.err

    return run


@pytest.fixture
def refusal(refused, bundle, tmp_path):
    """The refusal of a prediction with the file's own ``bundle``; nothing is written."""

    def run() -> str:
        (tmp_path / "rows.csv").write_text(ROWS)
        out = tmp_path / "out.csv"
        line = refused("predict", f"bundle={bundle}", f"rows={tmp_path}/rows.csv", f"out={out}")
        assert not out.exists()
        return line

    return run
