"""Patients in the form of LORIS, trained on by the command and predicted for by their own table."""

import shutil

import numpy as np
import pandas as pd
import pytest
from forged import card_of, forge
from safetensors.numpy import load_file

from combo_dl.cli.main import main
from combo_dl.core.errors import ConfigError, FormatError, InputError
from combo_dl.datasets import ici_loris
from combo_dl.infer.bundle import load_bundle

BOTH = "CTLA-4 inhibitor + PD-1 or PD-L1 inhibitor"
PD1 = "PD-1 or PD-L1 inhibitor"
SURVIVAL = ["survival_182", "survival_365", "survival_730"]
NULL = ["null", "null_low", "null_high", "excess", "excess_low", "excess_high"]
ADDED = ["additive", "additive_low", "additive_high"]
ADDED += ["additive_excess", "additive_excess_low", "additive_excess_high"]
PEOPLE = pd.DataFrame(
    {
        "profile": ["A", "B"],
        "cancer_type": ["NSCLC", "Melanoma"],
        "sex": ["female", "male"],
        "performance_status": [1, None],
        "albumin_g_dl": [4.4, 2.4],
        "nlr": [2.0, 9.0],
    }
)


def write_patients(folder, classes=("PD1_PDL1", "CTLA4", "PD1_PDL1+CTLA4")):
    """240 drawn patients of two published cohorts, who live the longer the more albumin they have;
    no one is real."""
    rng = np.random.default_rng(0)
    n = 240
    albumin = rng.uniform(2.0, 5.0, n).round(1)
    months = rng.exponential(20 * np.exp(albumin - 3.5))
    seen = np.minimum(months, rng.uniform(6, 120, n))
    whole = [*ici_loris.FLAGS, *ici_loris.CODES, "ici_start_year"]
    empty = dict.fromkeys([*ici_loris.NUMBERS, *ici_loris.FLAGS, *ici_loris.CODES])
    made = {
        "patient_id": [f"invented-{i}" for i in range(n)],
        "cohort": np.where(np.arange(n) < 180, "Chowell_train", "Chowell_test"),
        "cancer_type": rng.choice(["NSCLC", "Melanoma", "Renal"], n),
        "sex": rng.choice(["F", "M"], n),
        "drug_class": rng.choice(classes, n),
        "albumin_g_dl": albumin,
        "nlr": rng.uniform(1, 12, n).round(1),
        "performance_status": rng.integers(0, 3, n),
        "response": rng.integers(0, 2, n),
        "os_months": seen.round(2),
        "os_event": (seen == months).astype(int),
        "pfs_months": (seen / 2).round(2),
        "pfs_event": (seen == months).astype(int),
        "ici_start_year": None,
    }
    frame = pd.DataFrame({k: [v] * n for k, v in empty.items()} | made)
    (folder / "ici_loris").mkdir(parents=True)
    path = folder / "ici_loris" / "patients.parquet"
    frame.astype(dict.fromkeys(whole, "Int16")).to_parquet(path)


