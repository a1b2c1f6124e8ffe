"""The page of a screen: whole in one file, nothing loaded, every name inert, no patient named."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from combo_dl.cli.main import main
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.spreadsheet import csv_for_people, inert
from combo_dl.report.screening import read_screening

FROZEN = Path(__file__).parents[2] / "regression" / "bundle_format1"
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    """A screen of three drugs, one of an evil name, with its explanation."""
    at = tmp_path_factory.mktemp("screen")
    drugs = pd.DataFrame({"drug": ["olaparib", "cisplatin", EVIL], "smiles": [None, None, "CCO"]})
    drugs.to_csv(at / "drugs.csv", index=False)
    drugs.rename(columns={"drug": "name"}).iloc[2:].to_csv(at / "own.csv", index=False)
    bundle = f"bundle={FROZEN}"
    words = ["maximise=synergy_loewe", "top=3", "size=2", f"out={at}/out", "keep_scores=true"]
    assert main(["screen", bundle, f"drugs={at}/drugs.csv", *words]) == 0
    asked = [f"rows={at}/out", f"drugs={at}/own.csv", f"out={at}/out/explain", "nodes=8", "most=2"]
    assert main(["explain", bundle, *asked]) == 0
    return at / "out"


@pytest.fixture(scope="module")
def page(screen):
    out = screen.parent / "page.html"
    assert main(["report", f"from={screen}", f"out={out}", f"pictures={screen.parent}/pics"]) == 0
    return out.read_text(encoding="utf-8")


def test_nothing_is_loaded(page):
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)
    assert "url(http" not in page and "@import" not in page and "default-src 'none'" in page


def test_a_script_in_a_name_is_text(page):
    assert EVIL not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1 and "script-src 'sha256-" in page


def test_the_page_holds_ranking_reasons_card_and_limits(page):
    for text in (DISCLAIMER, "Ranking", "Why this one", "Nearest training evidence", "Data card"):
        assert text in page
    assert "Drug by drug in" in page and "abstentions" in page


def test_pictures_are_files(page, screen):
    names = {p.name for p in (screen.parent / "pics").iterdir()}
    assert {"map1.svg", "map1.png", "why1.svg"} <= names
    assert "#0102" not in (screen.parent / "pics" / "map1.svg").read_text()


def test_patients_are_numbered(screen):
    about = json.loads((screen / "screen.json").read_text())
    path, out = screen / "screen.json", screen.parent / "patients.html"
    path.write_text(json.dumps(about | {"space": "patient"}))
    try:
        assert main(["report", f"from={screen}", f"out={out}"]) == 0
    finally:
        path.write_text(json.dumps(about))
    text = out.read_text()
    assert "LINE000" not in text and "patient 1" in text


def test_predictions_have_a_page(tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("drug_a,drug_b,profile\nolaparib,cisplatin,LINE000\n")
    assert main(["predict", f"bundle={FROZEN}", f"rows={rows}", f"out={tmp_path}/p/"]) == 0
    assert main(["report", f"from={tmp_path}/p", f"out={tmp_path}/p.html"]) == 0
    assert "olaparib + cisplatin" in (tmp_path / "p.html").read_text()


def test_each_survival_of_a_patient_has_its_own_curves(tmp_path):
    examples = Path(__file__).parents[3] / "docs" / "examples"
    asked = [f"rows={examples}/clinic_rows.csv", f"profiles={examples}/clinic_patients.csv"]
    bundle = f"bundle={Path(__file__).parents[3]}/checkpoints/clinic"
    words = [bundle, *asked, "allow_missing_fields=true", f"out={tmp_path}/p/"]
    assert main(["predict", *words]) == 0
    assert main(["report", f"from={tmp_path}/p", f"out={tmp_path}/p.html"]) == 0
    text = (tmp_path / "p.html").read_text()
    assert "Without an event of os, as predicted" in text
    assert "Without an event of pfs, as predicted" in text
    for name in ("os", "pfs"):
        assert f"Mean days without an event of {name}, with intervals" in text
        # Of several hospitals that were not learned from.
        assert f"Intervals of mean days of {name} are calibrated on held-out cohorts" in text
    assert "the intervals of mean days are calibrated on held-out cohorts" in text
    # The card scores survival by measures of its own; those that no endpoint has are no column.
    assert '<th scope="col">Uno C</th>' in text and "Pearson r" not in text
    table = read_screening(tmp_path / "p").table
    # Who has no progression is alive: no curve of pfs is above that of os.
    for day in (182, 365, 730):
        assert (table[f"pfs_survival_{day}"] <= table[f"os_survival_{day}"]).all()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " ="])
def test_a_formula_is_text(start):
    text = f"{start}1+2"
    table = csv_for_people(pd.DataFrame({"drug": [text], "value": [-1.5]}))
    assert inert(text) == f"'{text}" and f"'{text}" in table and ",-1.5" in table
    assert inert("5-FU") == "5-FU"
