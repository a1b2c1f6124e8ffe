"""A protocol makes a cohort: known people, known times, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from pathways import PLAIN, RULES, cycles, fact, table

from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.core.errors import ConfigError, InputError

LUNG = {"name": "lung cancer", "kind": "diagnosis", "codes": ["ICD10:C34*"]}


def person(name, *, seen=(-400, 800), birth=-22000):
    return [
        fact(name, "birth", "birth", birth),
        fact(name, "sex", "female", birth),
        fact(name, "observed", "observed", seen[0], end=fact("", "", "", seen[1])["start"]),
        fact(name, "diagnosis", "C34.1 ", -10, vocabulary="ICD10"),
    ]


def cohort(rows, **changes):
    protocol, _ = settings_of(PLAIN | changes, {})
    return cohort_of(EventSource(name="toy", events=table(rows)), protocol, replace(RULES))


def test_people_times_and_profiles_are_those_of_the_records():
    rows = person("a") + cycles("a", "nivolumab", [0, 14]) + cycles("a", "ipilimumab", [0])
    rows += [
        fact("a", "death", "death", 228),
        fact("a", "measurement", "718-7", -30, vocabulary="LOINC", value=110.0, unit="g/L"),
        fact("a", "measurement", "718-7", 5, vocabulary="LOINC", value=70.0, unit="g/L"),
        fact("a", "diagnosis", "C793", -3, vocabulary="ICD10"),
        fact("a", "diagnosis", "J702", 60, vocabulary="ICD10"),
    ]
    rows += person("b", seen=(-365, 78)) + cycles("b", "nivolumab", [0, 14])
    rows += person("c") + cycles("c", "nivolumab", [0, 14]) + cycles("c", "docetaxel", [128])
    made = cohort(rows)
    at = {p: i for i, p in enumerate(made.people["person"])}
    label = made.study.combos.labels
    assert label["os"][at["a"]].tolist() == [200, 1]
    assert label["os"][at["b"]].tolist() == [50, 0]
    assert label["os"][at["c"]].tolist() == [700, 0]
    assert label["ttnt"][at["a"]].tolist() == [200, 2]
    assert label["ttnt"][at["c"]].tolist() == [100, 1]
    tox = label["tox"][:, 0]
    assert tox[at["a"]] == 1 and np.isnan(tox[at["b"]]) and tox[at["c"]] == 0
    study = made.study
    assert {study.drugs.names[d] for d in study.combos.drugs[at["a"]]} == {
        "nivolumab",
        "ipilimumab",
    }
    assert made.table_one["hgb_g_dl"][at["a"]] == pytest.approx(11.0)
    assert made.table_one["brain_metastasis"].value_counts().to_dict() == {"no": 2, "yes": 1}
    assert "a" not in study.profiles.ids.names and dict(made.study.provenance.flow)["treated"] == 3


def test_who_dies_before_the_landmark_is_counted_out_and_not_immortal():
    rows = person("a") + cycles("a", "nivolumab", [0]) + [fact("a", "death", "d", 20)]
    rows += person("b") + cycles("b", "nivolumab", [0, 14])
    assert cohort(rows).people["person"].tolist() == ["b"]
    late = cohort(rows, time_zero="first_dose", delayed_entry=True)
    assert late.study.combos.labels["os"].tolist() == [[700, 0, 28]]
    now = cohort(rows, time_zero="first_dose", grace_days=0)
    assert sorted(now.study.combos.labels["os"][:, 0].tolist()) == [20, 700]


def test_no_fact_after_time_zero_changes_who_is_in_and_what_is_known_of_them():
    rows = (
        person("a")
        + cycles("a", "nivolumab", [0, 14])
        + person("b")
        + cycles("b", "nivolumab", [0])
    )
    known = cohort(rows)
    later = [
        *cycles("a", "docetaxel", [100]),
        fact("a", "diagnosis", "C793", 1, vocabulary="ICD10"),
        fact("b", "death", "d", 300),
    ]
    more = cohort(rows + later)
    assert known.people["person"].tolist() == more.people["person"].tolist()
    assert known.table_one.equals(more.table_one)
    assert (known.study.combos.drugs == more.study.combos.drugs).all()


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (cycles("a", "docetaxel", [0]), "index drug"),
        (
            [r for r in person("a") if r["kind"] != "diagnosis"] + cycles("a", "nivolumab", [0]),
            "lung",
        ),
        (person("a", seen=(-364, 900)) + cycles("a", "nivolumab", [0]), "observed before"),
        (person("a", birth=-3000) + cycles("a", "nivolumab", [0]), "age"),
        (person("a", seen=(-400, 28)) + cycles("a", "nivolumab", [0]), "followed"),
    ],
)
def test_an_empty_cohort_names_the_rule(rows, rule):
    with pytest.raises(InputError, match=f"the cohort is empty: '{rule}"):
        cohort(rows)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time_zero": "first_dose"}, "drugs assign up to day 28, after time zero"),
        ({"baseline_to_day": 1}, "would adjust or select by the future"),
        ({"grace_days": 40}, "longer than the window"),
        ({"follow_up_days": 20}, "not shorter than follow_up_days 20"),
        ({"strategies": {"x": ["docetaxel"]}}, "has none of index.drugs"),
        ({"strategies": {"x": []}}, "strategy 'x' has no drug"),
        (
            {"strategies": {"x": ["nivolumab"], "y": ["Opdivo"]}},
            "strategies 'x' and 'y' have the same drugs",
        ),
        ({"time_zero": "diagnosis"}, "expected first_dose or landmark"),
        ({"delayed_entry": True}, "people enter at time zero already"),
        ({"baseline_days": -1}, "baseline_days is -1"),
        ({"index": {"line": -1}}, "index.line -1"),
        ({"eligibility": {"age_low": 80, "age_high": 70}}, "age_low 80 is above age_high 70"),
        ({"eligibility": {"washout_days": 90}}, "washout_drugs and washout_days go together"),
        (
            {"eligibility": {"rules": [{"name": "x", "kind": "drug", "codes": []}]}},
            "rule 'x' has no codes",
        ),
        (
            {
                "eligibility": {
                    "rules": [{"name": "x", "kind": "drug", "codes": ["ATC:L01"], "from_day": 1}]
                }
            },
            "rule 'x' ends before it begins",
        ),
        (
            {"baseline": [{"name": "sex", "kind": "sex", "codes": ["field:male"]}]},
            "the field 'sex' is made twice",
        ),
        (
            {"baseline": [{"name": "mood", "kind": "visit", "codes": ["a:b"], "take": "last"}]},
            "is no number of the contract",
        ),
        ({"outcomes": {"os": {"kind": "death", "codes": ["ICD10:C34"]}}}, "codes are for event"),
        (
            {"outcomes": {"t": {"kind": "toxicity", "codes": ["ICD10:J70"], "within_days": 900}}},
            "looks 900 days ahead, follow_up_days is 700",
        ),
        ({"outcomes": {}}, "no outcome"),
        ({"outcomes": {"t": {"kind": "toxicity", "codes": ["ICD10:J70"]}}}, "within_days"),
        ({"outcomes": {"t": {"kind": "dead"}}}, "kind 'dead'; expected one of death"),
        ({"grace": 3}, "unknown setting protocol.grace; nearest known: grace_days"),
        ({"grace_days": "28"}, "protocol.grace_days is '28'; expected a whole number"),
        ({"data_cut": "2020-13-01"}, "expected a day as YYYY-MM-DD"),
        ({"index": {"line": 1, "drugs": "nivolumab"}}, "expected a list"),
        (
            {
                "eligibility": {
                    "rules": [{"name": "x", "kind": "diagnosis", "codes": ["C34"], "to_day": 0}]
                }
            },
            "'C34' is no code",
        ),
        (
            {
                "eligibility": {
                    "rules": [{"name": "x", "kind": "diagnosis", "codes": ["I:C34"], "to_day": 9}]
                }
            },
            "to_day is 9, after the first dose",
        ),
        (
            {
                "strategies": {"n": ["nivolumab"]},
                "eligibility": {
                    "rules": [
                        {"name": "x", "kind": "drug", "codes": ["name:nivolumab"], "needed": False}
                    ]
                },
            },
            "excludes nivolumab, a drug of strategy 'n'",
        ),
    ],
)
def test_a_protocol_that_cannot_be_is_refused_in_one_line(changes, message):
    with pytest.raises(ConfigError, match=message) as refused:
        settings_of(PLAIN | changes, {})
    assert "\n" not in str(refused.value)


def test_an_unknown_unit_is_refused():
    rows = person("a") + cycles("a", "nivolumab", [0])
    rows += [fact("a", "measurement", "718-7", -3, vocabulary="LOINC", value=7.0, unit="stone")]
    with pytest.raises(InputError, match="hgb_g_dl' has values in stone; expected g/dL, g/L"):
        cohort(rows)
