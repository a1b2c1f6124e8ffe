"""What the documents say is there: files, commands, settings, tables and Python that runs."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
import yaml
from markdown import DOCUMENTS, blocks, commands, links, shell_lines
from source_tree import ROOT

from combo_dl.cli.main import main
from combo_dl.core.drug_table import oncology_drugs, parse_drugs
from combo_dl.core.study_files import read_study
from combo_dl.datasets.patient_regimens import OWN as CLASSES
from combo_dl.infer.request_table import read_request
from combo_dl.infer.told_drugs import TOLD, with_told, without_told

EXAMPLES = ROOT / "docs" / "examples"
OWN = ROOT / "docs" / "own_data.md"
COMMANDS = [
    pytest.param(command, id=f"{path.name}: {command[9:60]}")
    for path in DOCUMENTS
    for command in commands(path)
]
PYTHON = [
    pytest.param(block.text, id=f"{path.name}-{i}")
    for path in DOCUMENTS
    for i, block in enumerate(blocks(path))
    if block.kind == "python"
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_relative_link_leads_to_a_file(path):
    missing = [link for link in links(path) if not (path.parent / link).exists()]
    assert not missing


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the documents' tables and the configuration that they tell a user to write."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    for block in blocks(OWN):
        if block.kind == "yaml":
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_commands_of_every_verb():
    verbs = {param.values[0].split()[1] for param in COMMANDS}
    assert {"train", "predict", "inspect", "evaluate", "sweep"} <= verbs


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_composes_and_lacks_nothing(command, checkout, capsys):
    words = shlex.split(command)[1:]
    shown = [] if "--cfg" in words else ["--cfg", "job"]
    status = main([*words, *shown])
    said = capsys.readouterr()
    assert status == 0, said.err
    assert "???" not in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_a_command_are_there(command):
    given = re.findall(r"docs/examples/[\w.]+", command)
    assert all((ROOT / path).is_file() for path in given)


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_make_target_is_one(path):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    said = [line.split()[1] for line in shell_lines(path) if line.startswith("make ")]
    assert set(said) <= set(targets)


@pytest.mark.parametrize("text", PYTHON)
def test_python_is_python(text):
    compile(text, "a document", "exec")


def test_the_own_screen_of_the_document_becomes_a_study(checkout):
    made = [b.text for b in blocks(OWN) if b.kind == "python" and "study" in b.text]
    assert len(made) == 1
    exec("\n".join(made), {})
    study = read_study(checkout / "my_study")
    assert len(study) == len(pd.read_csv(EXAMPLES / "own_screen.csv"))
    assert all(study.smiles)


def request_tables() -> list[Path]:
    return sorted(EXAMPLES.glob("*_rows.csv"))


@pytest.mark.parametrize("path", request_tables(), ids=named)
def test_a_table_of_combinations_reads(path):
    own = parse_drugs((EXAMPLES / "own_drugs.csv").read_text())
    frame = pd.read_csv(path)
    # A bundle of patients knows classes of drugs too, and may be told them in a column of its own.
    known = oncology_drugs().extended(own).extended(CLASSES)
    told = [with_told(frame, c) for c in frame if c.startswith(TOLD)]
    for table in (without_told(frame), *told):
        assert len(read_request(table, known).rows) == len(frame)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if p.parent.name != "benchmarks"], ids=named)
def test_a_table_shown_is_the_table_shipped(path):
    for block in blocks(path):
        if block.kind == "" and block.file.startswith("docs/examples/"):
            lines = block.text.splitlines()
            assert lines
            assert set(lines) <= set((ROOT / block.file).read_text().splitlines())


def test_the_endpoint_of_the_document_is_declared_whole():
    found = [yaml.safe_load(b.text) for b in blocks(OWN) if b.kind == "yaml"]
    assert len(found) == 1 and found[0]["columns"] == ["sensitivity"]
