"""Rules of reading people and claims (DCIR), each by rows that only this rule tells apart."""

from datetime import date

import pytest
from delivery import DAY, boxes, facts, key, person, read, stay, units

from combo_dl.cohort.snds_columns import CLAIM_KEY, official_columns, official_tables
from combo_dl.cohort.snds_source import snds_source

NEVER = date(1600, 1, 1)


def doses(events):
    return facts(events, "drug", "person", "start", "value")


KEPT = {
    "a copy of nothing": {"DPN_QLF": 0, "PRS_DPN_QLP": 0, "CPL_MAJ_TOP": 0},
    "nothing stated": {},
    "another qualifier": {"DPN_QLF": 30},
    "72 of PRS_DPN_QLP": {"PRS_DPN_QLP": 72},
    "a first supplement": {"CPL_MAJ_TOP": 1},
    "the first day": {"day": date(2017, 1, 1), "keys": key(FLX_DIS_DTD=date(2017, 1, 1))},
    "the last flow": {"day": date(2019, 12, 31), "keys": key(FLX_DIS_DTD=date(2020, 6, 1))},
}
LEFT_OUT = {
    "copy 71": {"DPN_QLF": 71},
    "copy 72": {"DPN_QLF": 72},
    "71 of PRS_DPN_QLP": {"PRS_DPN_QLP": 71},
    "a supplement": {"CPL_MAJ_TOP": 2},
    "the day before": {"day": date(2016, 12, 31)},
    "the day after": {"day": date(2020, 1, 1)},
    "a late flow": {"day": date(2019, 12, 31), "keys": key(FLX_DIS_DTD=date(2020, 7, 1))},
}


NUMBERS = ("00", "03", "04", "01", "13")  # BEN_CDI_NIR: the last two are of nobody
NATURES = (41, 43, 45, 11, 12, 13, None)  # IMB_ETM_NAT: the first three were granted
BASE = key()
DAYS = [date(2018, 5, 1 + i) for i in range(len(CLAIM_KEY) + 1)]


def people_rows():
    rows = [r for n in NUMBERS for r in person(f"number {n}", BEN_CDI_NIR=n)]
    rows += person("PSA1", BEN_IDT_ANO="IDT", BEN_NIR_ANO="ANO1")
    rows.append(("IR_BEN_R_ARC", rows[-1][1] | {"BEN_NIR_PSA": "PSA0"}))
    rows += person("PSA2", BEN_IDT_ANO=None, BEN_NIR_ANO="ANO2")
    rows += person("PSA3", BEN_IDT_ANO=None, BEN_NIR_ANO=None)
    rows += boxes("PSA0", 2) + boxes("PSA1", 3) + boxes("PSA2") + boxes("PSA3")
    for n in NATURES:
        own = {"BEN_NIR_PSA": f"ill {n}", "IMB_ALD_DTD": DAY, "IMB_ETM_NAT": n}
        rows += [*person(f"ill {n}"), ("IR_IMB_R", own | {"MED_MTF_COD": "C34 "})]
    return rows + person("born", BEN_NAI_ANN=2018)


def key_rows():
    """A claim, and nine that differ from it in one column of the key alone; each of its own day."""
    rows = person("keys") + boxes("keys", 1, keys=BASE, day=DAYS[0])
    for i, column in enumerate(CLAIM_KEY, start=1):
        other = {int: 9_999, str: "01C759999", date: date(2018, 6, 1)}[type(BASE[column])]
        rows += boxes("keys", 2**i, keys=BASE | {column: other}, day=DAYS[i])
    return rows


@pytest.fixture(scope="module")
def read_claims():
    rows = people_rows() + key_rows() + [r for name in KEPT | LEFT_OUT for r in person(name)]
    rows += [r for name, more in (KEPT | LEFT_OUT).items() for r in boxes(name, **more)]
    for name, stated in (("no stay", 0), ("not stated", None), ("public stay", 1)):
        same = key()
        rows += (
            person(name) + boxes(name, keys=same) + [("ER_ETE_F", same | {"ETE_IND_TAA": stated})]
        )
    rows += person("billed twice") + [r for n in (3, -3, 2) for r in boxes("billed twice", n)]
    rows += person("all cancelled") + [r for n in (3, -3) for r in boxes("all cancelled", n)]
    rows += person("shared") + units("shared", 2, 0.5)
    rows += person("whole") + units("whole", 2, 0.0) + person("unstated") + units("unstated", 2)
    return read(rows, "dcir", "ald")


def test_real_and_provisional_numbers_are_people_and_others_are_nobody(read_claims):
    found = {name for name, _ in facts(read_claims[0], "birth", "person", "start")}
    wanted = {f"number {n}" for n in NUMBERS}
    assert found & wanted == {"number 00", "number 03", "number 04"}


def test_a_person_is_the_stable_number_else_the_own_one_else_pseudonym_and_rank(read_claims):
    """And has the claims of all pseudonyms, those of the archive of the register included."""
    found = {name: value for name, _, value in doses(read_claims[0])}
    own = {n: v for n, v in found.items() if n.startswith(("IDT", "ANO", "PSA"))}
    assert own == {"IDT": 5.0, "ANO2": 1.0, "PSA31": 1.0}


