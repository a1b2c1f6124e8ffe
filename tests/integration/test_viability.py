"""Wells of a known truth to a bundle to predictions: doses go all the way."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from role_cases import cases

from combo_dl.cli.compose import composed
from combo_dl.cli.train import network_of
from combo_dl.core.study import Study
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.run import train

DROPOUT = {"state_dropout": 0.0, "pair_dropout": 0.0}
FIT = replace(
    tiny.FIT, max_epochs=60, lr=0.02, search="none", average_decay=0.0, checkpoint_epochs=1000
)


def wells_study(rows: int = 240) -> Study:
    """Wells of the tiny study's sets at doses from 0.001 to 100 um, without noise.

    Each drug has its own ec50, all pairs the same synergy.
    """
    bare = tiny.study(n_rows=rows, n_profiles=4, replicate_share=0.0, single_drug_share=0.3)
    random = np.random.default_rng(0)
    drugs, present = bare.combos.drugs, bare.combos.present
    dose = 10.0 ** random.uniform(-3, 2, drugs.shape)
    ec50 = 10.0 ** random.uniform(-2, 1, len(bare.drugs))
    share = np.where(present, dose / (dose + ec50[drugs]), 0.0)
    pairs = (share.sum(axis=1) ** 2 - (share**2).sum(axis=1)) / 2
    viability = (1 - 0.9 * share).prod(axis=1) * np.exp(-0.5 * pairs)
    combos = replace(
        bare.combos,
        dose=np.where(present, dose, np.nan).astype(np.float32),
        labels={"viability": viability.astype(np.float32)[:, None]},
    )
    return replace(bare, combos=combos, dose_unit="um").validate()


@pytest.fixture(scope="module")
def network():
    """The endpoint and the head as they ship, on a network of seconds."""
    asked = ["experiment=demo", "head=[hill]", "endpoint=[viability]"]
    shipped = network_of(composed("train", asked))
    quiet = {"id_dropout": 0.0, "token_dropout": 0.0, "dropout": 0.0}
    return replace(
        tiny.NETWORK,
        model=tiny.NETWORK.model | quiet | {"width": 24},
        profile=tiny.NETWORK.profile | {"component_dropout": 0.0, "id_dropout": 0.0},
        fusion=tiny.NETWORK.fusion | DROPOUT | {"width": 24, "pair_width": 24},
        head=shipped.head,
        endpoints=shipped.endpoints,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory, network):
    """(study, bundle) of a network that was fitted on every well."""
    out, study = tmp_path_factory.mktemp("viability"), wells_study()
    settings = tiny.settings(out, fit=FIT, folds="none", network=network)
    return study, load_bundle(train(settings, [study]).bundles[0])


def asked(study: Study, **doses: float):
    """Rows of two drugs at these doses."""
    frame = study.to_frames()[0]
    pairs = frame[(frame["drug_b"] != "") & (frame["drug_c"] == "")]
    return pairs[["drug_a", "drug_b", "profile"]].assign(**doses)


def test_the_wells_are_learned_by_heart(trained):
    study, bundle = trained
    found = bundle.predict(study.to_frames()[0])
    truth = study.combos.labels["viability"][:, 0]
    assert np.mean((found["mean"] - truth) ** 2) < 0.05 * truth.var()
    assert found["mean"].between(0, 1.5).all() and (found["low"] >= 0).all()


def test_the_order_of_drugs_and_doses_does_not_matter(trained):
    study, bundle = trained
    there = asked(study, dose_a=0.3, dose_b=5.0)
    names = {"drug_a": "drug_b", "drug_b": "drug_a", "dose_a": "dose_b", "dose_b": "dose_a"}
    back = there.rename(columns=names)
    pairs = [bundle.predict(rows)["mean"].to_numpy() for rows in (there, back)]
    np.testing.assert_allclose(*pairs, atol=1e-6)


def test_a_dose_of_0_predicts_the_other_drug_alone(trained):
    study, bundle = trained
    both = asked(study, dose_a=0.7, dose_b=0.0)
    alone = both[["drug_a", "dose_a", "profile"]]
    pairs = [bundle.predict(rows)["mean"].to_numpy() for rows in (both, alone)]
    np.testing.assert_allclose(*pairs, atol=1e-6)


def test_more_of_a_drug_alone_leaves_less(trained):
    study, bundle = trained
    alone = asked(study)[["drug_a", "profile"]].drop_duplicates()
    found = [bundle.predict(alone.assign(dose_a=d))["mean"].to_numpy() for d in (0.01, 0.5, 30.0)]
    assert (found[0] > found[1]).all() and (found[1] > found[2]).all()


def test_without_doses_an_interval_is_as_wide_as_of_any_well(trained):
    study, bundle = trained
    rows = asked(study)
    near = bundle.predict(rows.assign(dose_a=1.0, dose_b=1.0))
    far = bundle.predict(rows)
    assert (far["high"] - far["low"]).min() > (near["high"] - near["low"]).median()
    assert far["mean"].between(0, 1.5).all()


def test_a_score_is_trained_beside_it(tmp_path, network):
    """One network, two ways to read a row: synergy of a set, viability of a well."""
    study = wells_study(60)
    scored = tiny.study(n_rows=60, n_profiles=4, replicate_share=0.0, single_drug_share=0.3)
    labels = study.combos.labels | {"synergy_loewe": scored.combos.labels["synergy_loewe"]}
    both = replace(study, combos=replace(study.combos, labels=labels))
    head = {c.id: c.values[0] for c in cases("head", at_least=3)}
    joined = replace(
        network,
        head={n: head[n] for n in ("hill", "student_t")},
        endpoints=network.endpoints | {"synergy_loewe": tiny.LOEWE},
    )
    fit = replace(FIT, max_epochs=2)
    settings = tiny.settings(tmp_path, fit=fit, folds="none", network=joined)
    found = load_bundle(train(settings, [both]).bundles[0]).predict(both.to_frames()[0])
    assert set(found["endpoint"]) == {"viability", "synergy_loewe"}
    alone = found[(found["endpoint"] == "synergy_loewe") & (found["drug_b"] == "")]
    assert len(alone) and (alone["mean"] == 0).all()
