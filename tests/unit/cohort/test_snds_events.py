"""Claims of the SNDS: what is read is what was generated, clean and with every known defect.

A read costs the same for few people as for hundreds, so each set of defects is read once.
"""

from dataclasses import replace

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

# Defects after which something that is true cannot be read: a claim that comes later than the
# flow that is read, people who cannot be told apart, a death that no table tells to the day.
LOSSY = ("late_flows", "twins", "scattered_deaths")
SEEN_THROUGH = tuple(d for d in ALL_DEFECTS if d not in LOSSY)
# The rules that must have dropped rows where a defect was planted.
RULES = {
    "information_copies": ("copy for information", "supplement"),
    "public_stays_in_claims": ("public stay",),
    "fictitious_people": ("fictitious", "person not kept"),
    "corrections": ("corrections leave nothing",),
    "late_flows": ("flow month",),
    "twins": ("twin",),
    "other_long_term_illness": ("not granted",),
    "told_in_two_tables": ("early-access",),
    "broken_drug_rows": ("quantity", "unknown UCD", "listing period"),
    "invalid_chaining": ("chaining", "dummy"),
    "ungroupable_stays": ("ungroupable",),
    "services_between_hospitals": ("service between",),
    "duplicate_finess": ("reports twice",),
    "private_told_twice": ("also in ER_UCD_F",),
}
# Defects that no rule drops rows for: what the tables hold where they were planted.
PLANTED = {
    "several_pseudonyms": lambda t: t("IR_BEN_R_ARC").num_rows > 0,
    "changing_ranks": lambda t: len(set(cells(t("ER_PRS_F"), "BEN_RNG_GEM"))) > 1,
    "dates_of_1600": lambda t: "1600" in {str(d)[:4] for d in cells(t("IR_BEN_R"), "BEN_DCD_DTE")},
    "missing_own_number": lambda t: not all(cells(t("IR_BEN_R"), "BEN_NIR_ANO")),
    "old_atc": lambda t: any(a.startswith("L01XC") for a in cells(t("IR_PHA_R"), "PHA_ATC_C07")),
    "archive_tables": lambda t: t("ER_PRS_F_2017").num_rows > 0,
    "scattered_deaths": lambda t: t("KI_CCI_R").num_rows > 0,
    "shared_stays": lambda t: any(int(n or 1) > 1 for n in cells(t("T_MCO18MED"), "NBR_SEJ")),
    "no_delay": lambda t: None in cells(t("T_MCO17MED"), "DELAI"),
    "no_indication": lambda t: set(cells(t("T_MCO17MED"), "COD_LES")) <= {None, ""},
    "trailing_blanks": lambda t: any(c.endswith(" ") for c in cells(t("T_MCO18B"), "DGN_PAL") if c),
}  # fmt: skip


def cells(table, column):
    return table.column(column).to_pylist()


def design(*defects, **changed):
    settings = {"n_people": 400, "seed": 3, "first_year": 2017, "last_year": 2019}
    return SndsDesign(defects=defects, **(settings | {"claims_per_year": 2.0} | changed))


def read(folder, made, **changed):
    return read_snds(
        open_duckdb(), replace(generated_settings(made), **changed), folder=folder / "claims"
    )


def dropped(found):
    return [e.rule for e in found.exclusions if e.dropped]


@pytest.fixture(scope="module")
def seen_through(tmp_path_factory):
    """(what was read, folder) of claims with all defects that lose nothing."""
    folder, made = tmp_path_factory.mktemp("seen"), design(*SEEN_THROUGH)
    write_snds(folder, made)
    return read(folder, made), folder


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """(what was read, folder) of claims with all defects."""
    folder, made = tmp_path_factory.mktemp("all"), design(*ALL_DEFECTS, n_people=1_200)
    write_snds(folder, made)
    return read(folder, made), folder


def test_clean_claims_give_back_the_truth_and_nothing_is_dropped(tmp_path):
    made = design(n_people=250)
    write_snds(tmp_path, made)
    found = read(tmp_path, made)
    for name, share in exactness(found.events, tmp_path / "truth").items():
        assert share.n_true > 0, name
        assert (share.n_right, share.n_extra) == (share.n_true, 0), name
    assert dropped(found) == []


