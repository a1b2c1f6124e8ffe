"""Rules of reading hospital stays (PMSI), each by rows that only this rule tells apart."""

from datetime import date

import pytest
from delivery import BEVACIZUMAB, DAY, NIVOLUMAB, RETURNS, facts, home, med, person, read, stay

from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY

PARIS, LYON = "075099001", "069099001"  # invented numbers of hospitals
DUMMIES = ("x" * 17, "X" * 16 + "D", "X" * 16 + "S")
EARLY = date(2017, 6, 1)
KEPT = {
    "a valid stay": {},
    "codes of later years unknown": {"COH_NAI_RET": None, "COH_SEX_RET": None},
    "a group that holds 90": {"GRG_GHM": "06M901"},
    "radiotherapy of another hospital": {"SEJ_TYP": "B", "GRG_GHM": "28Z10Z"},
    "dialysis of another hospital": {"SEJ_TYP": "B", "GRG_GHM": "28Z04Z"},
    "a hospital that reports once": {"entry": EARLY},
    "after the double reports": {"entry": date(2018, 1, 1), "place": PARIS},
}
LEFT_OUT = {
    **{f"return code {name}": {name: "1"} for name in RETURNS},
    "no return code": {"NIR_RET": None},
    "no group": {"GRG_GHM": "90Z00Z"},
    "chemotherapy of another hospital": {"SEJ_TYP": "B", "GRG_GHM": "28Z07Z"},
    "sent for a service": {"ENT_MOD": "0"},
    "back from a service": {"SOR_MOD": "0"},
    "a double report": {"entry": EARLY, "place": PARIS},
    "a double report up to its last day": {"entry": date(2017, 12, 31), "place": LYON},
}


@pytest.fixture(scope="module")
def stays():
    """Events of stays, each of a person of its name."""
    rows = [r for name in KEPT | LEFT_OUT for r in person(name)]
    rows += [r for name, more in (KEPT | LEFT_OUT).items() for r in stay(name, **more)]
    rows += [r for name in DUMMIES for r in person(name) + stay(name)]
    rows += person("home") + home("home") + person("lost home") + home("lost home", SEJ_RET="1")
    for name, code in (("visit", "0"), ("lost visit", "1")):
        own = {"ETA_NUM": "069000123", "SEQ_NUM": name, "NIR_ANO_17": name}
        returns = ("NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")
        own |= dict.fromkeys(returns, "0") | {"EXE_SOI_DTD": DAY, "EXE_SOI_DTF": DAY}
        rows += person(name) + [("T_MCO18CSTC", own | {"IAS_RET": code})]
        drug = {"UCD_UCD_COD": NIVOLUMAB, "QUA": 2.0, "FRACT_COE": 0.5, "DEL_DAT_ENT": 0}
        rows.append(("T_MCO18FHSTC", {k: own[k] for k in ("ETA_NUM", "SEQ_NUM")} | drug))
    return read(rows, "mco", "had", duplicate_finess=(PARIS, LYON))[0]


def test_each_stay_is_believed_or_left_out_by_its_own_rule(stays):
    found = facts(stays, "visit", "person", "start")
    assert {name for name, _ in found} == {*KEPT, "home"} and len(found) == len(KEPT) + 1


def test_a_visit_without_a_stay_is_chained_by_its_own_codes(stays):
    assert facts(stays, "drug", "person", "value", "source") == [("visit", 1.0, "T_MCOaaFHSTC")]


def test_a_record_number_serves_again_each_year():
    rows, first, second = person("a") + person("b"), date(2017, 5, 2), date(2018, 5, 2)
    rows += stay("a", med(1.0), entry=first, record="0000000007", DGN_PAL="C341")
    rows += stay("b", med(5.0), entry=second, record="0000000007", DGN_PAL="C509")
    events, _ = read(rows, "mco")
    assert facts(events, "drug", "person", "start", "value") == [
        ("a", "2017-05-02", 1.0),
        ("b", "2018-05-02", 5.0),
    ]
    assert facts(events, "diagnosis", "person", "code") == [("a", "C341"), ("b", "C509")]


def test_a_stay_over_new_year_lies_in_the_tables_of_its_discharge():
    rows = person("a") + stay("a", entry=date(2017, 12, 30), days=4)
    assert rows[1][0] == "T_MCO18C"
    found = facts(read(rows, "mco")[0], "visit", "start", "end")
    assert found == [("2017-12-30", "2018-01-03")]


def test_a_diagnosis_is_read_wherever_it_is_coded():
    beside = (("D", {"ASS_DGN": "C787  "}), ("UM", {"DGN_PAL": "C500", "DGN_REL": "D05"}))
    rows = person("a") + stay("a", *beside, DGN_PAL="C341", DGN_REL="c66.9")
    rows += home("a", ("D", {"DGN_ASS": "C795"}))
    events, _ = read(rows, "mco", "had")
    assert facts(events, "diagnosis", "code", "source") == [
        ("C341", "MCO.DGN_PAL"),
        ("C500", "MCO.UM.DGN_PAL"),
        ("C61", "HAD.DGN_PAL"),
        ("C669", "MCO.DGN_REL"),
        ("C787", "MCO.ASS_DGN"),
        ("C795", "HAD.DGN_ASS"),
        ("D05", "MCO.UM.DGN_REL"),
    ]


