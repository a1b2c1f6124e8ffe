"""An OMOP CDM becomes events: invented people with known lines, and the public extracts."""

import os
from pathlib import Path

import ibis
import pandas as pd
import pytest
from pathways import RULES

from combo_dl.cohort.codes import code_list
from combo_dl.cohort.drug_codes import DrugCodes
from combo_dl.cohort.lines import lines_of, regimens
from combo_dl.cohort.omop import omop_source, read_omop
from combo_dl.cohort.omop_demo import invent, write_cdm
from combo_dl.cohort.omop_tables import COLUMNS, chosen
from combo_dl.cohort.omop_vocabulary import ingredients
from combo_dl.core.errors import InputError, SourceError

PERSON = {"person_id": -9_100_000_000_000_000_001, "gender_concept_id": 8532, "year_of_birth": 2100}


def source(**tables):
    con = ibis.duckdb.connect()
    whole = {
        "person": [PERSON],
        "observation_period": [
            {
                "person_id": PERSON["person_id"],
                "observation_period_start_date": "21500101",
                "observation_period_end_date": "21521231",
            }
        ],
        "drug_exposure": [drug(45892628, "21500201")],
    } | tables
    made = {k: chosen(k, con.create_table(k, pd.DataFrame(v))) for k, v in whole.items()}
    return omop_source(made, name="toy")


def drug(concept, start, written="x"):
    return {
        "person_id": PERSON["person_id"],
        "drug_concept_id": concept,
        "drug_exposure_start_date": start,
        "drug_exposure_end_date": start,
        "drug_source_value": written,
    }


def rows(made, kind):
    return made.events.filter(made.events.kind == kind).to_pandas()


def test_ids_blanks_unmapped_codes_and_the_time_at_risk():
    made = source(
        drug_exposure=[
            drug(45892628, "21500201"),
            drug(0, "21500301", "Opdivo  "),
            drug(45892628, "21491231"),
            drug(0, "21500401", " "),
        ]
    )
    drugs = rows(made, "drug").sort_values("start")
    assert set(drugs["person"]) == {str(PERSON["person_id"])}
    assert drugs[["code", "vocabulary"]].to_numpy().tolist() == [
        ["45892628", "OMOP"],
        ["Opdivo", "source"],
        ["unmapped", "source"],
    ]
    assert "1 facts outside of observation periods" in made.notes[-1]
    assert rows(made, "sex")["code"].tolist() == ["female"]
    assert str(rows(made, "birth")["start"][0])[:10] == "2100-07-01"
    assert "concept_ancestor is absent" in made.notes[0]


def test_a_day_of_birth_that_is_given_is_the_birth_and_an_unknown_sex_is_none():
    given = PERSON | {"month_of_birth": 2, "day_of_birth": 29, "year_of_birth": 2096}
    made = source(person=[given | {"gender_concept_id": 0}])
    assert str(rows(made, "birth")["start"][0])[:10] == "2096-02-29"
    assert rows(made, "sex").empty


def test_eras_are_not_read_and_ingredients_are_those_of_the_public_lists():
    """Eras persist for 30 days, which is wrong for infusions in cycles of three weeks and more."""
    assert not {"drug_era", "condition_era", "dose_era"} & set(COLUMNS)
    known = {45892628: "nivolumab", 45775965: "pembrolizumab", 40238188: "ipilimumab"}
    known |= {42629079: "atezolizumab", 1594034: "durvalumab", 1593273: "avelumab"}
    known |= {35200783: "cemiplimab", 741851: "tremelimumab", 36860767: "tremelimumab"}
    known |= {1397141: "bevacizumab", 1397599: "cisplatin", 1344905: "carboplatin"}
    known |= {1304919: "pemetrexed", 1378382: "paclitaxel", 1315942: "docetaxel"}
    known |= {1350504: "etoposide", 1314924: "gemcitabine", 955632: "fluorouracil"}
    known |= {46221433: "lenvatinib", 42709322: "axitinib"}
    assert known.items() <= ingredients().items()


def test_both_names_of_the_columns_of_visits_are_read():
    for column in ("admitting_source_value", "admitted_from_source_value"):
        visit = {"person_id": PERSON["person_id"], "visit_concept_id": 9201, column: "x"}
        visit |= {"visit_start_date": "2150-02-01", "visit_end_date": "2150-02-03"}
        found = rows(source(visit_occurrence=[visit]), "visit")
        assert found["code"].tolist() == ["9201"] and str(found["end"][0])[:10] == "2150-02-03"


def test_a_stated_regimen_is_an_event_and_an_episode_of_disease_is_not():
    episode = {"person_id": PERSON["person_id"], "episode_start_date": "2150-02-01"}
    made = source(
        episode=[
            episode | {"episode_concept_id": 32531, "episode_object_concept_id": 35803207},
            episode | {"episode_concept_id": 32528, "episode_object_concept_id": 443388},
        ]
    )
    assert rows(made, "regimen")["code"].tolist() == ["35803207"]


