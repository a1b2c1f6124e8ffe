"""Predictions of a bundle that learned synergy in cell lines and toxicity in trials, together."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
from forged import card_of, forge
from tiny_trials import AE, DLT, EFFECTS, HEADS, UNITS, trials

from combo_dl.core.errors import ComboError, ConfigError, FormatError
from combo_dl.infer.assumed import Assumed
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.files import Tables, predict_file
from combo_dl.train.run import train

NUMBERS = ["mean", "low", "high", "null", "null_low", "null_high", "excess"]
PACLITAXEL = {"drug_a": ["paclitaxel"], "dose_a": [135.0], "dose_unit_a": ["mg"]}


def trained(out, studies, *endpoints):
    named = {e.name: e for e in endpoints}
    network = replace(tiny.NETWORK, head=HEADS, endpoints=named)
    fit = replace(tiny.FIT, max_epochs=3)
    settings = tiny.settings(out, network=network, fit=fit, seeds=2, kernel=None)
    return train(settings, studies).bundles[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a bundle of both studies, the cell lines first."""
    out = tmp_path_factory.mktemp("both") / "out"
    return trained(out, [tiny.study(), trials()], tiny.LOEWE, DLT, AE)


@pytest.fixture(scope="module")
def both(folder):
    return load_bundle(folder)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of a bundle of trials alone, calibrated on its own held-out rows."""
    return trained(tmp_path_factory.mktemp("alone") / "out", [trials(n_rows=400)], DLT)


def dlt(bundle, **columns):
    found = bundle.predict(pd.DataFrame(columns))
    return found[found["endpoint"] == "dlt"].reset_index(drop=True)


def test_order_of_drugs_changes_no_number(both):
    names = ["paclitaxel", "bevacizumab", "radiotherapy"]
    doses, units = ["135", "10", "2"], ["mg/m2", "mg/kg", "Gy"]
    rows = []
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        row = {}
        for letter, i in zip("abc", order, strict=True):
            row |= {f"drug_{letter}": names[i], f"dose_{letter}": float(doses[i])}
            row |= {f"dose_unit_{letter}": units[i]}
        rows.append(row)
    found = both.predict(pd.DataFrame(rows))
    for _, part in found.groupby("endpoint"):
        for column in NUMBERS:
            np.testing.assert_allclose(part[column], part[column].iloc[0], atol=1e-6)
    # An antibody and a radiation have risks and nulls as other drugs have.
    assert found[NUMBERS].notna().all().all()
    assert not (found["null_support"] == "a drug unseen").any()


def test_one_drug_is_its_own_null_exactly(both):
    found = dlt(both, drugs=["paclitaxel", "paclitaxel + cisplatin"])
    one, two = found.iloc[0], found.iloc[1]
    assert (one["excess"], one["excess_low"], one["excess_high"]) == (0, 0, 0)
    for name in ("", "_low", "_high"):
        assert one[f"null{name}"] == one[name[1:] or "mean"]
    assert two["excess"] == pytest.approx(two["mean"] - two["null"], abs=1e-6) and two["excess"]
    assert one["null_support"] == "one drug"


def test_more_of_a_drug_is_never_less_toxic(both):
    doses = [0.0, 10.0, 75.0, 135.0, 270.0, 2000.0]
    for other in ("", "carboplatin", "radiotherapy"):
        found = dlt(
            both,
            drug_a=["paclitaxel"] * 6,
            drug_b=[other] * 6,
            dose_a=doses,
            dose_unit_a=["mg"] * 6,
        )
        assert (np.diff(found["mean"]) >= -1e-7).all()
        assert found["mean"].iloc[-1] > found["mean"].iloc[0]


def test_one_dose_in_two_units_is_one_dose(both):
    found = dlt(
        both,
        drug_a=["paclitaxel"] * 3 + ["Taxol"],
        dose_a=[135.0, 75.0, 0.135, 135.0],
        dose_unit_a=["mg", "mg/m2", "g", "mg"],
    )
    np.testing.assert_allclose(found["mean"], found["mean"][0], atol=1e-6)
    long = dlt(both, combination=["x"], drug=["paclitaxel"], dose=[75.0], dose_unit=["mg/m^2"])
    assert long["mean"][0] == pytest.approx(found["mean"][0], abs=1e-6)
    other = dlt(both, drug_a=["paclitaxel"], dose_a=[75.0], dose_unit_a=["mg"])
    assert other["mean"][0] < found["mean"][0]


def test_a_drug_at_no_stated_dose_is_at_its_usual_one(both):
    scale = both.parts.fitted.studies["trials"].dose_scale
    usual = 10.0 ** scale.log10_typical[scale.drugs.index("paclitaxel")]
    found = dlt(both, drug_a=["paclitaxel"] * 2, dose_a=[usual, None], dose_unit_a=["mg", None])
    assert found["mean"][0] == pytest.approx(found["mean"][1], abs=1e-6)


def test_an_invented_molecule_has_a_risk_at_its_dose_and_no_null(both):
    smiles = "CN1CCN(CC1)c1ccc2nc(N)sc2c1"
    found = dlt(
        both,
        drug_a=[smiles] * 2,
        drug_b=["cisplatin"] * 2,
        dose_a=[10.0, 5000.0],
        dose_unit_a=["mg", "mg"],
    )
    assert found["mean"][1] > found["mean"][0] and not found["abstain"].any()
    assert found["null"].isna().all() and (found["null_support"] == "a drug unseen").all()
    unknown = dlt(both, drugs=[f"{smiles} + OCCN1CCOCC1"])
    assert unknown["abstain"].all() and unknown["support"][0] == "both unseen"


def test_a_synergy_needs_a_cell_line_and_a_risk_does_not(both):
    rows = pd.DataFrame({"drugs": ["olaparib + cisplatin"] * 3, "profile": ["LINE000", "", None]})
    found = both.predict(rows)
    synergy = found[found["endpoint"] == "synergy_loewe"]
    assert synergy["row"].tolist() == [0] and synergy["profile"].tolist() == ["LINE000"]
    risk = found[found["endpoint"] == "dlt"]
    assert risk["row"].tolist() == [0, 1, 2] and set(risk["profile"]) == {""}
    # A cell line says nothing of a patient.
    assert risk["mean"].nunique() == 1 and not risk["profile_seen"].any()
    assert found.attrs["notes"] == [
        "2 of 3 rows name no cell line of synthetic and have no synergy_loewe: name one in the "
        "column 'profile'."
    ]
    assert found["row"].is_monotonic_increasing and not found["drug_b"].isna().any()


def test_a_named_study_has_its_own_endpoints(both):
    rows = pd.DataFrame({"drugs": ["olaparib + cisplatin"], "profile": ["LINE000"]})
    synergy, risk = (both.predict(rows, study=name) for name in ("synthetic", "trials"))
    assert set(synergy["endpoint"]) == {"synergy_loewe"}
    assert "synergy_loewe" not in set(risk["endpoint"]) and "dlt" in set(risk["endpoint"])
    whole = both.predict(rows)
    assert len(whole) == len(synergy) + len(risk)
    assert whole["mean"][0] == pytest.approx(synergy["mean"][0], abs=1e-5)


def test_own_profiles_belong_to_the_study_whose_fields_they_fit(both):
    people = pd.DataFrame({"profile": ["ours"], "age": [80.0], "tumour": ["ovary"]})
    rows = pd.DataFrame({"drugs": ["paclitaxel + cisplatin"] * 2, "profile": ["ours", ""]})
    found = both.predict(rows, profiles=people)
    risk = found[found["endpoint"] == "dlt"]
    assert risk["profile"].tolist() == ["ours", ""] and risk["mean"].nunique() == 2
    assert "synergy_loewe" not in set(found["endpoint"])
    with pytest.raises(ComboError, match=r"the first 'age'"):
        both.predict(rows, profiles=people, study="synthetic")


def test_a_card_that_does_not_tell_studies_apart_predicts_all_under_the_first(folder, tmp_path):
    old = shutil.copytree(folder, tmp_path / "old")
    for study in ("synthetic", "trials"):
        forge(old, f"studies.{study}.endpoints", ...)
    rows = pd.DataFrame({"drugs": ["olaparib + cisplatin"], "profile": ["LINE000"]})
    found = load_bundle(old).predict(rows)
    assert set(found["profile"]) == {"LINE000"} and "dlt" in set(found["endpoint"])
    with pytest.raises(ComboError, match="row 0 names no profile"):
        load_bundle(old).predict(rows.drop(columns="profile"))


REFUSED = [
    ({"dose_unit_a": [None]}, "row 0 (paclitaxel) has a dose without a unit"),
    ({"dose_unit_a": ["mg/m3"]}, "row 0 (paclitaxel) has the unknown dose unit 'mg/m3'; nearest"),
    ({"dose_a": [-1.0]}, "row 0 has dose_a = -1.0; expected a number of 0 or more"),
    ({"dose_unit_a": ["Gy"]}, "has the dose 135 Gy; its doses are known in mg: give it in mg"),
    ({"dose_unit_a": ["cGy"]}, "has the dose 135 cGy, an amount in Gy; its doses are known in mg"),
    ({"dose_unit_a": ["AUC"]}, "only that of carboplatin can be converted"),
    ({"dose_a": [None]}, "row 0 has the dose unit 'mg' of 'paclitaxel' without a dose"),
    ({"dose_unit_b": ["mg"]}, "unknown column 'dose_unit_b'"),
    ({"profile": ["LINE0O0"]}, "unknown profile 'LINE0O0'; nearest known: LINE00"),
    (
        {"drug_a": ["OCCN1CCOCC1"], "dose_unit_a": ["cells"]},
        "a dose in cells; this bundle knows doses in Gy, mg alone",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_is_refused(both, changes, message):
    with pytest.raises(ComboError) as caught:
        both.predict(pd.DataFrame(PACLITAXEL | changes))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_new_drug_has_one_kind_of_unit(both):
    rows = pd.DataFrame(
        {"drug_a": ["OCCN1CCOCC1"] * 2, "dose_a": [1.0, 1.0], "dose_unit_a": ["mg", "Gy"]}
    )
    with pytest.raises(ComboError, match=r"row 1 .* has the dose 1 Gy; its doses are known in mg"):
        both.predict(rows)


def test_doses_that_no_asked_endpoint_reads_are_refused_or_told(both):
    rows = pd.DataFrame(PACLITAXEL | {"profile": ["LINE000"]})
    notes = both.predict(rows).attrs["notes"]
    assert notes == ["synthetic was trained without doses: doses do not change synergy_loewe."]
    with pytest.raises(ComboError, match="row 0 has a dose, but this bundle was trained without"):
        both.predict(rows, study="synthetic")


def test_the_usual_excess_of_sets_of_the_asked_size_is_told(folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    study = next(n for n, s in card_of(other)["studies"].items() if "dlt" in s["endpoints"])
    told = {"rows": 60, "rate": 0.4, "independent": 0.55}
    forge(other, f"studies.{study}.usual_excess", {"dlt": {"2": told}})
    bundle = load_bundle(other)
    one, two = (pd.DataFrame({"drugs": [d]}) for d in ("paclitaxel", "paclitaxel + bevacizumab"))
    (note,) = bundle.predict(two, study=study).attrs["notes"]
    for words in ("dlt: ", study, "-15 points in sets of 2 drugs (40 %", "55 %, 60 rows)"):
        assert words in note
    assert bundle.predict(one, study=study).attrs["notes"] == []
    forge(other, f"studies.{study}.usual_excess", {"dlt": {"2": told | {"rate": 1.5}}})
    with pytest.raises(FormatError, match=r"'dlt'\.'2'\.rate is 1\.5; expected a share"):
        load_bundle(other)


def test_drugs_of_which_nothing_is_known_are_refused(both):
    own = pd.DataFrame({"name": ["X-1", "X-2"], "modality": ["antibody", "other"]})
    rows = pd.DataFrame({"drugs": ["X-1 + X-2", "X-2"]})
    with pytest.raises(ComboError, match=r"nothing is known of X-1, X-2: .*drugs=FILE") as caught:
        both.predict(rows, drugs=own)
    assert "\n" not in str(caught.value)
    # With one fact of one of them the rows abstain.
    found = both.predict(rows, drugs=own.assign(targets=["PDCD1", ""]))
    assert found[found["endpoint"] == "dlt"]["abstain"].all()


def test_a_bundle_of_trials_alone_predicts_with_and_without_a_profile(alone):
    bundle = load_bundle(alone)
    assert bundle.predict(pd.DataFrame(PACLITAXEL))["endpoint"].tolist() == ["dlt"]
    people = pd.DataFrame({"profile": ["ours"], "age": [60.0]})
    rows = pd.DataFrame(PACLITAXEL | {"profile": ["ours"]})
    found = bundle.predict(rows, profiles=people, allow_missing_fields=True)
    assert found["endpoint"].tolist() == ["dlt"] and found["profile"][0] == "ours"
    assert 0 < found["low"][0] < found["mean"][0] < found["high"][0] < 1


def test_calibrations_of_risks_round_trip_and_hostile_ones_are_refused(alone, tmp_path):
    card = json.loads((alone / "card.json").read_text())
    laws = load_bundle(alone).parts.risk_laws
    assert card["risk_laws"] and {n: x.to_json() for n, x in laws.items()} == card["risk_laws"]
    line = {"intercept": 0.0, "slope": 1.0, "cluster": 0.5}
    bad = [
        ({"dlt": {}}, "risk_laws.'dlt' is {}"),
        ({"dlt": {"pair seen": line}}, "a calibration of risks has the groups"),
        ({"dlt": {"": line | {"slope": -1.0}}}, "slope is -1.0; expected"),
        ({"dlt": {"": line | {"slope": float("nan")}}}, "slope is nan"),
        ({"dlt": {"": line | {"cluster": 1e9}}}, "cluster is"),
        ({"dlt": {"": line | {"intercept": "0"}}}, "intercept is '0'"),
        ({"dlt": {"": {"intercept": 0.0}}}, "lacks 'slope'"),
        ([], "risk_laws is []; expected a mapping"),
    ]
    for i, (value, message) in enumerate(bad):
        forged = shutil.copytree(alone, tmp_path / f"bundle{i}")
        forge(forged, "risk_laws", value)
        with pytest.raises(FormatError) as caught:
            load_bundle(forged)
        assert message in str(caught.value)


def test_a_calibration_moves_the_risks(alone, tmp_path):
    people = pd.DataFrame({"profile": ["ours"], "age": [60.0], "tumour": ["lung"]})
    rows = pd.DataFrame({"drugs": ["paclitaxel + cisplatin"], "profile": ["ours"]})
    found = {}
    for name, (intercept, cluster) in {"low": (-2.0, 0.0), "high": (2.0, 1.0)}.items():
        other = shutil.copytree(alone, tmp_path / name)
        line = {"intercept": intercept, "slope": 1.0, "cluster": cluster}
        forge(other, "risk_laws", {"dlt": {"": line}})
        found[name] = load_bundle(other).predict(rows, profiles=people).iloc[0]
    assert found["low"]["mean"] < found["high"]["mean"]
    widths = [found[n]["high"] - found[n]["low"] for n in ("low", "high")]
    assert widths[0] < widths[1]


def test_effects_are_chosen_by_name(folder, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("drug_a,drug_b,dose_a,dose_unit_a\npaclitaxel,cisplatin,75,mg/m2\n")
    told = {"bundles": [folder], "tables": Tables(rows=rows), "assumed": Assumed()}

    def predicted(effects):
        out = tmp_path / "out.csv"
        return predict_file(out=out, allow_missing_fields=False, effects=effects, **told)

    found = predicted(["Effect-3", "effect 20"])
    assert found.attrs["effects"] == ["effect 3", "effect 20"]
    assert found["endpoint"].nunique() == 1 + EFFECTS
    assert len(pd.read_csv(tmp_path / "out.csv")) == 1 + EFFECTS
    with pytest.raises(ComboError, match="no effect 'efect 3'; nearest known: effect 3"):
        predicted(["efect 3"])
    with pytest.raises(ConfigError, match="empty list"):
        predicted([])


def test_the_command_says_what_it_left_out(command, folder, tmp_path):
    (tmp_path / "rows.csv").write_text(
        "drug_a,drug_b,dose_a,dose_unit_a,profile\n"
        "paclitaxel,cisplatin,135,mg/m2,LINE000\npaclitaxel,,10,mg,\n"
    )
    out = tmp_path / "out.csv"
    said = command("predict", f"bundle={folder}", f"rows={tmp_path}/rows.csv", f"out={out}")
    assert said.status == 0, said.err
    assert "1 of 2 rows names no cell line of synthetic and has no synergy_loewe" in said.out
    assert "ae: 20 of 24 effects are shown, those of the largest excess" in said.out
    assert "dlt (risk in %)" in said.out and "never treatment advice" in said.out
    written = pd.read_csv(out)
    assert len(written) == 1 + 2 * (1 + EFFECTS)


def test_the_command_refuses_a_dose_without_a_unit_in_one_line(refused, folder, tmp_path):
    (tmp_path / "rows.csv").write_text("drug_a,dose_a\npaclitaxel,135\n")
    line = refused("predict", f"bundle={folder}", f"rows={tmp_path}/rows.csv")
    assert "row 0 (paclitaxel) has a dose without a unit" in line


def test_a_combination_is_beyond_a_study_of_single_drugs(tmp_path):
    study = trials()
    single = study.take(np.flatnonzero(study.combos.size == 1))
    bundle = load_bundle(trained(tmp_path / "out", [single], DLT))
    names = list(UNITS)
    alone = dlt(bundle, drugs=names)
    assert (alone["abstain"] == (alone["support"] == "drug unseen")).all()
    assert not alone["abstain"].all()
    both = dlt(bundle, drugs=[f"{names[0]} + {n}" for n in names[1:]])
    assert both["abstain"].all() and both["mean"].notna().all()