def test_drugs_given_at_home_are_read_on_the_list_and_off_it(tmp_path):
    """A drug that left the list of what is paid beside the stay is told in MEDCHL, since 2016."""
    made = design(n_people=250)
    write_snds(tmp_path, made)
    moved = 0
    for place in sorted((tmp_path / "claims").glob("T_HAD*MED.parquet")):
        rows = pq.read_table(place)
        first = range(rows.num_rows // 2)
        off = rows.take(list(first)).drop_columns("COD_LES")
        pq.write_table(off, place.with_name(place.name.replace("MED", "MEDCHL")))
        pq.write_table(rows.slice(len(first)), place)
        moved += len(first)
    assert moved > 0
    doses = exactness(read(tmp_path, made).events, tmp_path / "truth")["doses"]
    assert (doses.n_right, doses.n_extra) == (doses.n_true, 0)


def test_a_table_is_not_missed_before_it_was_created(tmp_path):
    made = design(n_people=40, first_year=2014, last_year=2016)
    write_snds(tmp_path, made)
    home = tmp_path / "claims" / "T_HAD16MED.parquet"
    rows = pq.read_table(home).drop_columns("COD_LES")
    pq.write_table(rows, home.with_name("T_HAD16MEDCHL.parquet"))
    assert ("T_HAD16MEDCHL", "UCD_UCD_COD") in read(tmp_path, made).columns_read


def test_defects_that_lose_nothing_are_seen_through_together(seen_through):
    found, folder = seen_through
    for name, share in exactness(found.events, folder / "truth").items():
        assert share.n_true > 0, name
        assert (share.n_right, share.n_extra) == (share.n_true, 0), name


def test_all_defects_together_leave_what_the_sources_hold(everything):
    found, folder = everything
    shares = exactness(found.events, folder / "truth")
    least = {"people": 0.99, "tumours": 0.99, "doses": 0.98, "exposures": 0.98, "deaths": 0.99}
    assert {n: shares[n].share for n in least if shares[n].share < least[n]} == {}


@pytest.mark.parametrize("defect", RULES)
def test_each_defect_is_dropped_by_its_own_rule(defect, everything):
    told = dropped(everything[0])
    for rule in RULES[defect]:
        assert any(rule in name for name in told), (rule, told)


@pytest.mark.parametrize("defect", PLANTED)
def test_each_defect_that_is_read_and_not_dropped_was_there(defect, everything):
    assert PLANTED[defect](lambda name: pq.read_table(everything[1] / "claims" / f"{name}.parquet"))


def test_every_defect_is_looked_for():
    assert set(RULES) | set(PLANTED) == set(ALL_DEFECTS)


def test_the_columns_read_are_those_of_the_dictionary_and_no_other(everything):
    names = everything[0].columns_read
    tables = {table for table, _ in names}
    assert tables >= {
        *("IR_BEN_R", "IR_BEN_R_ARC", "IR_PHA_R", "IR_IMB_R", "KI_CCI_R"),
        *("ER_PRS_F", "ER_PHA_F", "ER_UCD_F", "ER_ETE_F", "ER_PRS_F_2017"),
        *("T_MCO18B", "T_MCO18C", "T_MCO18MED", "T_HAD18B"),
    }
    for table in tables:
        official = table.removesuffix("_2017")
        if official[:6] in ("T_MCO1", "T_HAD1"):
            official = f"{table[:5]}aa{table[7:]}"
        assert {c for t, c in names if t == table} == set(official_columns(official)), table


def test_the_same_seed_writes_the_same_files_whatever_the_chunk_holds(tmp_path):
    for name in ("one", "two"):
        write_snds(tmp_path / name, design(*ALL_DEFECTS, n_people=150, n_chunk=50))
    for path in sorted((tmp_path / "one").rglob("*.parquet")):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert pq.read_table(path).equals(pq.read_table(other))


def test_a_twin_that_is_flagged_keeps_claims_and_loses_stays(tmp_path):
    made = design("twins", n_people=1_200, claims_per_year=0.0)
    write_snds(tmp_path, made)
    truth = pq.read_table(tmp_path / "truth" / "people.parquet").to_pylist()
    twins = {row["person"] for row in truth if row["twin"]}
    assert twins
    kept = read(tmp_path, made, parts=("dcir",), twins="flag").events
    people = set(cells(kept.filter(kept.kind == "birth").to_pyarrow(), "person"))
    assert people == {row["person"] for row in truth}
    share = exactness(kept, tmp_path / "truth", ("dcir",))["doses"]
    assert share.n_true > 0
    assert (share.n_right, share.n_extra) == (share.n_true, 0)


@pytest.mark.parametrize("defect", LOSSY)
def test_a_loss_touches_few(defect, tmp_path):
    made = design(defect)
    write_snds(tmp_path, made)
    parts = ("causes",) if defect == "scattered_deaths" else ("dcir",)
    found = exactness(read(tmp_path, made, parts=parts).events, tmp_path / "truth", parts)
    assert {n: s for n, s in found.items() if s.n_true and s.share <= 0.98} == {}
