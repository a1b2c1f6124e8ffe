"""Several bundles on the same rows: each its own endpoints, benefit against harm on one page."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from combo_dl.cli.main import main
from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.together import Together, load_together
from combo_dl.report.screening import read_screening

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
CLINIC, COMBO = (ROOT / "checkpoints" / n for n in ("clinic", "combo"))
PD1, BOTH = "PD-1 or PD-L1 inhibitor", "PD-1 or PD-L1 inhibitor + CTLA-4 inhibitor"
NUMBERS = ["mean", "low", "high", "null", "excess"]


@pytest.fixture(scope="module")
def both():
    return load_together([CLINIC, COMBO], device="cpu")


@pytest.fixture(scope="module")
def people():
    return pd.read_csv(EXAMPLES / "clinic_patients.csv")


def of(found, endpoint):
    return found[found["endpoint"] == endpoint].reset_index(drop=True)


def test_each_bundle_says_what_it_says_alone(both, people):
    rows = pd.DataFrame({"drugs": ["nivolumab + ipilimumab", "pembrolizumab"], "profile": "P1"})
    found = both.predict(rows, profiles=people, allow_missing_fields=True)
    assert set(found["bundle"]) == {"clinic", "combo"} and found["row"].is_monotonic_increasing
    own = load_bundle(CLINIC).predict(rows, profiles=people, allow_missing_fields=True)
    dlt = load_bundle(COMBO).predict(rows[["drugs"]])
    for endpoint, alone in (("os", own), ("response", own), ("dlt", dlt)):
        left, right = of(found, endpoint)[NUMBERS], of(alone, endpoint)[NUMBERS]
        np.testing.assert_allclose(left.astype(float), right.astype(float), rtol=1e-5)
    assert found.attrs["endpoints"].keys() >= {"os", "pfs", "response", "dlt"}
    assert any(
        "combo knows nothing of the profile of 2 of 2 rows" in n for n in found.attrs["notes"]
    )


def test_a_row_may_be_told_to_one_bundle_under_another_name(both, people):
    rows = pd.DataFrame(
        {
            "drug_a": ["nivolumab", "nivolumab", "pembrolizumab"],
            "dose_a": [3.0, 1.0, 200.0],
            "dose_unit_a": ["mg/kg", "mg/kg", "mg"],
            "drug_b": [None, "ipilimumab", "lenvatinib"],
            "drugs:clinic": [PD1, BOTH, None],
            "profile": ["P1", "P1", "P2"],
        }
    )
    found = both.predict(rows, profiles=people, allow_missing_fields=True)
    alone = pd.DataFrame({"drugs": [PD1, BOTH, "pembrolizumab + lenvatinib"]})
    asked = alone.assign(profile=rows["profile"])
    own = load_bundle(CLINIC).predict(asked, profiles=people, allow_missing_fields=True)
    left, right = of(found, "os"), of(own, "os")
    np.testing.assert_allclose(left["mean"], right["mean"], rtol=1e-6)
    assert left["abstain"].tolist() == [False, False, True]
    assert left["predicted_as"].tolist() == [PD1, right_name(right.iloc[1]), ""]
    assert left["drug_a"].tolist() == rows["drug_a"].tolist()
    dlt = of(found, "dlt")
    assert (dlt["predicted_as"] == "").all() and not dlt["abstain"].any()
    assert dlt["drug_b"].tolist() == ["", "ipilimumab", "lenvatinib"]
    # Doses are of the drugs of the row and reach the bundle that reads them.
    dosed = load_bundle(COMBO).predict(rows.drop(columns=["drugs:clinic", "profile"]))
    np.testing.assert_allclose(dlt["mean"], of(dosed, "dlt")["mean"], rtol=1e-6)


def right_name(row):
    return " + ".join(row[c] for c in ("drug_a", "drug_b") if row[c])


def test_what_cannot_be_asked_of_several_is_said_in_one_line(both, people):
    rows = pd.DataFrame({"drugs": ["nivolumab"], "profile": ["P1"]})
    told = {"profiles": people, "allow_missing_fields": True}
    with pytest.raises(ConfigError, match="study=ici_loris is of one bundle and 2 are given"):
        both.predict(rows, study="ici_loris", **told)
    with pytest.raises(InputError, match=r"'drugs:clinc' is of no bundle; .*clinic"):
        both.predict(rows.assign(**{"drugs:clinc": PD1}), **told)
    with pytest.raises(UnknownNameError, match="clinic: row 0 names the unknown profile 'P7'"):
        both.predict(rows.assign(profile="P7"), **told)
    lines = pd.DataFrame({"combination": ["a"], "drug": ["nivolumab"], "drugs:clinic": [PD1]})
    with pytest.raises(InputError, match="'drugs:clinic' needs a table of one line a combination"):
        both.predict(lines)
    one = load_bundle(CLINIC)
    with pytest.raises(ConfigError, match="'os' is predicted by a and by b; expected bundles of"):
        Together.of({"a": one, "b": one})
    with pytest.raises(ConfigError, match="name each folder once"):
        load_together([CLINIC, CLINIC], device="cpu")
    with pytest.raises(ConfigError, match="empty list"):
        load_together([], device="cpu")


def test_a_page_sets_benefit_against_harm_for_each_patient(tmp_path, capsys):
    words = [
        f"bundle=[{CLINIC},{COMBO}]",
        f"rows={EXAMPLES}/clinic_harm_rows.csv",
        f"profiles={EXAMPLES}/clinic_patients.csv",
        "allow_missing_fields=true",
        f"out={tmp_path}/p/",
    ]
    assert main(["predict", *words]) == 0
    assert "dlt (risk in %)" in capsys.readouterr().out
    assert main(["report", f"from={tmp_path}/p", f"out={tmp_path}/p.html"]) == 0
    text = (tmp_path / "p.html").read_text()
    for words in ("Benefit against harm", "os is what clinic says, dlt what combo", "bundle combo"):
        assert words in text
    assert "P1" not in text and "patient 2" in text
    found = read_screening(tmp_path / "p")
    assert (found.benefit.name, found.harm.name) == ("os", "dlt")
    table = found.table
    front = table[table["on_front"]]
    assert not front["os_abstain"].any() and set(front["name"]) == {"patient 1", "patient 2"}
    for _, row in front.iterrows():
        same = table[(table["name"] == row["name"]) & ~table["os_abstain"].astype(bool)]
        better = (same["os"] >= row["os"]) & (same["dlt"] < row["dlt"])
        assert not (better | ((same["os"] > row["os"]) & (same["dlt"] <= row["dlt"]))).any()


def test_a_setting_that_is_no_folder_is_refused(refused, tmp_path):
    (tmp_path / "rows.csv").write_text("drugs\nnivolumab\n")
    line = refused("predict", "bundle=[{a: 1}]", f"rows={tmp_path}/rows.csv")
    assert "expected a folder or a list: bundle=[one,other]" in line
