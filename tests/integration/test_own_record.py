"""The configurations that the guide ships: an invented hospital record, notes and tumours' profiles
become a study by one command."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from combo_dl.cli.main import main
from combo_dl.core.study_files import read_study

PEOPLE = 24
FIRST = date(2021, 3, 1)


def write(folder, name, rows):
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)


def day(offset: int) -> str:
    return str(FIRST + timedelta(days=offset))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    pytest.importorskip("edsnlp")
    folder = tmp_path_factory.mktemp("record")
    record, tumours = folder / "record", folder / "profiles"
    who = [f"q{i:02d}" for i in range(PEOPLE)]
    ends = {"seen_from": "2019-01-01", "seen_to": "2023-12-31", "death": ""}
    write(record, "people", [dict(person=p, birth="1955-05-05", sex="F", **ends) for p in who])
    dose = {"drug": "Keytruda", "dose": 200, "unit": "mg"}
    write(record, "doses", [dict(person=p, day=day(d), **dose) for p in who for d in (0, 21, 42)])
    lab = {"name": "haemoglobin", "value": 120, "unit": "g/L"}
    write(record, "labs", [dict(person=p, day=day(-5), **lab) for p in who])
    write(
        record, "status", [{"person": p, "day": day(100), "ecog": "", "recist": "PD"} for p in who]
    )
    before = "Stade IV. OMS {}. {} métastase cérébrale."
    notes = [
        {"person": p, "day": day(-3), "text": before.format(i % 3, ("Une", "Pas de")[i % 2])}
        for i, p in enumerate(who)
    ]
    notes.append({"person": "q03", "day": day(60), "text": "Colite de grade 3."})
    write(record, "notes", notes)
    write(tumours, "key", [{"person": p, "sample": f"t{p}", "day": day(-20)} for p in who[:20]])
    score = {"tmb": 8, "purity": 50, "sbs4": 0.5, "cyt": 2, "msi": "MSS"}
    write(tumours, "samples", [dict(sample=f"t{p}", **score) for p in who[:20]])
    variant = {"Hugo_Symbol": "KRAS", "Variant_Classification": "Missense_Mutation"}
    write(tumours, "maf", [dict(Tumor_Sample_Barcode="tq00", **variant)])
    write(tumours, "expression", [{"sample": "tq01", "gene": "CD274", "log2_tpm": 3.5}])
    status = main(
        [
            *("cohort", "protocol=own_record", "hydra.searchpath=[docs/own_configs]"),
            *(f"source.folder={record}", f"molecular.folder={tumours}", f"out={folder}/out"),
        ]
    )
    assert status == 0
    return read_study(folder / "out" / "study")


def column(study, name):
    number = [f.name for f in study.profiles.number_fields]
    if name in number:
        return study.profiles.number[:, number.index(name)]
    names = [f.name for f in study.profiles.category_fields]
    field = study.profiles.category_fields[names.index(name)]
    codes = study.profiles.category[:, names.index(name)]
    return np.array([*field.levels, ""], dtype=object)[codes]


def test_extracts_notes_and_profiles_are_in_the_study(made):
    assert len(made) == PEOPLE and made.drugs.names == ("pembrolizumab",)
    assert column(made, "hgb_g_dl") == pytest.approx(12.0)
    assert set(column(made, "stage_iv")) == {"yes"}
    assert pd.Series(column(made, "performance_status")).value_counts().to_dict() == dict.fromkeys(
        ("0", "1", "2"), 8
    )
    assert (column(made, "brain_metastasis") == "yes").sum() == PEOPLE / 2
    assert np.isfinite(column(made, "purity")).sum() == 20
    assert (column(made, "mut_KRAS") == "yes").sum() == 1
    assert (column(made, "mut_KRAS") == "no").sum() == 19


def test_outcomes_come_from_extracts_and_notes(made):
    assert made.combos.labels["progression"].tolist() == [[72, 1]] * PEOPLE
    assert made.combos.labels["colitis"][:, 0].sum() == 1