def trained(tmp, **told):
    write_patients(tmp / "data", **told)
    words = (
        "train data=[ici_loris] endpoint=[os,pfs,response] molecule=[] head=[hazard,risk] "
        f"kernel=none split=published trainer.max_epochs=15 trainer.batch_size=60 trainer.lr=0.01 "
        f"seeds=2 model.width=16 paths.data={tmp}/data out={tmp}/out "
        "data.ici_loris.check_digests=false"
    )
    assert main(words.split()) == 0
    return tmp / "out" / "bundle"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a bundle of 180 patients under two drugs, alone and together."""
    return trained(tmp_path_factory.mktemp("patients"))


@pytest.fixture(scope="module")
def bundle(folder):
    return load_bundle(folder)


def predicted(bundle, *drugs, profile="A", people=PEOPLE, **told):
    rows = pd.DataFrame({"drugs": drugs, "profile": [profile] * len(drugs)})
    return bundle.predict(rows, profiles=people, allow_missing_fields=True, **told)


def of(found, endpoint="os"):
    return found[found["endpoint"] == endpoint].reset_index(drop=True)


def test_a_line_a_row_and_endpoint_has_mean_days_survival_and_a_null(bundle):
    found = predicted(bundle, BOTH, PD1)
    assert found["endpoint"].tolist() == ["os", "pfs", "response"] * 2
    for name in ("os", "pfs"):
        part = of(found, name)
        assert (part["unit"] == "days").all() and (part["horizon_days"] == 730).all()
        assert (part["low"] >= 0).all() and (part["high"] <= 730).all()
        assert ((part["low"] <= part["mean"]) & (part["mean"] <= part["high"])).all()
        curve = np.column_stack([np.ones(2), part[SURVIVAL].to_numpy()])
        assert (np.diff(curve, axis=1) < 0).all() and (curve > 0).all()
        # Survival falls, so that its mean over a time is between its ends.
        assert (part["mean"] > 730 * part["survival_730"]).all()
        assert not part["abstain"].any()
    assert of(found, "response")[["horizon_days", *SURVIVAL]].isna().all().all()


def test_the_null_of_a_pair_is_independent_action_of_its_drugs(bundle):
    found = of(predicted(bundle, BOTH, PD1, "CTLA-4 inhibitor", spearman=1.0))
    pair, alone = found.iloc[0], found.iloc[1:]
    assert pair["null_support"] == "each seen alone" and pair[NULL].notna().all()
    assert pair["excess"] == pytest.approx(pair["mean"] - pair["null"], abs=1e-3)
    assert pair["excess_low"] <= pair["excess"] <= pair["excess_high"]
    assert pair["null"] >= alone["mean"].max() - 1e-3
    assert (alone[["excess", "excess_low", "excess_high"]] == 0).all().all()
    free = of(predicted(bundle, BOTH, spearman=0.0)).iloc[0]
    assert free["null"] > pair["null"] and free["mean"] == pair["mean"]


def test_times_that_add_are_the_second_null(bundle):
    found = of(predicted(bundle, BOTH, PD1, "CTLA-4 inhibitor"))
    pair, alone = found.iloc[0], found.iloc[1:]
    assert pair[ADDED].notna().all() and pair["additive"] > pair["null"]
    assert pair["additive_excess"] == pytest.approx(pair["mean"] - pair["additive"], abs=1e-3)
    assert pair["additive_excess_low"] <= pair["additive_excess"] <= pair["additive_excess_high"]
    assert (alone["additive"] == alone["mean"]).all() and (alone["additive_excess"] == 0).all()
    rest = predicted(bundle, BOTH, first_scan_days=None)
    assert not [c for c in rest.columns if c.startswith("additive")]
    with pytest.raises(ConfigError, match="first_scan_days is -1; expected a day from 0 on"):
        predicted(bundle, BOTH, first_scan_days=-1)


def test_a_drug_that_was_never_seen_alone_has_no_null(tmp_path):
    other = load_bundle(trained(tmp_path, classes=("PD1_PDL1", "PD1_PDL1+CTLA4")))
    found = of(predicted(other, BOTH, PD1))
    assert found["null_support"].tolist() == ["seen in combinations", "one drug"]
    assert found.loc[0, NULL + ADDED].isna().all() and np.isfinite(found.loc[0, "mean"])
    unseen = of(predicted(other, "nivolumab + ipilimumab")).iloc[0]
    assert unseen["null_support"] == "a drug unseen" and unseen["abstain"]
    assert unseen[NULL + ADDED].isna().all()


def test_order_of_drugs_and_of_rows_changes_no_number(bundle):
    turned = " + ".join(reversed(BOTH.split(" + ")))
    found = of(predicted(bundle, BOTH, PD1, turned))
    numbers = ["mean", "low", "high", *SURVIVAL, *NULL, *ADDED]
    first, last = found.loc[0, numbers], found.loc[2, numbers]
    np.testing.assert_allclose(first.astype(float), last.astype(float), rtol=1e-5, atol=1e-2)
    again = of(predicted(bundle, PD1, BOTH))
    np.testing.assert_allclose(again["mean"][[1, 0]], found["mean"][:2], rtol=1e-6)


def test_what_was_learned_of_patients_shows(bundle):
    people = PEOPLE.iloc[[0, 0]].assign(profile=["A", "B"], albumin_g_dl=[4.8, 2.1])
    good = of(predicted(bundle, PD1, profile="A", people=people))["mean"][0]
    poor = of(predicted(bundle, PD1, profile="B", people=people))["mean"][0]
    assert good > poor + 30


def test_a_value_in_another_unit_is_refused_with_the_unit(bundle):
    people = PEOPLE.assign(albumin_g_dl=[44.0, 24.0])
    with pytest.raises(InputError, match=r"albumin_g_dl = 44 .* looks like g/L; multiply"):
        predicted(bundle, PD1, people=people)
    with pytest.raises(InputError, match=r"performance_status = '7'; expected one of 0, 1, 2"):
        predicted(bundle, PD1, people=PEOPLE.assign(performance_status=[7, 1]))


LAW = {"spread": 0.5, "groups": 30, "new_cohorts": True}


def test_intervals_without_a_calibration_are_how_far_networks_disagree(folder, bundle, tmp_path):
    # Too few patients were held out: 36 of them.
    assert card_of(folder)["days_laws"] == {}
    found = predicted(bundle, BOTH)
    assert "os, pfs: the intervals of mean days are how far the networks" in " ".join(
        found.attrs["notes"]
    )
    before = shutil.copytree(folder, tmp_path / "before")
    forge(before, "days_laws", ...)
    again = predicted(load_bundle(before), BOTH)
    pd.testing.assert_frame_equal(found, again)


def test_a_calibration_is_read_and_widens_intervals_alone(folder, bundle, tmp_path):
    one, other = (shutil.copytree(folder, tmp_path / n) for n in ("one", "other"))
    forge(one, "days_laws", {"os": LAW})
    forge(other, "days_laws", {"os": LAW | {"spread": 1.0, "new_cohorts": False}})
    made = [predicted(b, BOTH) for b in (bundle, load_bundle(one), load_bundle(other))]
    widths = [(of(m)["high"] - of(m)["low"])[0] for m in made]
    assert widths[0] < widths[1] < widths[2] < 730
    for m in made[1:]:
        pd.testing.assert_frame_equal(of(m, "pfs"), of(made[0], "pfs"))
        pd.testing.assert_frame_equal(of(m, "response"), of(made[0], "response"))
        same = ["mean", *SURVIVAL, "null", "excess", "additive", "additive_excess"]
        pd.testing.assert_frame_equal(of(m)[same], of(made[0])[same])
    notes = [" ".join(m.attrs["notes"]) for m in made[1:]]
    assert all("calibrated on held-out" in n and "pfs: the intervals" in n for n in notes)
    assert "another hospital" in notes[1] and "another hospital" not in notes[0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "days_laws is []; expected a mapping"),
        ({"os": LAW | {"spread": float("nan")}}, "spread is nan; expected a number from 0"),
        ({"os": LAW | {"spread": -0.1}}, "spread is -0.1; expected a number from 0"),
        ({"os": LAW | {"spread": float("inf")}}, "spread is inf"),
        ({"os": LAW | {"spread": "0.5"}}, "spread is '0.5'"),
        ({"os": LAW | {"groups": 0}}, "groups is 0; expected a whole number from 2"),
        ({"os": LAW | {"groups": 30.5}}, "groups is 30.5"),
        ({"os": LAW | {"new_cohorts": 1}}, "new_cohorts is 1; expected true or false"),
        ({"os": {"spread": 0.5}}, "lacks 'groups'"),
        ({"os": None}, "days_laws.'os' is None; expected a mapping"),
        ({"dfs": LAW}, "days_laws names 'dfs', which is none of its endpoints"),
        ({"response": LAW}, "days_laws names 'response', which is of the kind 'response'"),
    ],
)
def test_a_hostile_calibration_is_refused_in_one_line(folder, tmp_path, value, message):
    forged = shutil.copytree(folder, tmp_path / "bundle")
    forge(forged, "days_laws", value)
    with pytest.raises(FormatError) as caught:
        load_bundle(forged)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_the_command_shows_days_and_writes_the_table(command, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "rows.csv").write_text(f"drugs,profile\n{BOTH},A\n{PD1},B\n")
    said = command(
        "predict",
        f"bundle={folder}",
        f"rows={tmp_path}/rows.csv",
        f"profiles={tmp_path}/people.csv",
        f"out={tmp_path}/out.csv",
        "allow_missing_fields=true",
    )
    assert said.status == 0, said.err
    for words in ("os (mean days of 730)", "days gained", "days over it", "at 1 year", "disagree"):
        assert words in said.out
    assert len(pd.read_csv(tmp_path / "out.csv")) == 6


@pytest.mark.parametrize("value", ["-0.1", "1.5"])
def test_a_correlation_that_cannot_be_is_refused(refused, folder, tmp_path, value):
    (tmp_path / "rows.csv").write_text(f"drugs,profile\n{BOTH},A\n")
    told = (f"bundle={folder}", f"rows={tmp_path}/rows.csv", f"spearman={value}")
    assert "expected a rank correlation from 0 to 1" in refused("predict", *told)


def test_no_row_of_a_patient_is_in_a_bundle(folder):
    with np.load(folder / "world.npz") as kept:
        arrays = {n: kept[n] for n in kept.files}
    texts = [t for a in arrays.values() if a.dtype.kind == "U" for t in a.ravel().tolist()]
    texts += [p.read_text() for p in (folder / "card.json", folder / "README.md")]
    assert not any("invented" in t or "ici_loris row" in t for t in texts)
    every = [*arrays.values(), *load_file(folder / "weights.safetensors").values()]
    assert not any(len(a) in (180, 240) for a in every if a.ndim)


def test_a_bundle_is_not_scored_on_the_survival_of_another_study(refused, folder, tmp_path):
    data = f"paths.data={folder.parent.parent}/data data.ici_loris.check_digests=false"
    words = f"evaluate bundle={folder} data=[ici_loris] endpoint=[os] head=[hazard] against=os"
    line = refused(*words.split(), *data.split(), f"out={tmp_path}/e")
    assert "a bundle is not scored on the survival of a study" in line
    assert not (tmp_path / "e").exists()


def test_training_writes_scores_of_survival_beside_those_of_risks(folder):
    table = pd.read_csv(folder.parent / "scores.csv").set_index("endpoint")
    assert set(table.index) == {"os", "pfs", "response"}
    assert table.loc[["os", "pfs"], ["uno_c", "harrell_c", "ibs", "slope_365"]].notna().all().all()
    assert np.isnan(table.loc["response", "uno_c"]) and table.loc["os", "patients"] == 60
    card = (folder / "README.md").read_text()
    assert "harrell_c" in card
