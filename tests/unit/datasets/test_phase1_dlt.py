"""Phase I trials: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import MODALITIES
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.study_files import read_study, write_study
from combo_dl.datasets import phase1_dlt
from combo_dl.datasets.phase1_context import UNITS, level_number
from combo_dl.datasets.phase1_schedule import cycle_days, doses_per_week, window_days
from combo_dl.datasets.phase1_sources import ORGANS

# pmid, combn_id, dose_level, dlt_categories, any_dlt, status, dose_level_defined
LEVELS = [
    (200, 1, "1", None, 0, "inferred_zero", True),
    (200, 1, "1.5", "neutropenia|diarrhea", 1, "observed", True),
    (200, 1, "2", "other", 1, "observed", True),
    (200, 1, "-1", None, 0, "inferred_zero", True),
    (200, 1, "9", "skin", 1, "observed", False),
    (100, 7, "1", "mucositis", 1, "observed", True),
    (300, 1, "1", None, 0, "arm_without_dlt_rows", True),
    (400, 2, "A2", None, 0, "inferred_zero", True),
    (400, 2, "A1", "hepatic", 1, "observed", True),
    (400, 1, "1", None, 0, "inferred_zero", True),
]
LEVEL_NAMES = ["pmid", "combn_id", "dose_level", "dlt_categories", "any_dlt", "status"]
# pmid, combn_id, drug
ARMS = [
    (200, 1, "carboplatin"),
    (200, 1, "taxol"),
    (200, 1, "taxol"),
    (100, 7, "pelvic radiotherapy"),
    (100, 7, "boost radiation"),
    (300, 1, "taxol"),
    (400, 2, "xy-1"),
    (400, 2, "drugimab"),
    (400, 1, "xy-1"),
    (400, 1, "taxol"),
    (400, 1, "carboplatin"),
    (400, 1, "brandosome"),
]
# pmid, combn_id, dose_level, drug, dose_value, dose_value_raw, dose_unit, frequency, schedule
DOSES = [
    (200, 1, "1", "carboplatin", 5, "5", "AUC", "1", "on day 1 every 21 days"),
    (200, 1, "1", "taxol", 75, "75", "mg/m2", "1", "on days 1, 8 and 15 every 21 days"),
    (200, 1, "1.5", "carboplatin", 5, "5", "AUC", None, "on day 1 every 21 days"),
    (200, 1, "1.5", "taxol", 80, "80", "mg/m2", "2", None),
    (200, 1, "2", "carboplatin", 40, "40", "AUC", "1", None),
    (200, 1, "2", "taxol", 100, "100", "mg/m2", "1", "loading dose"),
    (200, 1, "2", "taxol", 50, "50", "mg/m2", "1", "weekly"),
    (200, 1, "2", "taxol", np.nan, "75-100", "mg/m2", "1", None),
    (200, 1, "-1", "taxol", 30, "30", "mg/m2/h", "1", None),
    (100, 7, "1", "pelvic radiotherapy", 180, "180", "cGy", "2", "Monday through Friday"),
    (400, 2, "A1", "xy-1", np.nan, "3 x 10^6", "IU", None, None),
    (400, 2, "A2", "xy-1", 60, "60", "mg", "1", None),
    (400, 2, "A1", "drugimab", 2, "2", "mg/kg/d", "3", None),
    (400, 1, "1", "xy-1", 9, "9", "IU/m2", "1 or 2", None),
    (400, 1, "1", "xy-1", 2e6, "2000000", "IU", "1", None),
    (100, 7, "1", "unlisted", 60, "60", "Gy", "1", None),
]
DOSE_NAMES = ["pmid", "combn_id", "dose_level", "drug", "dose_value", "dose_value_raw"]
# pmid, combn_id, definition, grade, is_exclusion
DEFINITIONS = [
    (200, 1, "neutropenia", "4", None),
    (200, 1, "febrile  neutropenia", None, None),
    (200, 1, "non-hematologic toxicity", ">=3", "FALSE"),
    (200, 1, "alopecia", "2", "TRUE"),
    (100, 7, "non-haematologic toxicity", "4", None),
    (100, 7, "delay of treatment", ">=2", None),
]
# pmid, trial_type, population, dlt_window, inclusion
TRIALS = [
    (100, "combination", "Locally advanced cervical cancer", None, "WHO performance status 0-2"),
    (
        200,
        "combination",
        "patients with solid tumors",
        "first two cycles",
        "Age ≥ 18 years; ECOG ≤1",
    ),
    (300, "combination", "breast cancer", "cycle 1", ""),
    (400, "single", "Children with relapsed acute myeloid leukemia", "28 days", None),
]
DRUGS = """drug,modality,smiles,smiles_source,raw_names
carboplatin,small_molecule,C,DrugBank5.1-structure-links,carboplatin
taxol,small_molecule,CC,RepurposingHub-2020-03-24,taxol|paclitaxel
pelvic radiotherapy,radiation_or_procedure,,,pelvic radiotherapy
boost radiation,radiation_or_procedure,,,boost radiation
xy-1,unresolved,CCO,PubChem,xy 1
zz-9,small_molecule,CCCO,RepurposingHub-2020-03-24,zz 9
drugimab,biologic,,,drugimab
brandosome,small_molecule,CCC,DrugBank5.1-structure-links,brandosome|adriamycin
"""
FOLDER = ("toxicity", "phase1_dlt")


def load(folder, **knobs):
    given = {"max_drugs": 0, "check_digests": False} | knobs
    return phase1_dlt.load(folder=str(folder), **given)


def edit(folder, name, change):
    """Rewrite one Parquet table of the folder."""
    path = folder.joinpath(*FOLDER, name)
    change(pd.read_parquet(path)).to_parquet(path)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path.joinpath(*FOLDER)
    root.mkdir(parents=True)
    tables = {
        "dlt_by_level": (LEVELS, [*LEVEL_NAMES, "dose_level_defined"]),
        "arm_drugs": (ARMS, ["pmid", "combn_id", "drug"]),
        "dose_levels": (DOSES, [*DOSE_NAMES, "dose_unit", "frequency", "schedule"]),
        "dlt_definitions": (
            DEFINITIONS,
            ["pmid", "combn_id", "definition", "grade", "is_exclusion"],
        ),
        "trials": (TRIALS, ["pmid", "trial_type", "population", "dlt_window", "inclusion"]),
    }
    for name, (rows, columns) in tables.items():
        pd.DataFrame(rows, columns=columns).to_parquet(root / f"{name}.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    return tmp_path


@pytest.fixture
def study(folder):
    return load(folder)


def row(study, profile):
    """{drug: dose} of the row of this profile."""
    at = study.profiles.ids.id(profile)
    pairs = zip(study.combos.drugs[at], study.combos.dose[at], strict=True)
    return {study.drugs.names[d]: dose for d, dose in pairs if d >= 0}


def field(study, name):
    """{profile: value} of a field of the profiles."""
    people = study.profiles
    numbers = [f.name for f in people.number_fields]
    if name in numbers:
        return dict(zip(people.ids.names, people.number[:, numbers.index(name)], strict=True))
    fields = people.category_fields
    j = [f.name for f in fields].index(name)
    values = [fields[j].levels[c] if c >= 0 else None for c in people.category[:, j]]
    return dict(zip(people.ids.names, values, strict=True))


def test_rows_are_the_levels_that_can_be_used(study):
    assert study.profiles.ids.names == (
        *("200/1/1", "200/1/1.5", "200/1/2", "200/1/-1", "100/7/1"),
        *("400/2/A2", "400/2/A1", "400/1/1"),
    )
    assert study.provenance.flow == (
        ("levels read", 10),
        ("levels that the arm defines", 9),
        ("levels of arms that report a dose-limiting toxicity", 8),
        ("arms", 4),
        ("arms with no drug that the catalogue knows", 1),
        ("drugs of the levels", 17),
        ("doses that were stated", 12),
        ("doses that could be converted", 9),
        ("levels with the dose of every drug", 4),
    )


def test_every_row_is_its_own_profile_and_group(study):
    n = np.arange(8)
    assert np.array_equal(study.combos.profile, n) and np.array_equal(study.combos.group, n)
    assert study.combos.weight.tolist() == [1] * 8 and np.isnan(study.combos.day).all()
    assert study.profiles.space == "trial"


def test_a_category_among_others_counts(study):
    labels = {name: label.ravel().tolist() for name, label in study.combos.labels.items()}
    assert labels["dlt"] == [0, 1, 1, 0, 1, 0, 1, 0]
    assert labels["dlt_neutropenia"] == labels["dlt_diarrhea"] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert labels["dlt_hepatic"] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert set(labels) == {"dlt", *(f"dlt_{o}" for o in ORGANS)}


def test_doses_are_a_days_amount_in_the_standard_patient(study):
    assert study.dose_unit == "standard"
    assert row(study, "200/1/1") == {"carboplatin": 575, "paclitaxel": 135}
    assert row(study, "200/1/1.5") == {"carboplatin": 575, "paclitaxel": 288}
    assert row(study, "400/2/A1") == {"drugimab": 140, "xy-1": 3e6}


def test_loading_and_maintenance_are_averaged_over_what_is_stated(study):
    assert row(study, "200/1/2")["paclitaxel"] == 135


def test_a_dose_that_cannot_be_converted_is_unknown(study):
    assert np.isnan(row(study, "200/1/2")["carboplatin"])
    assert np.isnan(list(row(study, "200/1/-1").values())).all()


def test_a_drug_keeps_its_most_frequent_unit(study):
    assert np.isnan(row(study, "400/2/A2")["xy-1"]) and row(study, "400/1/1")["xy-1"] == 2e6
    table = study.tables["dose_unit"].to_pydict()
    assert dict(zip(table["drug"], table["unit"], strict=True)) == {
        "carboplatin": "mg",
        "drugimab": "mg",
        "paclitaxel": "mg",
        "radiotherapy": "Gy",
        "xy-1": "IU",
    }


def test_an_arm_may_be_radiation_alone(study):
    assert row(study, "100/7/1") == {"radiotherapy": pytest.approx(3.6)}


def test_the_dose_of_a_whole_course_of_radiation_is_unknown(folder):
    edit(folder, "dose_levels.parquet", lambda t: t.replace({"dose_value": {180.0: 4500.0}}))
    study = load(folder)
    assert np.isnan(row(study, "100/7/1")["radiotherapy"])
    assert "radiotherapy" not in study.tables["dose_unit"]["drug"].to_pylist()


def test_structures_are_the_catalogues_or_free(study):
    smiles = dict(zip(study.drugs.names, study.smiles, strict=True))
    assert smiles["xy-1"] == "CCO" and smiles["radiotherapy"] == smiles["drugimab"] == ""
    assert len(smiles["paclitaxel"]) > 20 and "zz-9" not in smiles


def test_a_brand_of_a_known_drug_keeps_its_name_and_borrows_the_structure(study):
    smiles = dict(zip(study.drugs.names, study.smiles, strict=True))
    assert len(smiles["brandosome"]) > 20
    assert set(row(study, "400/1/1")) == {"brandosome", "carboplatin", "paclitaxel", "xy-1"}


def test_what_the_catalogue_lacks_travels_as_a_table(study):
    table = study.tables["drugs"].to_pandas().set_index("name")
    assert table["modality"].to_dict() == {
        "brandosome": "small_molecule",
        "drugimab": "antibody",
        "xy-1": "other",
    }
    assert table.loc["brandosome", "targets"] and not table.loc["brandosome", "synonyms"]
    assert set(table["modality"]) <= set(MODALITIES)


def test_order_is_time_and_ranks_ascend_in_an_arm(study):
    assert study.columns["order"].tolist() == [1, 1, 1, 1, 0, 2, 2, 2]
    assert study.columns["arm"].tolist() == [0, 0, 0, 0, 1, 2, 2, 3]
    assert study.columns["dose_rank"].tolist() == [1, 2, 3, 0, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("2", 2),
        ("0", 0),
        ("-1", -1),
        ("1.5", 1.5),
        ("2b", 2.25),
        ("2A", 2),
        ("B3", 3),
        ("3bis", 3.5),
    ],
)
def test_a_levels_place_is_what_its_label_says(label, number):
    assert level_number(label) == number
    assert np.isnan(level_number("expansion"))


def test_a_level_does_not_tell_how_many_its_arm_has(folder, study):
    edit(folder, "dlt_by_level.parquet", lambda t: t.drop(index=[1, 2, 4, 8]))
    fewer = load(folder)
    for name in [f.name for f in study.profiles.fields]:
        few, all_levels = field(fewer, name), field(study, name)
        assert all(few[p] == all_levels[p] or np.isnan(few[p]) for p in few if few[p] is not None)


def test_profiles_say_what_was_planned(study):
    expected = {
        "dose_level_rank": {"200/1/1.5": 1.5, "200/1/-1": -1},
        "dlt_window_days": {"200/1/1": 42, "400/1/1": 28},
        "cycle_days": {"200/1/-1": 21},
        "doses_per_week": {"200/1/1": pytest.approx(2 / 3), "100/7/1": 5},
        "n_dlt_definitions": {"200/1/1": 3, "100/7/1": 2},
        "minimum_age_years": {"200/1/1": 18},
        "performance_status_max": {"200/1/1": 1, "100/7/1": 2},
        "tumour_group": {
            "200/1/1": "solid",
            "100/7/1": "gynaecological",
            "400/1/1": "leukaemia_mds",
        },
        "paediatric": {"400/1/1": "yes", "200/1/1": "no"},
        "trial_type": {"400/1/1": "single"},
        "dlt_grade_4_neutropenia": {"200/1/1": "yes", "100/7/1": "no", "400/1/1": None},
        "dlt_febrile_neutropenia": {"200/1/1": "yes", "100/7/1": "no"},
        "dlt_grade_3_non_haematological": {"200/1/1": "yes", "100/7/1": "no"},
        "dlt_grade_2": {"200/1/1": "no", "100/7/1": "yes"},
        "dlt_delay_of_treatment": {"200/1/1": "no", "100/7/1": "yes"},
    }
    found = {n: {p: field(study, n)[p] for p in wanted} for n, wanted in expected.items()}
    assert found == expected
    assert np.isnan(field(study, "n_dlt_definitions")["400/1/1"])
    assert {f.name: f.unit for f in study.profiles.fields if f.unit} == UNITS


@pytest.mark.parametrize(
    ("schedule", "cycle", "weekly"),
    [
        ("on days 1, 8, and 15 every 28 days", 28, 0.75),
        ("on days 1–14 of each 3-week cycle", 21, 14 / 3),
        ("on day 1 through 5 of a 21-day cycle", 21, 5 / 3),
        ("every three weeks", 21, 1 / 3),
        ("q3w", 21, 1 / 3),
        ("weekly", np.nan, 1),
        ("twice weekly", np.nan, 2),
        ("weekly for 4 of every 6 weeks", 42, 4 / 6),
        ("daily in 28-day cycles", 28, 7),
        ("daily for 21 days of a 28-day cycle", 28, 5.25),
        ("every other day", np.nan, 3.5),
        ("5 days every 28 days", 28, 1.25),
        ("24-h continuous infusion every 3 weeks", 21, 1 / 3),
        ("after surgery", np.nan, np.nan),
        ("on days 1 and 8", np.nan, np.nan),
        ("every 9999 days", np.nan, np.nan),
    ],
)
def test_a_schedule_in_words_is_numbers(schedule, cycle, weekly):
    assert cycle_days(schedule) == pytest.approx(cycle, nan_ok=True)
    assert doses_per_week(schedule, np.nan) == pytest.approx(weekly, nan_ok=True)


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ("during the first cycle", 21),
        ("first two cycles", 42),
        ("cycles 1 and 2", 42),
        ("cycle 1 (4 weeks)", 28),
        ("within 30 days of completing therapy", np.nan),
        ("during radiotherapy", np.nan),
        ("", np.nan),
    ],
)
def test_a_window_is_days_or_cycles(window, days):
    assert window_days(window, 21.0) == pytest.approx(days, nan_ok=True)


def test_wide_rows_can_be_left_out(folder):
    study = load(folder, max_drugs=3)
    assert ("levels of at most 3 drugs", 7) in study.provenance.flow
    assert "400/1/1" not in study.profiles.ids and study.combos.drugs.shape == (7, 2)


@pytest.mark.parametrize("value", [-1, 27, 1.5])
def test_a_wrong_setting_is_named(folder, value):
    with pytest.raises(ConfigError, match=f"data.phase1_dlt.max_drugs is {value}; expected 0"):
        load(folder, max_drugs=value)


def first(column, value):
    """A change of the first row's cell."""

    def change(table):
        return table.assign(**{column: [value, *table[column][1:]]})

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "dlt_by_level",
            lambda t: pd.concat([t, t[:1]]),
            "1 levels are listed twice, the first 200",
        ),
        ("dlt_by_level", first("status", "guess"), "'status', row 0 holds 'guess'; expected one"),
        ("dlt_by_level", first("any_dlt", 2), "'any_dlt', row 0 holds .*2.*; expected one of 0, 1"),
        ("dlt_by_level", lambda t: t.drop(columns="status"), "no column 'status'"),
        ("dlt_by_level", lambda t: t[t["pmid"] == 300], "no level that can be used"),
        ("arm_drugs", lambda t: t[t["pmid"] != 100], "drugs of each arm lacks arm 100/7"),
        ("arm_drugs", first("drug", "stranger"), "drugs.csv lacks 'stranger', which an arm gives"),
        ("trials", lambda t: t[t["pmid"] != 400], "trials.parquet lacks the trial 400"),
        ("dose_levels", lambda t: t.rename(columns={"dose_unit": "unit"}), "no column 'dose_unit'"),
    ],
)
def test_a_faulty_table_is_one_error(folder, name, change, message):
    edit(folder, f"{name}.parquet", change)
    with pytest.raises(InputError, match=message):
        load(folder)


