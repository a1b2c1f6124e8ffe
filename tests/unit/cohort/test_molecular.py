"""Profiles of invented samples: fields of the contract, joined by a delivered key alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from combo_dl.cohort.hospital import read_hospital
from combo_dl.cohort.molecular import read_molecular
from combo_dl.cohort.molecular_join import joined, with_molecular
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.core.errors import ComboError, ConfigError, InputError, SourceError

TABLES = {
    "key": {},
    "samples": {
        "table": "samples",
        "sample": "sample_id",
        "fields": {"purity_pct": "purity", "SBS4": "signature_sbs4", "CYT": "immune_cytolytic"},
        "units": {"purity_pct": "%"},
        "msi": "msi",
    },
    "variants": {"table": "maf", "genes": ["KRAS", "STK11"], "panel_mb": 1.5},
    "long": [
        {
            "table": "expression",
            "sample": "sample_id",
            "name": "gene",
            "value": "log2_tpm",
            "names": {"CD274": "expr_CD274"},
        }
    ],
}
FILES = {
    "key": """person,sample,day
p1,s1,2021-01-20
p1,s2,2020-06-01
p1,s3,2021-03-01
p2,s4,2021-01-05
""",
    "samples": """sample_id,purity_pct,SBS4,CYT,msi
s1,40,0.25,3.5,MSS
s2,55,0.5,1.5,MSS
s3,60,0,7,MSI-H
s4,70,,2,dMMR
""",
    "maf": """Hugo_Symbol,Variant_Classification,Tumor_Sample_Barcode
KRAS,Missense_Mutation,s1
TP53,Frame_Shift_Del,s1
STK11,Silent,s1
STK11,stop_gained&splice_region_variant,s2
KRAS,3'UTR,s2
KRAS,missense_variant,s3
""",
    "expression": """sample_id,gene,log2_tpm
