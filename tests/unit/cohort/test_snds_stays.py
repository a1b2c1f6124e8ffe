"""Rules of reading hospital stays (PMSI), each by rows that only this rule tells apart."""

from datetime import date

import pytest
from delivery import (
    BEVACIZUMAB,
    DAY,
    IPILIMUMAB,
    NIVOLUMAB,
    RETURNS,
    facts,
    home,
    med,
    person,
    read,
    stay,
)

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


TREATED = {
    "main diagnosis Z51.1": ({"DGN_PAL": "Z511", "DGN_REL": "C341"}, "chemotherapy session"),
    "group 28Z07Z": ({"GRG_GHM": "28Z07Z"}, "chemotherapy session"),
    "group before 2012": ({"GRG_GHM": "24Z02Z"}, "chemotherapy session"),
    "main diagnosis Z51.0": ({"DGN_PAL": "Z5100"}, "radiotherapy"),
    "group 28Z11Z": ({"GRG_GHM": "28Z11Z"}, "radiotherapy"),
    "main diagnosis Z51.5": ({"DGN_PAL": "Z515"}, "palliative care"),
    "group 23Z02Z": ({"GRG_GHM": "23Z02Z"}, "palliative care"),
}
QUANTITIES = {
    "three sessions": 2.0,
    "in both tables": 4.0,
    "early alone": 4.0,
    "at home": 2.0,
    "in part": 1.5,
}
JANUARY = {"ANN": 2018, "ADM_MOIS": 1}
# Drugs of a stay from 30 December to 4 January, and their day.
DATED = {
    "delay and month agree": (med(**JANUARY, DELAI=3), "2018-01-02"),
    "another month": (med(**JANUARY, DELAI=0), "2018-01-01"),
    "no delay": (med(**JANUARY), "2018-01-01"),
    "neither": (med(), "2017-12-30"),
    "the year of its own": (med(ANN=2017, ADM_MOIS=1, DAT_ADM_ANN=2018, DELAI=4), "2018-01-03"),
    "a month outside the stay": (med(ANN=2018, ADM_MOIS=5, DELAI=1), "2017-12-30"),
    "a private clinic": (
        ("FH", {"UCD_UCD_COD": NIVOLUMAB, "QUA_COD": 1.0, "DEL_DAT_ENT": 2}),
        "2018-01-01",
    ),
}


def visit_rows():
    """Visits to a public hospital without a stay: one is chained, one is not."""
    rows = []
    for name, code in (("visit", "0"), ("lost visit", "1")):
        same = {"ETA_NUM": "069000123", "SEQ_NUM": name}
        returns = ("NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")
        own = same | {"NIR_ANO_17": name, "EXE_SOI_DTD": DAY, "EXE_SOI_DTF": DAY}
        rows.append(("T_MCO18CSTC", own | dict.fromkeys(returns, "0") | {"IAS_RET": code}))
        drug = {"UCD_UCD_COD": NIVOLUMAB, "QUA": 2.0, "FRACT_COE": 0.5, "DEL_DAT_ENT": 0}
        rows += [("T_MCO18FHSTC", same | drug), *person(name)]
    return rows


def treated_rows():
    rows = [r for name, (more, _) in TREATED.items() for r in stay(name, **more)]
    rows += stay("Z51.2", DGN_PAL="Z512") + stay("dialysis", GRG_GHM="28Z04Z")
    acts = (("ZZNL065", 2), ("YYYY028", 2), ("ZZNL047", None))
    rows += stay("acts", *(("A", {"CDC_ACT": a, "ENT_DAT_DEL": d}) for a, d in acts), days=3)
    rows += stay("named", med(COD_LES="I000001"), GRG_GHM="28Z07Z")
    return rows + [r for n in [*TREATED, "Z51.2", "dialysis", "acts", "named"] for r in person(n)]


def coded_rows():
    beside = (("D", {"ASS_DGN": "C787  "}), ("UM", {"DGN_PAL": "C500", "DGN_REL": "D05"}))
    rows = person("coded") + stay("coded", *beside, DGN_PAL="C341", DGN_REL="c66.9")
    return rows + home("coded", ("D", {"DGN_ASS": "C795"}))


def quantity_rows():
    early = {"UCD_UCD_COD": BEVACIZUMAB, "ADM_NBR": 4.0, "SEJ_NBR": 1, "ADM_ANN": 2018}
    early |= {"ADM_MOIS": 3, "DAT_DELAI": 0}
    same = {"ucd": BEVACIZUMAB, "ANN": 2018, "ADM_MOIS": 3, "DELAI": 0}
    rows = [r for name in QUANTITIES for r in person(name)] + person("wrong rows")
    rows += stay("three sessions", med(6.0, NBR_SEJ=3)) + stay("early alone", ("MEDATU", early))
    rows += stay("in both tables", med(4.0, **same), ("MEDATU", early))
    rows += home("at home", ("MED", early | {"SEJ_NBR": 2}), ("MEDATU", early))
    private = {"UCD_UCD_COD": NIVOLUMAB, "QUA_COD": 3.0, "COE_TAU": 0.5, "DEL_DAT_ENT": 0}
    wrong = [med(n) for n in (0.0, -1.0, None)] + [med(ucd="0000009999999")]
    return rows + stay("in part", ("FH", private)) + stay("wrong rows", *wrong)


