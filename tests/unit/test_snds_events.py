"""Claims of the SNDS: what is read is what was generated, clean and with every known defect."""

import pyarrow.parquet as pq
import pytest

from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.snds_columns import official_columns
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_exactness import exactness
from combo_dl.cohort.snds_generator import (
    ALL_DEFECTS,
    SndsDesign,
    generated_settings,
    write_snds,
)
from combo_dl.cohort.snds_generator_defects import DEFECTS

# The part of SNDS that a defect touches, and the rules that must then have dropped something.
RULES = {
    "corrections": ("dcir", ()),
    "information_copies": ("dcir", ("copy for information", "supplement")),
    "public_stays_in_claims": ("dcir", ("public stay",)),
    "fictitious_people": ("dcir", ("fictitious", "person not kept")),
    "several_pseudonyms": ("dcir", ()),
    "late_flows": ("dcir", ("flow month",)),
    "changing_ranks": ("dcir", ()),
    "dates_of_1600": ("causes", ()),
    "missing_own_number": ("dcir", ()),
    "twins": ("dcir", ("twin",)),
    "old_atc": ("dcir", ()),
    "archive_tables": ("dcir", ()),
    "scattered_deaths": ("causes", ()),
    "other_long_term_illness": ("ald", ("not granted",)),
    "shared_stays": ("mco", ()),
    "told_in_two_tables": ("mco", ("early-access",)),
    "broken_drug_rows": ("mco", ("quantity", "unknown UCD", "listing period")),
    "invalid_chaining": ("mco", ("chaining", "dummy")),
    "ungroupable_stays": ("mco", ("ungroupable",)),
    "services_between_hospitals": ("mco", ("service between",)),
    "duplicate_finess": ("mco", ("reports twice",)),
    "no_delay": ("mco", ()),
    "no_indication": ("mco", ()),
    "trailing_blanks": ("mco", ()),
}
LOSSY = ("late_flows", "twins", "scattered_deaths")


def design(*defects, **changed):
    settings = {"n_people": 600, "seed": 3, "first_year": 2017, "last_year": 2019}
    return SndsDesign(defects=defects, **(settings | changed))


def read(folder, made, **changed):
    settings = generated_settings(made)
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    read_settings = type(settings)(**(values | changed))
    return read_snds(open_duckdb(), read_settings, folder=folder / "claims")


def test_clean_claims_give_back_the_truth(tmp_path):
    made = design()
    write_snds(tmp_path, made)
    for name, found in exactness(read(tmp_path, made).events, tmp_path / "truth").items():
        assert found.n_true > 0, name
        assert (found.n_right, found.n_extra) == (found.n_true, 0), name


def test_all_defects_together_leave_what_the_sources_hold(tmp_path):
    made = design(*ALL_DEFECTS, n_people=2_000)
    write_snds(tmp_path, made)
    shares = exactness(read(tmp_path, made).events, tmp_path / "truth")
    least = {"people": 0.99, "tumours": 0.99, "doses": 0.98, "exposures": 0.98, "deaths": 0.99}
    assert {n: shares[n].share for n in least if shares[n].share < least[n]} == {}


@pytest.mark.parametrize("defect", [d for d in ALL_DEFECTS if d in RULES])
def test_each_defect_alone_is_seen_through(defect, tmp_path):
    part, rules = RULES[defect]
    made = design(defect)
    write_snds(tmp_path, made)
    found = read(tmp_path, made, parts=(part,))
    for name, share in exactness(found.events, tmp_path / "truth", (part,)).items():
        if defect in LOSSY:
            assert share.share > 0.98, name
        else:
            assert (share.n_right, share.n_extra) == (share.n_true, 0), name
    dropped = [e.rule for e in found.exclusions if e.dropped]
    for rule in rules:
        assert any(rule in name for name in dropped), (rule, dropped)


def test_a_private_drug_told_in_two_tables_counts_once(tmp_path):
    made = design("private_told_twice")
    write_snds(tmp_path, made)
    found = read(tmp_path, made, parts=("dcir", "mco"))
    share = exactness(found.events, tmp_path / "truth", ("dcir", "mco"))["doses"]
    assert (share.n_right, share.n_extra) == (share.n_true, 0)
    assert any("also in ER_UCD_F" in e.rule and e.dropped for e in found.exclusions)


def test_every_defect_has_its_test():
    assert {*RULES, "private_told_twice"} == set(ALL_DEFECTS) >= set(DEFECTS)


def test_the_columns_read_are_those_of_the_dictionary_and_no_other(tmp_path):
    made = design(n_people=50)
    write_snds(tmp_path, made)
    names = read(tmp_path, made, parts=("dcir",)).columns_read
    tables = {table for table, _ in names}
    assert tables == {
        *("IR_BEN_R", "IR_BEN_R_ARC", "IR_PHA_R"),
        *("ER_PRS_F", "ER_PHA_F", "ER_UCD_F", "ER_ETE_F"),
    }
    for table in tables:
        assert {c for t, c in names if t == table} == set(official_columns(table))


def test_the_same_seed_writes_the_same_files_whatever_the_chunk_holds(tmp_path):
    for name in ("one", "two"):
        write_snds(tmp_path / name, design(*ALL_DEFECTS, n_people=300, n_chunk=100))
    for path in sorted((tmp_path / "one").rglob("*.parquet")):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert pq.read_table(path).equals(pq.read_table(other))


def test_a_twin_that_is_flagged_keeps_claims_and_loses_stays(tmp_path):
    made = design("twins", n_people=4_000)
    write_snds(tmp_path, made)
    truth = pq.read_table(tmp_path / "truth" / "people.parquet").to_pylist()
    twins = {row["person"] for row in truth if row["twin"]}
    assert twins
    kept = read(tmp_path, made, parts=("dcir",), twins="flag").events
    people = set(kept.filter(kept.kind == "birth").person.to_pyarrow().to_pylist())
    assert people == {row["person"] for row in truth}
    share = exactness(kept, tmp_path / "truth", ("dcir",))["doses"]
    assert (share.n_right, share.n_extra) == (share.n_true, 0)