def test_codes_and_drugs_reach_what_lies_below_them():
    concept = [
        {
            "concept_id": 1,
            "concept_name": "Lung",
            "vocabulary_id": "ICD10",
            "concept_code": "C34.1",
        },
        {
            "concept_id": 7,
            "concept_name": "Olaparib",
            "vocabulary_id": "RxNorm",
            "concept_code": "9",
        },
    ]
    below = [
        {"ancestor_concept_id": 45892628, "descendant_concept_id": 55},
        {"ancestor_concept_id": 2, "descendant_concept_id": 3},
    ]
    maps = [{"concept_id_1": 1, "concept_id_2": 2, "relationship_id": "Maps to"}]
    made = source(concept=concept, concept_ancestor=below, concept_relationship=maps)
    assert made.drugs[("OMOP", "55")] == "nivolumab" and made.drugs[("OMOP", "7")] == "olaparib"
    found = {str(c) for c in made.expand(code_list(["ICD10:C34*"]))}
    assert found == {"ICD10:C34*", "OMOP:1", "OMOP:2", "OMOP:3"}
    assert made.systems == {"OMOP", "source", "ICD10", "RxNorm"}
    assert source().systems == {"OMOP", "source"}


def test_a_missing_table_column_or_a_second_form_of_dates_is_refused(tmp_path):
    with pytest.raises(SourceError, match="lacks the table observation_period"):
        (tmp_path / "person.csv").write_text(
            "person_id,gender_concept_id,year_of_birth\n1,8507,1950\n"
        )
        read_omop(folder=str(tmp_path))
    with pytest.raises(InputError, match="table person lacks the column year_of_birth"):
        source(person=[{"person_id": 1, "gender_concept_id": 8507}])
    for column, value in (("drug_concept_id", "nivo"), ("quantity", "two")):
        with pytest.raises(InputError, match=f"{column} of the OMOP table .* holds '{value}'"):
            source(drug_exposure=[drug("45892628", "21500201") | {column: value}])
    with pytest.raises(InputError, match="1 days as YYYYMMDD, 1 as YYYY-MM-DD"):
        source(drug_exposure=[drug(1, "21500201"), drug(1, "2150-02-01")])


def test_lines_of_invented_people_are_the_truth(tmp_path):
    made = invent(people=150, seed=3)
    write_cdm(made, tmp_path)
    read = read_omop(folder=str(tmp_path))
    found = regimens(
        lines_of(read.events, DrugCodes().with_codes(read.drugs), RULES), within_days=28
    )
    keys = {
        (p, n, s.date(), d)
        for p, n, s, d in found[["person", "line", "start", "drugs"]].itertuples(index=False)
    }
    truth = {(str(p), n, s.date(), d) for p, n, s, d in made.lines.itertuples(index=False)}
    assert len(keys & truth) / len(truth) >= 0.98


DATA = Path(os.environ.get("COMBO_DL_DATA", "data"))


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "people", "deaths"),
    [
        ("omop_mimic_iv_demo", 100, 15),
        ("omop_synthea27", 28, 3),
        ("omop_synthea109_etl_pair/cdm", 109, 9),
    ],
)
def test_a_public_extract_keeps_its_people_and_facts(folder, people, deaths):
    made = read_omop(folder=str(DATA / folder))
    assert len(rows(made, "birth")) == len(rows(made, "sex")) == people
    assert len(rows(made, "death")) == deaths
    counts = made.events.group_by("kind").aggregate(n=made.events.count()).to_pandas()
    assert {"diagnosis", "drug", "visit", "procedure", "observed"} <= set(counts["kind"])
    for table, kind in (("drug_exposure", "drug"), ("condition_occurrence", "diagnosis")):
        whole = len(pd.read_parquet(DATA / folder / f"{table}.parquet"))
        assert 0.9 * whole <= len(rows(made, kind)) <= whole


@pytest.mark.real
def test_people_and_diagnoses_are_those_from_before_the_etl():
    folder = DATA / "omop_synthea109_etl_pair"
    made, raw = read_omop(folder=str(folder / "cdm")), folder / "raw"
    before = pd.read_parquet(raw / "patients.parquet")
    births = sorted(str(d)[:10] for d in rows(made, "birth")["start"])
    assert births == sorted(before["BIRTHDATE"])
    sexes = rows(made, "sex")["code"].value_counts().to_dict()
    assert sexes == before["GENDER"].map({"M": "male", "F": "female"}).value_counts().to_dict()
    # The reference ETL dates a death by the record of it, days after the source's own day.
    died = pd.to_datetime(before["DEATHDATE"].dropna().str[:10])
    lags = [(pd.Timestamp(d) - died).dt.days for d in rows(made, "death")["start"]]
    assert all(((lag >= 0) & (lag <= 31)).any() for lag in lags)
    conditions = pd.read_parquet(raw / "conditions.parquet")
    days = set(conditions["START"].str[:10])
    assert {str(d)[:10] for d in rows(made, "diagnosis")["start"]} <= days
