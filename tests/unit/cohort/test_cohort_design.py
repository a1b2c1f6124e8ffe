"""Rules of a sound cohort: windows, washout, spans of observation, and what competes."""

from dataclasses import replace

import numpy as np
import pytest
from pathways import PLAIN as TOY
from pathways import RULES, cycles, day, fact, table

from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.core.errors import ConfigError

LUNGS = {"kind": "event", "codes": ["ICD10:J70*"], "death_competes": True}
PLAIN = TOY | {"outcomes": TOY["outcomes"] | {"lungs": LUNGS}}


def seen(name, *spans, found=-10):
    rows = [fact(name, "birth", "birth", -22000), fact(name, "sex", "male", -22000)]
    rows += [fact(name, "observed", "o", a, end=day(b)) for a, b in spans or ((-400, 800),)]
    return [*rows, fact(name, "diagnosis", "C341", found, vocabulary="ICD10")]


def icd(name, code, offset):
    return fact(name, "diagnosis", code, offset, vocabulary="ICD10")


def hgb(name, offset, value):
    return fact(name, "measurement", "718-7", offset, vocabulary="LOINC", value=value, unit="g/dL")


@pytest.fixture(scope="module")
def made():
    """One cohort; each person is named after what the rows of the person try."""
    treated = "usual;old facts;facts of the day;diagnosis of the day;late diagnosis;gap;touching"
    treated += ";toxic on day zero;toxic;dies toxic;dies;toxic after death;washed in;washed out"
    rows = [r for name in treated.split(";") for r in cycles(name, "nivolumab", [0, 14])]
    for name in treated.split(";")[:3] + treated.split(";")[7:]:
        rows += seen(name)
    rows += seen("diagnosis of the day", found=0) + seen("late diagnosis", found=1)
    rows += [*seen("gap", (-400, 128), (300, 800)), fact("gap", "death", "d", 400)]
    rows += seen("touching", (-400, -100), (-99, 128))
    rows += [hgb("old facts", -366, 9.0), icd("old facts", "C793", -366)]
    rows += [hgb("facts of the day", 0, 11.0), icd("facts of the day", "C793", 0)]
    rows += [icd("toxic on day zero", "J702", 28), icd("toxic", "J702", 29)]
    rows += [icd("dies toxic", "J702", 60), fact("dies toxic", "death", "d", 60)]
    rows += [fact("dies", "death", "d", 60), fact("toxic after death", "death", "d", 60)]
    rows += [icd("toxic after death", "J702", 70)]
    rows += cycles("washed in", "ipilimumab", [-182]) + cycles("washed out", "ipilimumab", [-180])
    settings = PLAIN | {"index": {"line": 0, "drugs": ["nivolumab"]}, "data_cut": str(day(628))}
    settings["eligibility"] = PLAIN["eligibility"] | {
        "washout_drugs": ["ipilimumab"],
        "washout_days": 181,
    }
    protocol, _ = settings_of(settings, {})
    found = cohort_of(EventSource(name="toy", events=table(rows)), protocol, replace(RULES))
    at = {person: i for i, person in enumerate(found.people["person"])}
    return found, at


def label(made, name, person):
    found, at = made
    return found.study.combos.labels[name][at[person]].tolist()


def test_the_diagnosis_is_on_or_before_the_first_dose(made):
    assert "diagnosis of the day" in made[1] and "late diagnosis" not in made[1]


def test_who_had_the_drug_of_the_washout_within_it_is_no_new_user(made):
    assert "washed in" in made[1] and "washed out" not in made[1]
    assert "washout" in [rule for rule, _, _ in made[0].flow]


def test_the_profile_is_of_the_window_up_to_the_first_dose(made):
    profile = made[0].table_one.set_index(made[0].people["person"])
    assert np.isnan(profile.loc["old facts", "hgb_g_dl"])
    assert profile.loc["old facts", "brain_metastasis"] == "no"
    assert profile.loc["facts of the day", "hgb_g_dl"] == 11.0
    assert profile.loc["facts of the day", "brain_metastasis"] == "yes"


