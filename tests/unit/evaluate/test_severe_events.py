"""Shares of arms, each trial held out: the baselines and the intervals of a few trials."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.study import Study
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.protocol import EvaluateSettings
from combo_dl.evaluate.run import evaluate

SHARES = Endpoint(
    name="ae_severe",
    kind="toxicity",
    columns=("ae_severe",),
    unit="share of patients",
    direction="harm",
    head="student_t",
    bounds=(0.0, 1.0),
    metrics=("mae", "mse"),
)


def arms():
    """Five trials of a drug against it and another one, which adds a fifth to its share."""
    rng = np.random.default_rng(0)
    rows = []
    for trial in range(5):
        base = 0.4 + 0.05 * rng.standard_normal()
        other = ("nivolumab", "pembrolizumab")[trial % 2]
        rows += [("cisplatin", "", trial, base), ("cisplatin", other, trial, base + 0.2)]
    table = pd.DataFrame(rows, columns=["drug_a", "drug_b", "profile", "ae_severe"])
    table["profile"] = "trial " + table["profile"].astype(str)
    profiles = pd.DataFrame({"profile": table["profile"].unique(), "cancer": "lung"})
    return Study.from_frames(
        table, profiles, name="arms", labels={"ae_severe": ["ae_severe"]}, space="trial"
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("arms") / "run"
    train = tiny.settings(out, fit=replace(tiny.FIT, max_epochs=1), folds="all")
    train = replace(
        train,
        network=replace(train.network, endpoints={"ae_severe": SHARES}),
        split=UnitFolds(unit="profile", n_folds=5, seed=0),
    )
    settings = EvaluateSettings(train=train, baselines=("mean", "alone", "classes"))
    return evaluate(settings, [arms()])


def test_independence_adds_nothing_for_a_drug_that_was_never_alone(made):
    null = [r for r in made.rows if r["model"] == "single-drug null"]
    # Cisplatin alone in the other trials, for both arms: at least a tenth off one of the two.
    assert len(null) == 5 and all(r["mae"] >= 0.1 - 1e-6 for r in null)


def test_classes_know_what_the_new_drug_of_a_class_adds(made):
    scores = {r["model"]: r["mae"] for r in made.table}
    assert scores["ridge drug class"] < scores["global mean"] < scores["single-drug null"]


def test_intervals_are_those_of_new_trials(made):
    against = [d for d in made.record["differences"] if d["metric"] == "mae"]
    assert {d["against"] for d in against} == {
        "global mean",
        "single-drug null",
        "ridge drug class",
    }
    for row in against:
        assert row["n_clusters"] == 5 and row["clusters"] == "profile"
        assert min(row["folds"]) <= row["low"] <= row["mean"] <= row["high"] <= max(row["folds"])
