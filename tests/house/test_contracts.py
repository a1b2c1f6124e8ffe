"""The floors of the house: who may import whom."""

import subprocess
import sys

from importlinter import cli
from source_tree import ROOT


def test_every_import_contract_is_kept(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    status = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    said = capsys.readouterr().out
    assert status == cli.EXIT_STATUS_SUCCESS, said
    assert " 0 broken" in said


def test_the_package_itself_costs_no_torch():
    code = "import sys, combo_dl; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