def test_follow_up_ends_with_the_span_that_holds_the_first_dose(made):
    """Nobody is at risk where nothing would be seen, whatever happens after the gap."""
    assert label(made, "os", "gap") == [100, 0]
    assert label(made, "os", "touching") == [100, 0]


def test_the_cut_of_the_data_censors_before_the_end_of_observation(made):
    assert label(made, "os", "usual") == [600, 0]


def test_an_outcome_comes_strictly_after_time_zero(made):
    assert label(made, "lungs", "toxic on day zero") == [600, 0]
    assert label(made, "tox", "toxic on day zero") == [0]
    assert label(made, "lungs", "toxic") == [1, 1] and label(made, "tox", "toxic") == [1]


def test_death_competes_and_censors_no_toxicity(made):
    assert label(made, "lungs", "dies") == [32, 2] and label(made, "tox", "dies") == [0]
    assert label(made, "ttnt", "dies") == [32, 2] and label(made, "os", "dies") == [32, 1]
    assert label(made, "lungs", "dies toxic") == [32, 1] and label(made, "tox", "dies toxic") == [1]
    assert label(made, "lungs", "toxic after death") == [32, 2]
    assert label(made, "tox", "toxic after death") == [0]


def strategies(rows, **changes):
    protocol, _ = settings_of(PLAIN | changes, {})
    found = cohort_of(EventSource(name="toy", events=table(rows)), protocol, replace(RULES))
    return dict(zip(found.people["person"], found.people["strategy"], strict=True))


def test_a_strategy_is_that_of_the_drugs_by_the_end_of_the_grace_period_and_no_other():
    """A partner of day 29 makes a line of its own: its patients stay with the drug alone."""
    rows = [r for n in "abc" for r in seen(n) + cycles(n, "nivolumab", [0, 14, 28, 42])]
    rows += cycles("b", "ipilimumab", [28]) + cycles("c", "ipilimumab", [29])
    named = {"alone": ["nivolumab"], "both": ["Opdivo", "ipilimumab"]}
    assert strategies(rows, strategies=named) == {"a": "alone", "b": "both", "c": "alone"}
    only = {"both": ["nivolumab", "ipilimumab"]}
    assert strategies(rows, strategies=only) == {"b": "both"}
    assert strategies(rows, smallest_strategy=2) == {"a": "nivolumab", "c": "nivolumab"}


def test_a_drug_that_goes_on_is_carried_into_the_next_line_and_decides_nothing():
    rows = cycles("a", "pembrolizumab", [0, 42, 100]) + cycles("a", "lenvatinib", [60, 90, 120])
    protocol, _ = settings_of(PLAIN | {"index": {"line": 2}}, {})
    source = EventSource(name="toy", events=table(rows + seen("a")))
    found = cohort_of(source, protocol, replace(RULES))
    roles = found.lines.set_index(["line", "drug"])["role"].to_dict()
    assert roles[2, "pembrolizumab"] == "carried" and roles[2, "lenvatinib"] == "regimen"
    assert found.people["drugs"].tolist() == [("lenvatinib",)]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["ICDX:J70*"], "outcome tox has codes of ICDX; the code systems of the source are ICD10,"),
        (["ICD10:J70*", "icd10:J70"], "has codes of icd10;"),
        (["SNOMED:233604007"], "has codes of SNOMED;"),
    ],
)
def test_a_code_system_that_the_source_lacks_is_refused_before_an_event_is_read(codes, said):
    outcome = {"kind": "toxicity", "codes": codes, "within_days": 90}
    protocol, _ = settings_of(PLAIN | {"outcomes": {"tox": outcome}}, {})
    source = EventSource(name="toy", events=None, systems=frozenset({"ICD10", "LOINC"}))
    with pytest.raises(ConfigError, match=said) as refused:
        cohort_of(source, protocol, RULES)
    assert "\n" not in str(refused.value)
