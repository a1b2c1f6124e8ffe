"""A hospital record of three invented people: what is read, and what is refused in one line."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from combo_dl.cohort.hospital import read_hospital
from combo_dl.cohort.hospital_facts import ecog, recist, stage, tnm
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.core.errors import ComboError, ConfigError, InputError, SourceError

ROOT = Path(__file__).parents[3]
TABLES = yaml.safe_load((ROOT / "configs/source/hospital.yaml").read_text())["tables"]
FILES = {
    "people": """person;birth;sex;death;seen_from;seen_to
p1;12/03/1950;F;01/06/2022;01/01/2018;31/12/2023
p2;05/11/1961;M;;01/01/2018;31/12/2023
""",
    "doses": """person;day;drug;dose;unit
p1;01/02/2021;Keytruda;200;mg
p1;22/02/2021;Keytruda;200;mg
p2;03/02/2021;nivolumab;3;mg/kg
""",
    "labs": """person;day;name;value;unit
p1;15/01/2021;haemoglobin;118;g/L
p2;15/01/2021;haemoglobin;12.5;g/dL
p2;15/01/2021;sodium;140;mmol/L
p2;15/01/2021;ldh;;U/L
""",
    "diagnoses": """person;day;code
p1;10/01/2021;C34.1
""",
    "status": """person;day;ecog;recist;t;n;m;stage