TREATED = {
    "main diagnosis Z51.1": ({"DGN_PAL": "Z511", "DGN_REL": "C341"}, "chemotherapy session"),
    "group 28Z07Z": ({"GRG_GHM": "28Z07Z"}, "chemotherapy session"),
    "group before 2012": ({"GRG_GHM": "24Z02Z"}, "chemotherapy session"),
    "main diagnosis Z51.0": ({"DGN_PAL": "Z5100"}, "radiotherapy"),
    "group 28Z11Z": ({"GRG_GHM": "28Z11Z"}, "radiotherapy"),
    "main diagnosis Z51.5": ({"DGN_PAL": "Z515"}, "palliative care"),
    "group 23Z02Z": ({"GRG_GHM": "23Z02Z"}, "palliative care"),
}


@pytest.fixture(scope="module")
def treated():
    rows = [r for n in [*TREATED, "Z51.2", "dialysis", "acts", "named"] for r in person(n)]
    rows += [r for name, (more, _) in TREATED.items() for r in stay(name, **more)]
    rows += stay("Z51.2", DGN_PAL="Z512") + stay("dialysis", GRG_GHM="28Z04Z")
    acts = (("ZZNL065", 2), ("YYYY028", 2), ("ZZNL047", None))
    rows += stay("acts", *(("A", {"CDC_ACT": a, "ENT_DAT_DEL": d}) for a, d in acts), days=3)
    rows += stay("named", med(COD_LES="I000001"), GRG_GHM="28Z07Z")
    return read(rows, "mco", partner_codes=("I000001",))[0]


def test_treatment_is_told_by_the_diagnosis_or_by_the_group(treated):
    found = facts(treated, "procedure", "person", "code")
    own = [(name, code) for name, (_, code) in TREATED.items()]
    acts = [("acts", "ZZNL047"), ("acts", "ZZNL065")]
    assert found == sorted([*own, *acts, ("named", "chemotherapy session")], key=repr)


def test_acts_are_dated_by_the_days_after_entry(treated):
    days = {code: day for code, day in facts(treated, "procedure", "code", "start")}
    assert (days["ZZNL065"], days["ZZNL047"]) == ("2018-03-07", "2018-03-05")


def test_a_session_without_a_molecule_is_chemotherapy_and_an_indication_tells_its_partner(treated):
    chemo = {(p, s) for p, c, s in facts(treated, "drug", "person", "code", "source") if c != "x"}
    hidden = {p for p, source in chemo if source == "MCO"}
    assert hidden == {n for n, (_, code) in TREATED.items() if code == "chemotherapy session"}
    assert {("named", "COD_LES"), ("named", "T_MCOaaMED")} <= chemo
    coded = treated[treated["vocabulary"] == "COD_LES"]
    assert coded[["person", "kind", "code"]].to_numpy().tolist() == [
        ["named", "diagnosis", "I000001"]
    ]


def test_the_day_of_a_drug_is_that_of_delay_and_month_together():
    """Entry 30 December, exit 4 January: the delay counts where it lies in the month stated."""
    january = {"ANN": 2018, "ADM_MOIS": 1}
    known = {
        "delay and month agree": (med(**january, DELAI=3), "2018-01-02"),
        "another month": (med(**january, DELAI=0), "2018-01-01"),
        "no delay": (med(**january), "2018-01-01"),
        "neither": (med(), "2017-12-30"),
        "the year of its own": (med(ANN=2017, ADM_MOIS=1, DAT_ADM_ANN=2018, DELAI=4), "2018-01-03"),
        "a month outside the stay": (med(ANN=2018, ADM_MOIS=5, DELAI=1), "2017-12-30"),
        "a private clinic": (
            ("FH", {"UCD_UCD_COD": NIVOLUMAB, "QUA_COD": 1.0, "DEL_DAT_ENT": 2}),
            "2018-01-01",
        ),
    }
    rows = [r for name in known for r in person(name)]
    for name, (drug, _) in known.items():
        rows += stay(name, drug, entry=date(2017, 12, 30), days=5)
    found = facts(read(rows, "mco")[0], "drug", "person", "start")
    assert found == sorted((name, day) for name, (_, day) in known.items())


def test_quantities_are_of_one_stay_and_one_table():
    early = {"UCD_UCD_COD": BEVACIZUMAB, "ADM_NBR": 4.0, "SEJ_NBR": 1, "ADM_ANN": 2018}
    early |= {"ADM_MOIS": 3, "DAT_DELAI": 0}
    same = {"ucd": BEVACIZUMAB, "ANN": 2018, "ADM_MOIS": 3, "DELAI": 0}
    rows = [r for n in ("three", "both", "early alone", "home", "clinic") for r in person(n)]
    rows += stay("three", med(6.0, NBR_SEJ=3)) + stay("early alone", ("MEDATU", early))
    rows += stay("both", med(4.0, **same), ("MEDATU", early))
    rows += home("home", ("MED", early | {"SEJ_NBR": 2}), ("MEDATU", early))
    private = {"UCD_UCD_COD": NIVOLUMAB, "QUA_COD": 3.0, "COE_TAU": 0.5, "DEL_DAT_ENT": 0}
    rows += stay("clinic", ("FH", private))
    wrong = [med(n) for n in (0.0, -1.0, None)] + [med(ucd="0000009999999")]
    rows += person("wrong") + stay("wrong", *wrong)
    found = facts(read(rows, "mco", "had")[0], "drug", "person", "value")
    assert found == [
        ("both", 4.0),
        ("clinic", 1.5),
        ("early alone", 4.0),
        ("home", 2.0),
        ("three", 2.0),
    ]


def test_a_drug_is_believed_between_the_days_of_its_listing():
    rows = person("a") + [r for m in (2, 3, 4) for r in stay("a", med(), entry=date(2018, m, 5))]
    listed = {"nivolumab": (date(2018, 3, 5), date(2018, 4, 4))}
    found = facts(read(rows, "mco", listing=listed)[0], "drug", "start")
    assert found == [("2018-03-05",)]
