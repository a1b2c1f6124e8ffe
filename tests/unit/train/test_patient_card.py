"""The card of a bundle that learned from patients: the items of TRIPOD+AI, in their order."""

import json
import re

import pytest

from combo_dl.train.model_card import model_card
from combo_dl.train.patient_card import NOT_KNOWN


@pytest.fixture
def card():
    endpoint = {"kind": "survival", "unit": "days", "direction": "good", "horizon_days": 730.0}
    field = {"name": "albumin_g_dl", "kind": "number", "unit": "g/dL", "levels": []}
    study = {
        "space": "patient",
        "citation": "Somebody et al. 2024",
        "flow": [["patients read", 120]],
        "training_rows": 100,
        "version": "1",
        "digest": "0" * 64,
        "endpoints": ["os"],
        "fields": [field],
        "sources": [{"file": "patients.csv", "licence": "MIT", "origin": "x", "sha256": "0" * 64}],
    }
    attack = {"endpoint": "os", "members": 80, "others": 20, "auc": 0.51, "low": 0.4, "high": 0.6}
    return {
        "format": 2,
        "digest": "1" * 64,
        "versions": {"python": "3.11"},
        "members": 5,
        "endpoints": {"os": endpoint},
        "studies": {"cohort": study},
        "split": {"rule": "UnitFolds()", "training_rows": 100, "test_rows": 0, "fold": "all"},
        "scores": [{"fold": "held", "endpoint": "os", "uno_c": 0.66}],
        "laws": {},
        "membership": [attack],
        "intended_use": "Research.",
    }


def test_items_come_in_the_order_of_the_statement(card):
    numbers = [int(n) for n in re.findall(r"^## (\d+)", model_card(card), flags=re.M)]
    assert numbers == sorted(numbers) and numbers[0] == 1 and numbers[-1] == 24


def test_what_it_knows_is_told_and_what_it_cannot_know_is_said_to_be_missing(card):
    text = model_card(card)
    for told in ("albumin_g_dl (g/dL)", "patients read: 120", "0.660", "0.510 (0.400 to 0.600)"):
        assert told in text
    assert NOT_KNOWN in text and "never treatment advice" in text


def test_it_says_what_intervals_of_mean_days_are(card):
    assert "Intervals of mean days of os are the disagreement of networks" in model_card(card)
    law = {"spread": 0.5, "groups": 53, "new_cohorts": True}
    text = model_card(card | {"days_laws": {"os": law}})
    assert "| os | 0.50 | 53 | whole cohorts |" in text and "are the disagreement" not in text
    assert "too narrow" not in text and "to be independent" in text
    known = model_card(card | {"days_laws": {"os": law | {"new_cohorts": False}}})
    assert "| os | 0.50 | 53 | patients of the cohorts" in known and "too narrow" in known


def test_a_bundle_without_patients_keeps_its_own_card(card):
    card = json.loads(json.dumps(card))
    card["studies"]["cohort"]["space"] = "cell_line"
    assert "## Predicts" in model_card(card) and "TRIPOD" not in model_card(card)
