"""The page of ``serve``: what it shows, and what it refuses."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from combo_dl.cli import serve
from combo_dl.cli.app.tables import MOST_ROWS, read_upload, survival_of, to_csv
from combo_dl.core.errors import InputError
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.spreadsheet import inert_table
from combo_dl.infer.bundle import load_bundle

ROOT = Path(__file__).parents[3]
FROZEN = ROOT / "tests" / "regression" / "bundle_format1"
PAGE = ROOT / "combo_dl" / "cli" / "app" / "page.py"
MIB = 1 << 20


def upload(text, name="rows.csv"):
    return read_upload(name, text.encode() if isinstance(text, str) else text, most_bytes=MIB)


def test_a_table_is_read():
    frame = upload("drug_a,drug_b,profile\nolaparib,cisplatin,LINE000\n")
    assert frame.to_dict("records") == [
        {"drug_a": "olaparib", "drug_b": "cisplatin", "profile": "LINE000"}
    ]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"x" * (MIB + 1), "rows.csv", "has 1048577 bytes; at most 1048576"),
        (b"MZ\x90\x00\x03", "rows.exe", "is no .csv or .tsv"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "rows.csv", "the uploaded file is not a CSV table"),
        ("drug_a,profile\n" + "olaparib,L\n" * (MOST_ROWS + 1), "rows.csv", "2001 rows; at most"),
        ("drug_a,profile\n=cmd|' /C calc'!A0,L\n", "rows.csv", "a spreadsheet would run"),
        ("drug_a,profile\n@SUM(1+1),L\n", "rows.csv", "a spreadsheet would run"),
        ("", "rows.csv", "is empty"),
    ],
)
def test_hostile_uploads_are_refused_in_one_line(content, name, said):
    with pytest.raises(InputError, match=r".") as error:
        upload(content, name)
    assert said in str(error.value) and "\n" not in str(error.value)
    assert "/tmp" not in str(error.value)


def test_no_cell_of_a_download_is_a_formula():
    table = pd.DataFrame({"drug_a": ["=1+1", "olaparib"], "mean": [-1.5, 2.0]})
    assert inert_table(table)["drug_a"].tolist() == ["'=1+1", "olaparib"]
    assert to_csv(table).decode().splitlines()[1:] == ["'=1+1,-1.5", "olaparib,2"]


def test_the_server_listens_here_and_tells_nobody():
    given = {"address": "127.0.0.1", "port": 8501, "most_uploaded_mib": 5, "bundle": "b"}
    flags = serve.words(OmegaConf.create(given))
    assert "--server.address=127.0.0.1" in flags and "--server.maxUploadSize=5" in flags
    assert "--browser.gatherUsageStats=false" in flags


def test_no_file_beside_the_page_hides_a_standard_module():
    """Streamlit puts the folder of its script first on the search path."""
    assert not {p.stem for p in PAGE.parent.iterdir()} & set(sys.stdlib_module_names)


EXAMPLES = ROOT / "docs" / "examples"


def serving(monkeypatch, *bundles):
    monkeypatch.setenv("COMBO_DL_SERVED_BUNDLES", json.dumps([str(b) for b in bundles]))


@pytest.mark.filterwarnings("default")
def test_two_bundles_show_benefit_and_harm_of_a_patient(page, monkeypatch):
    serving(monkeypatch, ROOT / "checkpoints" / "clinic", ROOT / "checkpoints" / "combo")
    page.run()
    people = (EXAMPLES / "clinic_patients.csv").read_bytes()
    page.file_uploader[0].set_value(("patients.csv", people, "text/csv")).run()
    assert page.selectbox[0].options[:2] == ["P1", "P2"] and "A375" in page.selectbox[0].options
    page.multiselect[0].set_value(["nivolumab", "ipilimumab"]).run()
    assert not page.exception
    assert {"Response", "Survival", "Toxicity"} <= {s.value for s in page.subheader}
    assert any("combo knows nothing of the profile" in t.value for t in page.text)
    assert [e.label for e in page.expander] == ["About clinic", "About combo"]


@pytest.mark.filterwarnings("default")
def test_a_patient_is_described_by_a_table_and_has_curves(page, monkeypatch):
    serving(monkeypatch, ROOT / "checkpoints" / "clinic")
    page.run()
    people = (EXAMPLES / "clinic_patients.csv").read_bytes()
    page.file_uploader[0].set_value(("patients.csv", people, "text/csv")).run()
    assert page.selectbox[0].options == ["P1", "P2"]
    both = ["CTLA-4 inhibitor", "PD-1 or PD-L1 inhibitor"]
    page.multiselect[0].set_value(both).run()
    assert not page.exception
    headings = [s.value for s in page.subheader]
    assert "Response" in headings and "Without an event of os, as predicted" in headings
    assert set(page.dataframe[0].value["combination"]) == {" + ".join(both)}


def test_curves_begin_at_one_and_rise_nowhere():
    bundle = load_bundle(ROOT / "checkpoints" / "clinic")
    rows = pd.read_csv(EXAMPLES / "clinic_rows.csv")
    people = pd.read_csv(EXAMPLES / "clinic_patients.csv")
    found = survival_of(bundle.predict(rows, profiles=people, allow_missing_fields=True))
    assert set(found) == {"os", "pfs"}
    for curves in found.values():
        assert (curves.iloc[0] == 1).all() and curves.index[0] == 0
        assert (curves.diff().iloc[1:].fillna(0) <= 0).all(axis=None)


@pytest.fixture
def page(monkeypatch):
    testing = pytest.importorskip("streamlit.testing.v1")
    serving(monkeypatch, FROZEN)
    return testing.AppTest.from_file(str(PAGE), default_timeout=200)


@pytest.mark.filterwarnings("default")
def test_chosen_drugs_are_predicted(page):
    page.run()
    assert not page.exception
    assert page.warning[0].value == DISCLAIMER
    page.multiselect[0].set_value(["cisplatin", "olaparib"]).run()
    assert not page.exception
    shown = page.dataframe[0].value
    assert set(shown["combination"]) == {"cisplatin + olaparib"}
    assert shown["support"].iloc[0]
    assert "Synergy" in [s.value for s in page.subheader]


@pytest.mark.filterwarnings("default")
def test_a_script_in_a_drug_name_is_shown_as_plain_text(page):
    page.run()
    page.radio[0].set_value("Upload a table").run()
    evil = "<script>alert(1)</script>![x](http://example.org/x.png)"
    rows = f"drug_a,drug_b,profile\n{evil},cisplatin,LINE000\n".encode()
    page.file_uploader[0].set_value(("rows.csv", rows, "text/csv")).run()
    assert not page.exception
    assert any("<script>" in t.value for t in page.text)
    drawn = [m.value for m in [*page.markdown, *page.error, *page.caption]]
    assert not any("script" in m or "example.org" in m for m in drawn)
