"""Lines of therapy: known answers of pathways written by hand, and laws."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathways import RULES, cycles, day, dose, fact, table

from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY, DrugCodes, unnamed_codes
from combo_dl.cohort.exposures import as_frame, dose_days, exposures
from combo_dl.cohort.lines import lines_of, regimens
from combo_dl.cohort.regimen_names import read_regimen_names
from combo_dl.core.errors import ConfigError, InputError

EVERY_3_WEEKS = [0, 21, 42, 63]


def lines(rows, rules=RULES, within=28):
    found = regimens(lines_of(table(rows), DrugCodes(), rules), within_days=within)
    return [
        (p, n, (s - pd.Timestamp(day(0))).days, "+".join(d))
        for p, n, s, d in zip(
            found["person"], found["line"], found["start"], found["drugs"], strict=True
        )
    ]


KNOWN = {
    "one drug": (cycles("a", "nivolumab", EVERY_3_WEEKS), [(1, 0, "nivolumab")]),
    "two from the first day": (
        cycles("a", "nivolumab", EVERY_3_WEEKS) + cycles("a", "ipilimumab", EVERY_3_WEEKS),
        [(1, 0, "ipilimumab+nivolumab")],
    ),
    "a partner on the last day of the window": (
        cycles("a", "cisplatin", EVERY_3_WEEKS) + cycles("a", "bevacizumab", [28, 49]),
        [(1, 0, "bevacizumab+cisplatin")],
    ),
    "a partner a day later is a new line, with what goes on": (
        cycles("a", "nivolumab", [0, 14, 29, 43]) + cycles("a", "ipilimumab", [29, 50]),
        [(1, 0, "nivolumab"), (2, 29, "ipilimumab+nivolumab")],
    ),
    "a partner added to cycles of six weeks makes one new line": (
        cycles("a", "pembrolizumab", [0, 42, 84, 126]) + cycles("a", "lenvatinib", [60, 90, 120]),
        [(1, 0, "pembrolizumab"), (2, 60, "lenvatinib+pembrolizumab")],
    ),
    "a gap of 120 days goes on": (cycles("a", "nivolumab", [0, 120]), [(1, 0, "nivolumab")]),
    "a gap of 121 days closes": (
        cycles("a", "nivolumab", [0, 121]),
        [(1, 0, "nivolumab"), (2, 121, "nivolumab")],
    ),
    "a box of a month covers its days": (
        cycles("a", "lenvatinib", [0, 149], days=30),
        [(1, 0, "lenvatinib")],
    ),
    "another drug": (
        cycles("a", "carboplatin", EVERY_3_WEEKS) + cycles("a", "nivolumab", [100, 114]),
        [(1, 0, "carboplatin"), (2, 100, "nivolumab")],
    ),
    "a drug that is dropped opens nothing": (
        cycles("a", "pembrolizumab", [0, 21, 42, 63, 84, 105]) + cycles("a", "cisplatin", [0, 21]),
        [(1, 0, "cisplatin+pembrolizumab")],
    ),
    "maintenance after platinum": (
        cycles("a", "carboplatin", EVERY_3_WEEKS) + cycles("a", "olaparib", [100, 128]),
        [(1, 0, "carboplatin")],
    ),
    "no maintenance beside platinum": (
        cycles("a", "carboplatin", [0, 21, 42, 63]) + cycles("a", "olaparib", [42, 63]),
        [(1, 0, "carboplatin"), (2, 42, "carboplatin+olaparib")],
    ),
    "no maintenance without platinum": (
        cycles("a", "docetaxel", EVERY_3_WEEKS) + cycles("a", "olaparib", [100]),
        [(1, 0, "docetaxel"), (2, 100, "olaparib")],
    ),
    "a switch within a class": (
        cycles("a", "cisplatin", [0, 21]) + cycles("a", "carboplatin", [42, 63]),
        [(1, 0, "cisplatin")],
    ),
    "no switch while the first goes on": (
        cycles("a", "docetaxel", [0, 21, 42, 63]) + cycles("a", "paclitaxel", [42, 63]),
        [(1, 0, "docetaxel"), (2, 42, "docetaxel+paclitaxel")],
    ),
    "a switch within a group": (
        cycles("a", "fluorouracil", [0, 14, 28]) + cycles("a", "capecitabine", [42], days=14),
        [(1, 0, "fluorouracil")],
    ),
    "a class without switches": (
        cycles("a", "erlotinib", [0, 30, 60]) + cycles("a", "osimertinib", [90, 120]),
        [(1, 0, "erlotinib"), (2, 90, "osimertinib")],
    ),
    "both generations of ATC are one drug": (
        [dose("a", "L01XC17", 0, vocabulary="ATC"), dose("a", "L01FF01", 14, vocabulary="ATC")],
        [(1, 0, "nivolumab")],
    ),
    "a cancer drug that the catalogue lacks is kept": (
        [dose("a", "L01XY99", 0, vocabulary="ATC"), dose("a", "N02BE01", 0, vocabulary="ATC")],
        [(1, 0, "ATC L01XY99")],
    ),
    "a session without a name is chemotherapy": (
        [fact("a", "diagnosis", "Z51.1 ", o, vocabulary="ICD10") for o in (0, 21)]
        + cycles("a", "nivolumab", [7, 28]),
        [(1, 0, f"{UNNAMED_CHEMOTHERAPY}+nivolumab")],
    ),
    "a session is that of the drug of its day": (
        [fact("a", "visit", "28Z07Z", o, vocabulary="GHM") for o in (0, 14)]
        + cycles("a", "nivolumab", [0, 14]),
        [(1, 0, "nivolumab")],
    ),
    "a tablet explains no session": (
        [fact("a", "visit", "28Z07Z", 0, vocabulary="GHM"), dose("a", "erlotinib", 0)],
        [(1, 0, f"{UNNAMED_CHEMOTHERAPY}+erlotinib")],
    ),
}


@pytest.mark.parametrize(("rows", "answer"), KNOWN.values(), ids=KNOWN)
def test_a_pathway_has_its_lines(rows, answer):
    assert lines(rows) == [("a", *line) for line in answer]


def test_the_gap_is_a_setting():
    from dataclasses import replace

    rows = cycles("a", "nivolumab", [0, 100])
    assert len(lines(rows)) == 1 and len(lines(rows, replace(RULES, gap_days=90))) == 2
    for gap in (89, 121):
        with pytest.raises(ConfigError, match=f"gap_days is {gap}; expected 90 to 120"):
            replace(RULES, gap_days=gap).validate()


def test_what_is_assigned_early_knows_nothing_of_later():
    rows = cycles("a", "nivolumab", [0, 14, 28]) + cycles("a", "ipilimumab", [14])
    assert lines(rows, within=0) == [("a", 1, 0, "nivolumab")]
    assert lines(rows, within=14) == [("a", 1, 0, "ipilimumab+nivolumab")]


def test_nothing_after_the_window_changes_how_a_line_began():
    full = KNOWN["no switch while the first goes on"][0] + cycles("a", "nivolumab", [150, 171])
    for row in lines(full):
        seen = [r for r in full if r["start"] <= day(row[2] + 28)]
        assert row in lines(seen)


drugs = st.sampled_from(["nivolumab", "ipilimumab", "cisplatin", "carboplatin", "olaparib"])
pathways = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), drugs, st.integers(0, 500), st.integers(1, 30)),
    min_size=8,
    max_size=60,
).map(lambda rows: [dose(p, d, o, days=n) for p, d, o, n in rows])


@settings(max_examples=4)
@given(pathways, st.integers(-80_000, 80_000), st.randoms())
def test_dates_shift_lines_and_order_is_nothing(rows, shift, random):
    known = lines(rows)
    moved = [{**r, **{k: r[k] + (day(shift) - day(0)) for k in ("start", "end")}} for r in rows]
    random.shuffle(moved)
    assert lines(moved) == [(p, n, s + shift, d) for p, n, s, d in known]


@settings(max_examples=4)
@given(pathways, st.integers(0, 500))
def test_a_supportive_drug_and_a_box_split_in_two_change_nothing(rows, offset):
    known = lines(rows)
    more = [dose("a", "dexamethasone", offset), dose("b", "A04AA01", offset, vocabulary="ATC")]
    assert lines(rows + more) == known
    assert lines(rows + rows[:1]) == known


def test_exposures_overlap_and_end():
    rows = cycles("a", "nivolumab", [0, 14, 28, 200]) + cycles("a", "lenvatinib", [10, 40], days=30)
    found = as_frame(
        exposures(dose_days(table(rows), DrugCodes(), RULES), RULES), "person", "drug", "start"
    )
    spans = [
        (d, (s - pd.Timestamp(day(0))).days, (e - pd.Timestamp(day(0))).days, n)
        for d, s, e, n in found[["drug", "start", "end", "doses"]].itertuples(index=False)
    ]
    assert spans == [
        ("lenvatinib", 10, 69, 2),
        ("nivolumab", 0, 28, 3),
        ("nivolumab", 200, 200, 1),
    ]


def test_supportive_drugs_have_doses_of_their_own():
    rows = [dose("a", "dexamethasone", 0), dose("a", "nivolumab", 0)]
    found = dose_days(table(rows), DrugCodes(), RULES, supportive=True).to_pandas()
    assert found["drug"].tolist() == ["dexamethasone"]


def test_own_codes_name_drugs_and_others_are_counted():
    codes = DrugCodes().with_codes({("UCD", "9400001"): "Opdivo"})
    rows = [dose("a", "9400001", 0, vocabulary="UCD"), dose("a", "9499999", 0, vocabulary="UCD")]
    events = table(rows)
    assert lines_of(events, codes, RULES)["drug"].tolist() == ["nivolumab"]
    assert unnamed_codes(events.filter(events.kind == "drug"), codes) == 1


def test_no_cancer_drug_is_one_line_that_says_so():
    with pytest.raises(InputError, match="no event is a dose of a cancer drug"):
        lines([dose("a", "N02BE01", 0, vocabulary="ATC")])


def test_chunks_of_people_are_the_same_lines(monkeypatch):
    rows = [r for p in "abcdefg" for r in cycles(p, "nivolumab", [0, 14, 200])]
    known = lines(rows)
    monkeypatch.setattr("combo_dl.cohort.lines.CHUNK_ROWS", 2)
    assert lines(rows) == known and len(known) == 14


def test_names_of_regimens_are_the_users(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text(
        "regimen,drugs\nInvented long name,Opdivo+ipilimumab\nNI,nivolumab+ipilimumab\n"
    )
    assert read_regimen_names(path) == {frozenset({"nivolumab", "ipilimumab"}): "NI"}
