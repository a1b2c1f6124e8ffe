"""The README of a bundle says what it is for, how well it does, and under which licences."""

from combo_dl.core.bundle_format import INTENDED_USE
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.train.model_card import model_card

SOURCE = {
    "file": "rows.csv",
    "sha256": "ab" * 32,
    "licence": "CC-BY-4.0",
    "origin": "https://example.org/rows",
}
STUDY = {
    "digest": "cd" * 32,
    "version": "2",
    "space": "cell_line",
    "sources": [SOURCE],
    "flow": [["rows", 10]],
    "citation": "Somebody et al. 2016",
    "fields": [],
}
CARD = {
    "format": 2,
    "versions": {"python": "3.11", "torch": "2"},
    "members": 5,
    "endpoints": {"synergy_loewe": {"kind": "synergy", "unit": "points", "direction": "good"}},
    "studies": {"screen": STUDY},
    "split": {"fold": "fold0", "rule": "UnitFolds()", "training_rows": 8, "test_rows": 2},
    "scores": [{"fold": "fold0", "endpoint": "synergy_loewe", "mse": 222.4, "pearson": 0.75}],
    "laws": {},
    "kernel_columns": [],
    "intended_use": INTENDED_USE,
    "digest": "ef" * 32,
}


def test_it_says_what_it_is_not_for():
    text = model_card(CARD)
    assert DISCLAIMER in text and INTENDED_USE in text
    assert "Cell lines are not patients" in text


def test_it_names_sources_licences_and_digests():
    text = model_card(CARD)
    for part in (
        "CC-BY-4.0",
        "https://example.org/rows",
        "Somebody et al. 2016",
        "ab" * 8,
        "ef" * 8,
    ):
        assert part in text


def test_it_shows_the_scores_it_has():
    text = model_card(CARD)
    assert "| fold0 | synergy_loewe | 222.400 | 0.750 |  |  |  |  |" in text
    assert "8 rows, tested on 2 others" in text


def test_it_names_the_licence_of_edges_and_the_calibration_of_risks():
    edges = {"drugbank_ddi": {"sources": [SOURCE | {"licence": "NC"}], "citation": "Else 2018"}}
    law = {"": {"intercept": -0.25, "slope": 0.5, "cluster": 0.75}}
    risk = {"kind": "toxicity", "unit": "probability", "direction": "harm"}
    text = model_card(
        CARD | {"edges": edges, "risk_laws": {"dlt": law}, "endpoints": {"dlt": risk}}
    )
    assert "licence: NC" in text and "Else 2018" in text
    assert "| dlt | all | -0.25 | 0.50 | 0.75 |" in text
    assert "not of one patient" in text


def test_a_training_on_all_rows_claims_no_score_of_its_own():
    split = CARD["split"] | {"test_rows": 0}
    text = model_card(CARD | {"split": split, "scores": []})
    assert "no test score of its own" in text and "## Scores" not in text


def test_patients_get_no_word_on_cell_lines():
    people = {"people": STUDY | {"space": "patient"}}
    assert "Cell lines" not in model_card(CARD | {"studies": people})


LAW = {
    "share": {"": 0.5, "pair seen": 0.75},
    "multiplier": {"": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6], "pair seen": [0.7] * 7},
    "abstain": 21.5,
}


def test_it_says_how_intervals_were_calibrated_and_when_it_abstains():
    text = model_card(CARD | {"laws": {"synergy_loewe": LAW}})
    assert "| synergy_loewe | all | 0.50 | 1.30 |" in text
    assert "| synergy_loewe | pair seen | 0.75 | 0.70 |" in text
    assert "`synergy_loewe` abstains where that interval is wider than ± 21.5." in text
    never = model_card(CARD | {"laws": {"synergy_loewe": LAW | {"abstain": None}}})
    assert "abstains" not in never and "Calibrated" not in model_card(CARD)