p1;20/01/2021;1;;pT2a;1;M0;2
p1;20/05/2021;;RP;;;;
p2;21/01/2021;2;PD;T4;Nx;M1b;Stade IV
""",
}


def written(folder: Path, **changed: str) -> str:
    for name, text in {**FILES, **changed}.items():
        (folder / f"{name}.csv").write_text(text)
    return str(folder)


def events(folder: Path, **changed: str) -> pd.DataFrame:
    made = read_hospital(folder=written(folder, **changed), tables=TABLES)
    return made.events.order_by(["person", "kind", "start", "code"]).to_pandas()


def of(frame: pd.DataFrame, person: str, vocabulary: str) -> list[tuple]:
    rows = frame[(frame["person"] == person) & (frame["vocabulary"] == vocabulary)]
    return [
        (r.code, None if pd.isna(r.value) else round(r.value, 4), r.unit or None)
        for r in rows.itertuples()
    ]


def test_each_extract_becomes_events(tmp_path):
    frame = events(tmp_path)
    assert of(frame, "p1", "name") == [("Keytruda", 200.0, "mg")] * 2
    facts = of(frame, "p1", "field")
    assert ("hgb_g_dl", 11.8, "g/dL") in facts and ("performance_status", 1.0, None) in facts
    assert ("hgb_g_dl", 12.5, "g/dL") in of(frame, "p2", "field")
    assert [c for c, _, _ in of(frame, "p1", "TNM")] == ["M0", "N1", "T2a"]
    assert [c for c, _, _ in of(frame, "p2", "TNM")] == ["M1b", "T4"]
    assert of(frame, "p1", "stage") == [("II", None, None)]
    assert of(frame, "p1", "RECIST") == [("PR", None, None)]
    assert of(frame, "p1", "ICD10") == [("C34.1", None, None)]
    own = frame[frame["person"] == "p1"].set_index("kind")
    assert str(own.loc["death", "start"])[:10] == "2022-06-01"
    assert own.loc["sex", "code"] == "female"
    assert str(own.loc["observed", "end"])[:10] == "2023-12-31"
    assert "sodium" not in set(frame["code"])


def test_parquet_is_read_as_csv_is(tmp_path):
    expected = events(tmp_path)
    for name in FILES:
        path = tmp_path / f"{name}.csv"
        pd.read_csv(path, sep=";", dtype=str).to_parquet(tmp_path / f"{name}.parquet")
        path.unlink()
    made = read_hospital(folder=str(tmp_path), tables=TABLES).events
    pd.testing.assert_frame_equal(
        made.order_by(["person", "kind", "start", "code"]).to_pandas(), expected
    )


def test_what_is_left_out_is_counted_and_every_file_is_in_the_provenance(tmp_path):
    made = read_hospital(folder=written(tmp_path), tables=TABLES)
    assert made.notes[0].startswith("1 values of labs")
    assert {"ICD10", "name", "field", "TNM"} <= made.systems and "ICDX" not in made.systems
    assert sorted(f.file for f in made.files) == sorted(f"{n}.csv" for n in FILES)


def test_a_record_becomes_a_cohort_with_ecog_and_converted_laboratories(tmp_path):
    settings = {
        "name": "record",
        "index": {"line": 1},
        "eligibility": {"observed_days": 365},
        "baseline": [
            {
                "name": "hgb_g_dl",
                "kind": "measurement",
                "codes": ["field:hgb_g_dl"],
                "take": "last",
            },
            {
                "name": "performance_status",
                "kind": "measurement",
                "codes": ["field:performance_status"],
                "take": "last",
            },
            {"name": "stage_iv", "kind": "diagnosis", "codes": ["stage:IV*", "TNM:M1*"]},
        ],
        "outcomes": {"os": {"kind": "death"}},
    }
    protocol, rules = settings_of(settings, {})
    made = cohort_of(read_hospital(folder=written(tmp_path), tables=TABLES), protocol, rules)
    table = made.table_one.assign(person=made.people["person"].to_numpy()).set_index("person")
    assert table.loc["p1", "hgb_g_dl"] == pytest.approx(11.8)
    assert table["performance_status"].to_dict() == {"p1": "1", "p2": "2"}
    assert table["stage_iv"].to_dict() == {"p1": "no", "p2": "yes"}


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"doses": "person;day;product\np1;01/02/2021;Opdivo\n"}, SourceError, "lacks the column"),
        (
            {"doses": FILES["doses"] + "p2;2021-02-03;nivolumab;240;mg\n"},
            SourceError,
            "written in 2 ways",
        ),
        (
            {"doses": FILES["doses"] + "p2;04/02/2021;nivolumab;240;vials\n"},
            InputError,
            "doses has the unknown dose unit 'vials'",
        ),
        (
            {"doses": FILES["doses"] + "p2;04/02/2021;nivolumab;240;\n"},
            InputError,
            "without a unit",
        ),
        (
            {"labs": FILES["labs"] + "p1;16/01/2021;haemoglobin;7.4;mmol/L\n"},
            InputError,
            "values in mmol/L; expected g/dL, g/L",
        ),
        (
            {"labs": FILES["labs"] + "p1;16/01/2021;haemoglobin;118;g/dL\n"},
            InputError,
            "labs has hgb_g_dl = 118 g/dL; expected 2 to 25",
        ),
        (
            {"labs": FILES["labs"] + "p1;16/01/2021;haemoglobin;high;g/dL\n"},
            SourceError,
            "holds 'high'; expected a number",
        ),
        ({"status": FILES["status"] + "p1;01/06/2021;7;;;;;\n"}, InputError, "ecog of status"),
        ({"status": FILES["status"] + "p1;01/06/2021;;good;;;;\n"}, InputError, "'good'"),
        ({"status": FILES["status"] + "p1;01/06/2021;;;T9;;;\n"}, InputError, "a T such as T2a"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path, changed, kind, said):
    with pytest.raises(kind) as refused:
        events(tmp_path, **changed)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"drugs": []}, "drugs is empty"),
        ({"imaging": []}, "unknown setting source.tables.imaging"),
        ({"labs": [{**TABLES["labs"][0], "names": {"Hb": "hemoglobin"}}]}, "no number of the"),
        ({"drugs": [{**TABLES["drugs"][0], "unit": None}]}, "dose and unit go together"),
        ({"coded": [{**TABLES["coded"][0], "kind": "death"}]}, "has kind 'death'"),
    ],
)
def test_settings_that_contradict_are_refused(tmp_path, settings, said):
    with pytest.raises(ConfigError, match=said):
        read_hospital(folder=written(tmp_path), tables={**TABLES, **settings})


def test_a_table_that_is_not_there_is_named(tmp_path):
    folder = written(tmp_path)
    (tmp_path / "labs.csv").unlink()
    with pytest.raises(ComboError, match="no table labs"):
        read_hospital(folder=folder, tables=TABLES)


def test_forms_of_values():
    assert [tnm("T")(c) for c in ("pT2A", "2a", "ypT0", "Tis", "TX", "N1", "T5")] == [
        *("T2a", "T2a", "yT0", "Tis", "", None, None)
    ]
    assert [tnm("M")(c) for c in ("M1c", "0", "cM0")] == ["M1c", "M0", "M0"]
    assert [stage(c) for c in ("4", "IIIb", "stade IA2", "V")] == ["IV", "IIIB", "IA", None]
    assert [ecog(c) for c in ("0", "4.0", "5", "-1")] == ["0", "4", None, None]
    assert [recist(c) for c in ("rc", "PD", "MS", "ok")] == ["CR", "PD", "SD", None]
