"""The page of ``serve``: what it shows, and what it refuses."""

from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from combo_dl.cli import serve
from combo_dl.cli.app_tables import MOST_ROWS, inert, read_upload, to_csv
from combo_dl.core.errors import InputError
from combo_dl.core.predictions import DISCLAIMER

ROOT = Path(__file__).parents[3]
FROZEN = ROOT / "tests" / "regression" / "bundle_format1"
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
    assert inert(table)["drug_a"].tolist() == ["'=1+1", "olaparib"]
    assert to_csv(table).decode().splitlines()[1:] == ["'=1+1,-1.5", "olaparib,2"]


def test_the_server_listens_here_and_tells_nobody():
    given = {"address": "127.0.0.1", "port": 8501, "most_uploaded_mib": 5, "bundle": "b"}
    flags = serve.words(OmegaConf.create(given))
    assert "--server.address=127.0.0.1" in flags and "--server.maxUploadSize=5" in flags
    assert "--browser.gatherUsageStats=false" in flags


@pytest.fixture
def page(monkeypatch):
    testing = pytest.importorskip("streamlit.testing.v1")
    monkeypatch.setenv("COMBO_DL_SERVED_BUNDLE", str(FROZEN))
    return testing.AppTest.from_file(str(ROOT / "combo_dl" / "cli" / "app.py"), default_timeout=200)


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
