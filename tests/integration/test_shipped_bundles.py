"""The bundles that ship: each reads, predicts its example table, and keeps its laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from combo_dl.infer.bundle import load_bundle

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SHIPPED = {
    "demo": "demo_rows.csv",
    "oneil": "oneil_rows.csv",
    "combo": "combo_rows.csv",
    "clinic": "clinic_rows.csv",
}
OWN_PROFILES = {"clinic": "clinic_patients.csv"}
# What may not travel with weights (docs/data.md).
CLOSED = ("non-commercial", "-nc", "-nd", "gpl", "none stated", "no licence")


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def shipped(request):
    return request.param, load_bundle(ROOT / "checkpoints" / request.param)


@pytest.fixture(scope="module")
def combo():
    return load_bundle(ROOT / "checkpoints" / "combo")


def test_there_is_no_other_bundle():
    assert {p.name for p in (ROOT / "checkpoints").iterdir()} == set(SHIPPED)


def test_the_example_table_is_predicted(shipped):
    name, bundle = shipped
    people = pd.read_csv(EXAMPLES / OWN_PROFILES[name]) if name in OWN_PROFILES else None
    found = bundle.predict(
        pd.read_csv(EXAMPLES / SHIPPED[name]), profiles=people, allow_missing_fields=True
    )
    assert len(found) and np.isfinite(found[["mean", "low", "high"]]).all(axis=None)
    assert (found["low"] <= found["mean"]).all() and (found["mean"] <= found["high"]).all()


def test_combo_learned_from_sources_that_may_travel(combo):
    for study, about in combo.card["studies"].items():
        assert about["sources"], study
        for source in about["sources"]:
            licence = source["licence"].lower()
            assert not any(word in licence for word in CLOSED), (study, source)


def test_combo_tells_harm_beside_benefit_for_every_kind_of_drug(combo):
    found = combo.predict(pd.read_csv(EXAMPLES / "combo_rows.csv"))
    harm = found[found["endpoint"] == "dlt"].set_index("row")
    assert harm.index.tolist() == list(range(6))
    known = harm["null_support"] != "a drug unseen"
    assert known.sum() == 5
    for column in ("null", "null_low", "null_high", "excess", "excess_low", "excess_high"):
        assert harm.loc[known, column].notna().all() and harm.loc[~known, column].isna().all()
    # An interval that says something: it was calibrated on held-out arms.
    assert ((harm["high"] - harm["low"]) < 0.9).all()
    synergy = found[found["endpoint"] == "synergy_loewe"].set_index("row")
    assert synergy.index.tolist() == [0, 1, 2, 3, 4]
    # Antibodies are in no screen: whatever is said of their synergy is beyond the data.
    assert synergy.loc[[0], "support"].eq("both unseen").all()


def test_combo_knows_no_order_of_drugs_and_more_never_harms_less(combo):
    doses = [("paclitaxel", 80.0), ("carboplatin", 400.0), ("bevacizumab", 500.0)]

    def risk(sets):
        rows = pd.DataFrame(
            [
                {
                    f"{k}_{letter}": v
                    for letter, (drug, dose) in zip("abc", drugs, strict=True)
                    for k, v in (("drug", drug), ("dose", dose), ("dose_unit", "mg"))
                }
                for drugs in sets
            ]
        )
        found = combo.predict(rows)
        return found[found["endpoint"] == "dlt"].sort_values("row")["mean"].to_numpy()

    same = risk([doses, doses[::-1], [doses[1], doses[0], doses[2]]])
    np.testing.assert_allclose(same, same[0], atol=1e-6)
    more = risk([[(d, x * f) for d, x in doses] for f in (0.25, 0.5, 1.0, 2.0, 4.0)])
    assert (np.diff(more) >= -1e-7).all() and more[-1] > more[0]


@pytest.fixture(scope="module")
def clinic():
    return load_bundle(ROOT / "checkpoints" / "clinic")


def test_clinic_holds_no_patient_and_names_its_sources(clinic):
    # A patient is a row of a source: neither a name nor a field of one may travel.
    assert not len(clinic.profiles().ids)
    assert not {"ici_samstein2019", "msk_chord_os"} & set(clinic.card["studies"])
    text = (ROOT / "checkpoints" / "clinic" / "README.md").read_text()
    assert "TRIPOD+AI" in text and "GPL-3.0" in text
    for study in clinic.card["studies"].values():
        assert study["citation"] in text


def test_nobody_can_tell_who_clinic_learned_from(clinic):
    rows = clinic.card["membership"]
    assert {row["endpoint"] for row in rows} >= {"response", "os", "pfs"}
    assert all(row["auc"] <= 0.55 for row in rows)


def test_clinic_orders_patients_as_trials_do(clinic):
    people = pd.read_csv(EXAMPLES / "clinic_patients.csv")
    rows = pd.DataFrame({"drugs": ["PD-1 or PD-L1 inhibitor"] * 2, "profile": ["P1", "P2"]})
    found = clinic.predict(rows, profiles=people, allow_missing_fields=True)
    os = found[found["endpoint"] == "os"].set_index("profile")["mean"]
    # High albumin, few neutrophils, no therapy before: such patients live longer.
    assert os["P1"] > os["P2"] + 100