def test_an_unknown_modality_is_named(folder):
    path = folder.joinpath(*FOLDER, "drugs.csv")
    path.write_text(DRUGS.replace("biologic", "magic"))
    with pytest.raises(InputError, match="drug 'drugimab' has modality 'magic'; expected one of"):
        load(folder)


def test_another_file_than_the_known_one_is_refused(folder):
    with pytest.raises(SourceError, match="dlt_by_level"):
        load(folder, check_digests=True)


def test_it_is_kept_whole_on_disk(study, tmp_path):
    write_study(study, tmp_path / "kept")
    back = read_study(tmp_path / "kept")
    assert back.profiles.space == "trial" and back.columns.keys() == study.columns.keys()
    assert back.tables["dose_unit"].equals(study.tables["dose_unit"])


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ.get("COMBO_DL_DATA"), max_drugs=6, check_digests=True)
    assert study.provenance.flow[:4] == (
        ("levels read", 11684),
        ("levels that the arm defines", 11588),
        ("levels of arms that report a dose-limiting toxicity", 10162),
        ("levels of at most 6 drugs", 10151),
    )
    assert round(float(study.combos.labels["dlt"].mean()), 2) == 0.44
    assert len(np.unique(study.columns["order"])) == 2041
    assert np.bincount(study.combos.size).tolist() == [0, 2166, 4749, 2428, 592, 147, 69]
    assert (study.combos.drugs == study.drugs.id("radiotherapy")).sum() == 948
    assert dict(zip(study.drugs.names, study.smiles, strict=True))["temsirolimus"] == ""
