"""What the command prints and returns before any verb runs."""

import subprocess
import sys

import pytest

from combo_dl.cli.main import main
from combo_dl.cli.verbs import VERBS

HEAVY = ("hydra", "omegaconf", "torch", "pandas", "numpy", "optuna", "rich")


@pytest.mark.parametrize("words", [["--help"], ["--version"], *[[v, "--help"] for v in VERBS]])
def test_help_and_version_import_nothing_heavy(words):
    code = (
        "import sys; from combo_dl.cli.main import main; status = main(sys.argv[1:]);"
        f"print([m for m in {HEAVY} if m in sys.modules]); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "[]"


def test_overview_lists_every_verb(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {verb} " in text for verb in VERBS)


def test_nothing_asked_is_an_error_that_shows_the_verbs(capsys):
    assert main([]) == 2
    assert "verbs:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "unknown verb 'trian'; nearest known: train"),
        (["predict", "--fast"], "unknown option '--fast'"),
        (["predict", "--cfg", "hydra"], "only --cfg job"),
    ],
)
def test_a_wrong_word_is_one_line_and_status_2(words, message, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith("combo-dl: error: ") and message in said.err
    assert said.err.count("\n") == 1 and said.out == ""


def interrupted(request):
    raise KeyboardInterrupt


def interrupted_in_training(request):
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        sys.exit(1)


@pytest.mark.parametrize("end", [interrupted, interrupted_in_training])
def test_interrupt_says_that_the_same_command_goes_on(end, monkeypatch, capsys):
    monkeypatch.setattr("combo_dl.cli.dispatch.dispatch", end)
    assert main(["train"]) == 130
    said = capsys.readouterr().err
    assert said == "combo-dl: interrupted; the same command goes on where it stopped\n"
