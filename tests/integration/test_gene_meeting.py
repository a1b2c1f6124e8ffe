"""Fields of genes meet the drugs that act on them: a planted effect of mutated targets carries over
to drugs of a gene that training never saw."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
import tiny_risk

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.errors import ConfigError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.vocab import Vocab
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.explain import explain
from combo_dl.screen.run import ScreenRequest, prepared
from combo_dl.screen.settings import RankSettings
from combo_dl.stats.ranking import auroc
from combo_dl.train.run import train

ACTING = {
    "EGFR": ("erlotinib", "gefitinib", "cetuximab"),
    "BRAF": ("vemurafenib", "dabrafenib", "encorafenib"),
    "ERBB2": ("tucatinib", "trastuzumab", "pertuzumab"),
    "MTOR": ("everolimus", "temsirolimus"),
    "CDK4": ("palbociclib", "ribociclib", "abemaciclib"),
}
NEW = {"PARP1": ("olaparib", "niraparib", "rucaparib")}
GENES = (*ACTING, *NEW)
RESPONSE = replace(tiny_risk.TOXIC, name="response", kind="response", direction="good")


def patients(n: int, acting: dict[str, tuple[str, ...]], *, seed: int):
    """(drug of each patient, fields, response): nine in ten respond to one drug whose target is
    mutated, one in ten to another."""
    rng = np.random.default_rng(seed)
    drugs = [(gene, drug) for gene, names in acting.items() for drug in names]
    given = [drugs[i] for i in rng.integers(0, len(drugs), n)]
    mutated = {f"mut_{g}": rng.choice(["no", "yes"], n) for g in GENES}
    frame = pd.DataFrame({"profile": [f"p{i}" for i in range(n)]} | mutated)
    hit = np.array([mutated[f"mut_{gene}"][i] == "yes" for i, (gene, _) in enumerate(given)])
    return [drug for _, drug in given], frame, rng.random(n) < np.where(hit, 0.9, 0.1)


def study(n: int = 900):
    drugs, frame, response = patients(n, ACTING, seed=0)
    names = tuple(sorted(set(drugs)))
    combos = ComboTable(
        drugs=np.array([[names.index(d), -1] for d in drugs], np.int32),
        dose=np.full((n, 2), np.nan, np.float32),
        profile=np.arange(n, dtype=np.int32),
        labels={"toxic": response.astype(np.float32)[:, None]},
        weight=np.ones(n, np.float32),
        group=np.arange(n, dtype=np.int32),
        day=np.full(n, np.nan, np.float32),
    )
    return replace(
        tiny.study(),
        name="mutated",
        drugs=Vocab(kind="drug", names=names),
        smiles=("",) * len(names),
        profiles=profiles_from_frame(frame, space=PATIENT),
        combos=combos,
        columns={},
        tables={},
    ).validate()


def settings(out, told, **changes):
    made = tiny_risk.settings(out, RESPONSE, kernel=None, folds="none")
    network = replace(
        made.network,
        molecule={},
        model=made.network.model | {"classes": False},
        genes={"told": told, "dropout": 0.1},
    )
    fit = replace(tiny.FIT, max_epochs=25, search="none", lr=0.01, calibrators=1)
    return replace(made, network=network, fit=fit, **changes)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """{what is told of genes: bundle}."""
    made = {}
    for told in ("none", "targets"):
        out = tmp_path_factory.mktemp(told) / "out"
        made[told] = load_bundle(train(settings(out, told), [study()]).bundles[0])
    return made


def predicted(bundle, drugs, frame):
    rows = pd.DataFrame({"drugs": drugs, "profile": frame["profile"]})
    return bundle.predict(rows, profiles=frame)


def test_a_mutated_target_says_who_responds_to_a_drug_of_a_new_gene(bundles):
    drugs, frame, response = patients(300, NEW, seed=1)
    found = {
        told: auroc(response, predicted(bundle, drugs, frame)["mean"].to_numpy())
        for told, bundle in bundles.items()
    }
    assert found["targets"] > 0.8 > 0.65 > found["none"]


def test_another_gene_says_less_of_a_drug_that_does_not_act_on_it(bundles):
    """Of a drug of PARP1, and a profile of which the mutations alone differ."""
    frame = pd.DataFrame({"profile": ["none", "own", "other"]} | {f"mut_{g}": "no" for g in GENES})
    frame.loc[1, "mut_PARP1"] = frame.loc[2, "mut_EGFR"] = "yes"
    none, own, other = predicted(bundles["targets"], ["olaparib"] * 3, frame)["mean"]
    assert own - none > 1.5 * abs(other - none)


def test_a_missing_field_is_less_than_either_answer(bundles):
    frame = pd.DataFrame({"profile": ["no", "yes", "?"]} | {f"mut_{g}": "no" for g in GENES})
    frame["mut_PARP1"] = ["no", "yes", None]
    no, yes, unknown = predicted(bundles["targets"], ["olaparib"] * 3, frame)["mean"]
    assert no < unknown < yes


def test_a_screen_says_what_predict_says(bundles):
    bundle = bundles["targets"]
    _, frame, _ = patients(4, NEW, seed=2)
    drugs = ["olaparib", "niraparib", "erlotinib"]
    asked = ScreenRequest(
        rank=RankSettings(maximise="response", top=3),
        sizes=range(1, 2),
        drugs=drugs,
        profiles=frame,
    )
    screen = prepared(bundle, asked)
    names = [d.name for d in screen.ranker.screened.drugs]
    scored, _ = screen.ranker.block(screen.plan.blocks()[0], first=0)
    for place, (number,) in enumerate(scored.sets):
        told = predicted(bundle, [names[number]] * 4, frame)["mean"].to_numpy()
        np.testing.assert_allclose(scored.values["response"][:4, place], told, atol=1e-5)


def test_attributions_name_what_profiles_say_of_targets_and_add_up(bundles):
    _, frame, _ = patients(3, NEW, seed=3)
    frame["mut_PARP1"] = "yes"
    rows = pd.DataFrame({"drugs": ["olaparib"] * 3, "profile": frame["profile"]})
    found = explain(
        bundles["targets"], rows, column="response", profiles=frame, most_fields=None, nodes=256
    )
    parts = found.attributions
    mine = parts[parts["name"] == "what this profile says of its target genes and their neighbours"]
    assert len(mine) == 3 and (mine["attribution"] > 0).all()
    size = parts.groupby("row")["attribution"].apply(lambda a: a.abs().sum())
    assert (found.rows["gap"].abs() / size.to_numpy()).max() < 0.02


def test_profiles_without_a_field_of_a_gene_are_refused(tmp_path):
    bare = tiny_risk.study(n_rows=60)
    keep = profiles_from_frame(
        pd.DataFrame({"profile": list(bare.profiles.ids.names), "age_years": 50.0}),
        space="cell_line",
    )
    with pytest.raises(ConfigError, match=r"no study has a field of a gene"):
        train(settings(tmp_path, "targets"), [replace(bare, profiles=keep)])


def test_neighbours_need_a_table_of_genes(tmp_path):
    with pytest.raises(ConfigError, match=r"needs genes\.edges"):
        train(settings(tmp_path, "neighbours"), [study(60)])