def test_long_term_illness_counts_where_it_was_granted_as_a_listed_one(read_claims):
    found = facts(read_claims[0], "diagnosis", "person", "code", "start")
    assert found == [(f"ill {n}", "C34", str(DAY)) for n in NATURES[:3]]


def test_a_claim_is_joined_by_all_nine_columns_of_its_key(read_claims):
    found = [(day, value) for name, day, value in doses(read_claims[0]) if name == "keys"]
    assert found == [(str(day), float(2**i)) for i, day in enumerate(DAYS)] and len(found) == 10


def test_each_line_is_kept_or_left_out_by_its_own_rule(read_claims):
    found = {name for name, _, _ in doses(read_claims[0])} & set(KEPT | LEFT_OUT)
    assert found == set(KEPT)


def test_lines_of_public_stays_alone_are_those_of_pmsi(read_claims):
    found = {name for name, _, _ in doses(read_claims[0])}
    assert found >= {"no stay", "not stated"} and "public stay" not in found


def test_corrections_are_summed_and_units_are_given_in_parts(read_claims):
    found = {name: value for name, _, value in doses(read_claims[0])}
    assert found["billed twice"] == 2.0 and "all cancelled" not in found
    assert (found["shared"], found["whole"], found["unstated"]) == (1.0, 2.0, 2.0)


def test_a_month_of_flow_is_the_day_of_nothing(read_claims):
    days = {name: day for name, day, _ in doses(read_claims[0])}
    assert days["the last flow"] == "2019-12-31" and days["nothing stated"] == str(DAY)


def test_archives_of_the_year_before_and_of_the_last_flow_are_read():
    """Claims of January can lie in the archive of the year before, in other types; the flow after
    the last day is of the next year."""
    rows = person("a")
    for year, day, flow in (
        (2016, date(2017, 1, 10), date(2017, 1, 1)),
        (2020, date(2019, 12, 20), date(2020, 2, 1)),
    ):
        own = boxes("a", day=day, keys=key(FLX_DIS_DTD=flow))
        rows += [(f"{table}_{year}", values) for table, values in own]
    events, found = read(rows, "dcir", texts=("ER_PRS_F_2016", "ER_PHA_F_2016"))
    assert [day for _, day, _ in doses(events)] == ["2017-01-10", "2019-12-20"]
    assert ("ER_PRS_F_2020", "EXE_SOI_DTD") in found.columns_read


@pytest.fixture(scope="module")
def ends():
    rows = person("alive", BEN_DCD_DTE=NEVER) + boxes("alive")
    rows += person("register", BEN_DCD_DTE=date(2019, 2, 3))
    rows += person("hospital", BEN_DCD_DTE=NEVER) + stay("hospital", days=4, SOR_MOD="9")
    rows += person("certificate", BEN_DCD_DTE=NEVER) + person("all", BEN_DCD_DTE=date(2018, 3, 9))
    rows += stay("all", days=3, SOR_MOD="9")
    for name, day in (("certificate", date(2018, 9, 1)), ("all", date(2018, 3, 10))):
        own = {"BEN_IDT_ANO": name, "BEN_DCD_DTE": day, "DCD_CIM_COD": "C34.9"}
        rows.append(("KI_CCI_R", own))
    return read(rows, "dcir", "mco", "causes", contact_grace_days=600)[0]


def test_a_death_is_the_earliest_of_register_hospital_and_certificate(ends):
    assert facts(ends, "death", "person", "start", "code") == [
        ("all", "2018-03-08", "C349"),
        ("certificate", "2018-09-01", "C349"),
        ("hospital", "2018-03-09", "unknown"),
        ("register", "2019-02-03", "unknown"),
    ]


def test_people_are_observed_to_death_or_the_last_day_and_not_to_their_last_row(read_claims):
    """alive: the only claim is of 2018; the last day is that of complete flow."""
    spans = {n: (a, b) for n, a, b in facts(read_claims[0], "observed", "person", "start", "end")}
    assert spans["nothing stated"] == ("2017-01-01", "2019-12-31")
    assert spans["born"] == ("2018-07-01", "2019-12-31")


def test_silent_emigration_ends_observation_some_days_after_the_last_contact(ends):
    spans = {n: b for n, _, b in facts(ends, "observed", "person", "start", "end")}
    assert spans == {
        "alive": "2019-10-26",  # 600 days after 5 March 2018
        "all": "2018-03-08",
        "certificate": "2017-01-01",
        "hospital": "2018-03-09",
        "register": "2017-01-01",
    }


def test_what_claims_cannot_show_is_told_with_every_cohort(read_claims):
    source = snds_source(read_claims[1], "delivery", "none stated")
    told = " ".join(source.notes)
    assert all(w in told for w in ("tariff", "stage", "biomarker", "laboratory", "mg", "trials"))
    assert {"ICD10", "ATC", "UCD", "CIP13", "CCAM", "COD_LES"} <= source.systems


def test_what_is_not_asked_for_is_not_read():
    """The latest residence, scheme and age band of the register say nothing of an earlier year;
    the number of a long-term illness is not reliable; there are no results of laboratories."""
    columns = {c for table in official_tables() for c in official_columns(table)}
    assert not columns & {"BEN_RES_DPT", "BEN_RES_COM", "ORG_AFF_BEN", "IMB_ALD_NUM"}
    assert "ER_BIO_F" not in official_tables()