s1,CD274,4.5
s1,ACTB,11
s4,CD274,0.5
""",
}
PEOPLE = pd.DataFrame(
    {"person": ["p2", "p3", "p1"], "start": pd.to_datetime(["2021-02-03"] * 2 + ["2021-02-01"])}
)


def read(folder: Path, tables: dict | None = None, **changed: str):
    for name, text in {**FILES, **changed}.items():
        (folder / f"{name}.csv").write_text(text)
    return read_molecular(folder=str(folder), tables=tables or TABLES)


def test_every_sample_has_its_fields_in_units_of_the_contract(tmp_path):
    made = read(tmp_path)
    rows = made.fields
    assert rows["nonsynonymous_mutations"].to_dict() == {"s1": 2, "s2": 1, "s3": 1, "s4": 0}
    assert rows.loc["s1", "tmb_mut_per_mb"] == pytest.approx(2 / 1.5)
    assert rows["mut_KRAS"].to_dict() == {"s1": "yes", "s2": "no", "s3": "yes", "s4": "no"}
    assert rows["mut_STK11"].to_dict() == {"s1": "no", "s2": "yes", "s3": "no", "s4": "no"}
    assert rows["msi_unstable"].tolist() == ["no", "no", "yes", "yes"]
    assert rows["purity"].tolist() == pytest.approx([0.4, 0.55, 0.6, 0.7])
    assert rows.loc["s1", "expr_CD274"] == 4.5 and np.isnan(rows.loc["s2", "expr_CD274"])
    assert np.isnan(rows.loc["s4", "signature_sbs4"])
    assert made.units["purity"] == "fraction" and made.units["expr_CD274"] == "log2(TPM+1)"


def test_the_last_sample_before_the_first_dose_joins_and_no_later_one(tmp_path):
    made = joined(read(tmp_path), PEOPLE)
    assert made["purity"].tolist() == pytest.approx([0.7, np.nan, 0.4], nan_ok=True)
    assert made["msi_unstable"].isna().tolist() == [False, True, False]
    short = joined(read(tmp_path, {**TABLES, "days_before": 10}), PEOPLE)
    assert short["purity"].isna().tolist() == [True, True, True]
    before = {**TABLES, "to_day": -30}
    assert joined(read(tmp_path, before), PEOPLE)["purity"].tolist()[2] == pytest.approx(0.55)


def cohort(folder: Path):
    from test_hospital import TABLES as RECORD
    from test_hospital import written

    folder.mkdir()
    settings = {
        "name": "record",
        "eligibility": {"observed_days": 365},
        "outcomes": {"os": {"kind": "death"}},
    }
    protocol, rules = settings_of(settings, {})
    return cohort_of(read_hospital(folder=written(folder), tables=RECORD), protocol, rules)


def test_a_study_takes_the_fields_without_names_of_people_or_samples(tmp_path):
    plain = cohort(tmp_path / "record")
    made = with_molecular(plain, read(tmp_path))
    at = {p: i for i, p in enumerate(made.people["person"])}
    names = [f.name for f in made.study.profiles.number_fields]
    purity = made.study.profiles.number[:, names.index("purity")]
    assert purity[at["p1"]] == pytest.approx(0.4) and purity[at["p2"]] == pytest.approx(0.7)
    assert {f.name: f.unit for f in made.study.profiles.fields}["tmb_mut_per_mb"] == "mut/Mb"
    assert made.table_one.columns[-1] == "strategy"
    assert len(made.table_one) == len(plain.table_one)
    assert made.study.profiles.ids == plain.study.profiles.ids
    told = " ".join([*made.study.profiles.ids.names, *map(str, made.table_one.to_numpy().ravel())])
    assert not any(name in told.split() for name in ("p1", "p2", "s1", "s4"))
    assert {s.file for s in made.study.provenance.sources} >= {"key.csv", "maf.csv"}
    assert "2 of 2 people have a molecular profile" in made.notes
    old = [f.name for f in plain.study.profiles.fields]
    assert set(old) < {f.name for f in made.study.profiles.fields}
    with pytest.raises(ConfigError, match="made by the protocol and by the molecular profile"):
        with_molecular(made, read(tmp_path))


def test_a_key_that_reaches_nobody_is_refused(tmp_path):
    plain = cohort(tmp_path / "record")
    strangers = read(tmp_path, key="person,sample,day\nq1,s1,2021-01-20\n")
    with pytest.raises(InputError, match="none of 2 people has a sample"):
        with_molecular(plain, strangers)


@pytest.mark.parametrize(
    "column", ["nom", "Last_Name", "birth_date", "date_naissance", "NIR", "ipp", "sex", "e-mail"]
)
def test_a_join_by_what_people_are_known_by_is_refused(tmp_path, column):
    with pytest.raises(ConfigError, match="join by the key"):
        read(tmp_path, {**TABLES, "key": {"person": column}})


@pytest.mark.parametrize(
    ("key", "kind", "said"),
    [
        ("person,sample,day,birth\np1,s1,2021-01-20,1950\n", SourceError, "nothing else joins"),
        ("person,sample,day\nDUPONTEL Zyxw,s1,2021-01-20\n", InputError, "looks like a name"),
        ("person,sample,day\n1950-02-01,s1,2021-01-20\n", InputError, "looks like a day"),
        ("person,sample,day\n150027512345678,s1,2021-01-20\n", InputError, "social security"),
        ("person,sample,day\np1,s1,2021-01-20\np2,s1,2021-01-20\n", InputError, "more than one"),
        ("person,sample\np1,s1\n", SourceError, "lacks the column day"),
        ("person,sample,day\np1,s1,2021-01-20\np1,s2,20/01/2021\n", SourceError, "in 2 ways"),
    ],
)
def test_a_key_that_is_none_is_refused_and_tells_no_value(tmp_path, key, kind, said):
    with pytest.raises(kind) as refused:
        read(tmp_path, key=key)
    told = str(refused.value)
    assert said in told and "\n" not in told
    assert not any(value in told for value in ("DUPONTEL", "1950-02-01", "150027512345678"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"maf": FILES["maf"] + "KRAS,Misense,s1\n"}, "unknown class of variant 'Misense'"),
        ({"maf": FILES["maf"] + "KRAS,Silent,s9\n"}, "1 sample(s) that the table of samples lacks"),
        ({"samples": FILES["samples"] + "s1,1,0,0,MSS\n"}, "1 sample(s) twice"),
        ({"samples": FILES["samples"] + "s5,140,0,0,MSS\n"}, "purity = 1.4"),
        ({"samples": FILES["samples"] + "s5,40,1.5,0,MSS\n"}, "'signature_sbs4' has 1.5"),
        ({"samples": FILES["samples"] + "s5,40,0,0,maybe\n"}, "has 'maybe'; expected MSI-H"),
        ({"expression": FILES["expression"] + "s1,CD274,5\n"}, "two values of one sample"),
        ({"expression": FILES["expression"] + "s2,CD274,high\n"}, "expected a number"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, changed, said):
    with pytest.raises(ComboError) as refused:
        read(tmp_path, **changed)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"to_day": 30}, "adjust by the future"),
        ({"samples": {**TABLES["samples"], "fields": {"x": "wealth"}, "units": {}}}, "'wealth'"),
        (
            {"samples": {**TABLES["samples"], "fields": {"TMB": "tmb_mut_per_mb"}, "units": {}}},
            "twice",
        ),
        ({"samples": {**TABLES["samples"], "units": {"SBS4": "%"}}}, "only those have other units"),
        ({"variants": {**TABLES["variants"], "panel_mb": -1.0}}, "panel_mb is -1"),
    ],
)
def test_settings_that_contradict_are_refused(tmp_path, part, said):
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, {**TABLES, **part})
