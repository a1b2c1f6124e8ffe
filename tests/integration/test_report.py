"""``combo-dl report`` from the command line."""

import pytest
from benchmark_folder import write_benchmark

from combo_dl.cli.main import main
from combo_dl.cli.report import as_list


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("pairs", "drugs")):
        write_benchmark(tmp_path / name, seed=seed, n_pairs=4)
    return tmp_path


@pytest.mark.parametrize("given", ["pairs", "[pairs]", "pairs,drugs", "[pairs,drugs]", "pairs,"])
def test_a_page_is_written(folders, given, capsys):
    assert main(["report", f"from={given}", "out=pages/report.html"]) == 0
    text = (folders / "pages" / "report.html").read_text()
    assert text.startswith("<!DOCTYPE html>") and ('id="s2"' in text) == ("drugs" in given)
    assert "written to pages/report.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "from must be given: add from=..."),
        (["from=nosuch"], "nosuch holds no benchmark.json"),
        (["from=2026"], "2026 holds no benchmark.json"),
        (["from=null"], "from is None; expected a folder or a list"),
        (["from=''"], "from is empty; give it a value"),
        (["from=[]"], "no folder was given"),
        (["from=pairs,pairs"], "is given twice"),
        (["fron=pairs"], "unknown setting 'fron'; nearest known: from"),
        (["from=pairs", "out=drugs"], "cannot write drugs: Is a directory"),
    ],
)
def test_a_mistake_is_one_line(folders, words, message, capsys):
    assert main(["report", *words]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1 and not (folders / "report.html").exists()


def test_only_from_becomes_a_list():
    assert as_list(["from=a,b", "out=c,d", "from=[a,b]", "from=a"]) == (
        "from=[a,b]",
        "out=c,d",
        "from=[a,b]",
        "from=a",
    )
