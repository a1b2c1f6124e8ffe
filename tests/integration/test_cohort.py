"""From invented records to a bundle: the cohort of the demonstration is trained on, end to end."""

import json

import pandas as pd
import pytest

from combo_dl.cli.main import main
from combo_dl.core.study_files import read_study


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    status = main(["cohort", "protocol=demo_omop", "source.people=250", f"out={folder}/demo"])
    assert status == 0
    return folder


def test_what_leaves_is_listed_and_has_no_small_count(made):
    stated = json.loads((made / "demo" / "export" / "manifest.json").read_text())
    written = {p.name for p in (made / "demo" / "export").iterdir()} - {"manifest.json"}
    assert {entry["file"] for entry in stated} == written
    assert min(entry["smallest_cell"] for entry in stated) >= 11
    audit = pd.read_csv(made / "demo" / "audit.csv")
    study = read_study(made / "demo" / "study")
    assert audit["people_left"].iloc[-1] == len(study)
    assert set(study.combos.labels) == {"os", "ttnt", "pneumonitis"}


def test_the_study_trains_to_a_bundle(made):
    words = [
        "train",
        "data=[cohort]",
        f"data.cohort.folder={made}/demo/study",
        "endpoint=[os]",
        "endpoint.os.horizon_days=200",
        "head=[hazard]",
        "molecule=[]",
        "kernel=none",
        "split=row",
        "folds=0",
        "model.width=8",
        "fusion.width=8",
        "fusion.pair_width=8",
        "trainer.max_epochs=2",
        f"out={made}/run",
    ]
    assert main(words) == 0
    assert list(made.rglob("weights.safetensors"))


def test_a_protocol_that_looks_ahead_is_one_line(made, capsys):
    words = ["cohort", "protocol=demo_omop", "protocol.time_zero=first_dose", f"out={made}/no"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "after time zero" in said and said.count("\n") == 1 and not (made / "no").exists()


def test_an_unknown_code_system_of_claims_is_refused_before_they_are_read(made, capsys):
    """There is no such folder: it is not looked for."""
    words = ["cohort", "protocol=demo_snds", "source=snds", f"source.folder={made}/none"]
    days = ["source.first_day=2016-01-01", "source.last_day=2018-12-31", f"out={made}/no"]
    assert main([*words, *days, "protocol.outcomes.colitis.codes=['ICDX:K52*']"]) == 2
    said = capsys.readouterr().err
    assert "outcome colitis has codes of ICDX; the code systems of the source are" in said
    assert said.count("\n") == 1


def test_an_unknown_code_system_is_one_line_and_not_a_label_of_noes(made, capsys):
    words = ["cohort", "protocol=demo_omop", "source.people=20", f"out={made}/no"]
    assert main([*words, "protocol.outcomes.pneumonitis.codes=['ICDX:J70*']"]) == 2
    said = capsys.readouterr().err
    assert "outcome pneumonitis has codes of ICDX; the code systems of the source are" in said
    assert said.count("\n") == 1 and not (made / "no").exists()