def other_rows():
    rows = person("first") + person("second") + person("listed") + person("new year")
    for name, year, n in (("first", 2017, 1.0), ("second", 2018, 5.0)):
        rows += stay(name, med(n), entry=date(year, 5, 2), record="9000000007", DGN_PAL=f"C5{year}")
    for month in (2, 3, 4):
        rows += stay("listed", med(ucd=IPILIMUMAB), entry=date(2018, month, 5))
    return rows + stay("new year", entry=date(2017, 12, 30), days=4)


@pytest.fixture(scope="module")
def stays():
    """Events of stays, each of a person named after what is told apart; read once."""
    rows = [r for name in KEPT | LEFT_OUT for r in person(name)]
    rows += [r for name, more in (KEPT | LEFT_OUT).items() for r in stay(name, **more)]
    rows += [r for name in DUMMIES for r in person(name) + stay(name)]
    rows += person("home") + home("home") + person("lost home") + home("lost home", SEJ_RET="1")
    rows += [r for name in DATED for r in person(name)]
    for name, (drug, _) in DATED.items():
        rows += stay(name, drug, entry=date(2017, 12, 30), days=5)
    rows += visit_rows() + treated_rows() + coded_rows() + quantity_rows() + other_rows()
    settings = {"duplicate_finess": (PARIS, LYON), "partner_codes": ("I000001",)}
    settings["listing"] = {"ipilimumab": (date(2018, 3, 5), date(2018, 4, 4))}
    return read(rows, "mco", "had", **settings)[0]


def of(events, *names):
    return events[events["person"].isin(names)]


def test_each_stay_is_believed_or_left_out_by_its_own_rule(stays):
    asked = of(stays, *KEPT, *LEFT_OUT, *DUMMIES, "home", "lost home")
    found = facts(asked, "visit", "person", "start")
    assert {name for name, _ in found} == {*KEPT, "home"} and len(found) == len(KEPT) + 1


def test_a_visit_without_a_stay_is_chained_by_its_own_codes(stays):
    found = facts(of(stays, "visit", "lost visit"), "drug", "person", "value", "source")
    assert found == [("visit", 1.0, "T_MCOaaFHSTC")]


def test_a_record_number_serves_again_each_year(stays):
    own = of(stays, "first", "second")
    assert facts(own, "drug", "person", "start", "value") == [
        ("first", "2017-05-02", 1.0),
        ("second", "2018-05-02", 5.0),
    ]
    coded = [("first", "C52017"), ("second", "C52018")]
    assert facts(own, "diagnosis", "person", "code") == coded


def test_a_stay_over_new_year_lies_in_the_tables_of_its_discharge(stays):
    assert stay("a", entry=date(2017, 12, 30), days=4)[0][0] == "T_MCO18C"
    found = facts(of(stays, "new year"), "visit", "start", "end")
    assert found == [("2017-12-30", "2018-01-03")]


def test_a_diagnosis_is_read_wherever_it_is_coded(stays):
    assert facts(of(stays, "coded"), "diagnosis", "code", "source") == [
        ("C341", "MCO.DGN_PAL"),
        ("C500", "MCO.UM.DGN_PAL"),
        ("C61", "HAD.DGN_PAL"),
        ("C669", "MCO.DGN_REL"),
        ("C787", "MCO.ASS_DGN"),
        ("C795", "HAD.DGN_ASS"),
        ("D05", "MCO.UM.DGN_REL"),
    ]


def test_treatment_is_told_by_the_diagnosis_or_by_the_group(stays):
    found = facts(
        of(stays, *TREATED, "Z51.2", "dialysis", "acts", "named"), "procedure", "person", "code"
    )
    own = [(name, code) for name, (_, code) in TREATED.items()]
    acts = [("acts", "ZZNL047"), ("acts", "ZZNL065")]
    assert found == sorted([*own, *acts, ("named", "chemotherapy session")], key=repr)


def test_acts_are_dated_by_the_days_after_entry(stays):
    days = dict(facts(of(stays, "acts"), "procedure", "code", "start"))
    assert (days["ZZNL065"], days["ZZNL047"]) == ("2018-03-07", "2018-03-05")


def test_a_session_without_a_molecule_is_chemotherapy_and_an_indication_tells_its_partner(stays):
    own = of(stays, *TREATED, "Z51.2", "dialysis", "named")
    drugs = facts(own, "drug", "person", "code", "source")
    sessions = {n for n, (_, code) in TREATED.items() if code == "chemotherapy session"}
    hidden = [(name, UNNAMED_CHEMOTHERAPY, "MCO") for name in sessions]
    told = [("named", UNNAMED_CHEMOTHERAPY, "COD_LES"), ("named", "nivolumab", "T_MCOaaMED")]
    assert drugs == sorted([*hidden, *told], key=repr)
    coded = own[own["vocabulary"] == "COD_LES"]
    assert coded[["person", "code"]].to_numpy().tolist() == [["named", "I000001"]]


def test_the_day_of_a_drug_is_that_of_delay_and_month_together(stays):
    found = facts(of(stays, *DATED), "drug", "person", "start")
    assert found == sorted((name, day) for name, (_, day) in DATED.items())


def test_quantities_are_of_one_stay_and_one_table(stays):
    found = facts(of(stays, *QUANTITIES, "wrong rows"), "drug", "person", "value")
    assert found == sorted(QUANTITIES.items())


def test_a_drug_is_believed_between_the_days_of_its_listing(stays):
    assert facts(of(stays, "listed"), "drug", "start") == [("2018-03-05",)]
