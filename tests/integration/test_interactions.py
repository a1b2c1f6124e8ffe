"""Known interactions as edges: a planted leak is kept out; a bundle hears what training heard."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import tiny
import torch

from combo_dl.cli.compose import composed
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.core.drug_graph import DRUG_DRUG
from combo_dl.core.errors import ConfigError
from combo_dl.core.study import Study
from combo_dl.core.study_files import write_study
from combo_dl.data.leakage import audit
from combo_dl.data.leakage_edges import CHECK
from combo_dl.evaluate.leakage import audited
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.prepare import DrugWorld, fitted_on, training_rows
from combo_dl.train.results import fold_tests
from combo_dl.train.run import prepare, train

RELATIONAL = {
    "_target_": "combo_dl.nn.relation.relational.RelationalEncoder",
    "layers": 2,
    "dropout": 0.1,
}
NETWORK = replace(tiny.NETWORK, relation=RELATIONAL)
LABEL = "synergy_loewe"


def labelled(study: Study) -> pd.DataFrame:
    """Two drugs of each row of two, and whether they are synergistic: what is to be predicted."""
    frame = study.to_frames()[0]
    two = frame[(frame["drug_b"] != "") & (frame.get("drug_c", "") == "")]
    return two[["drug_a", "drug_b"]].assign(label=(two[LABEL] > 0).astype(float).to_numpy())


def leaflet(study: Study, *, renamed: str = "olaparib") -> Study:
    """The labels of ``study`` as known interactions: drugs in the other order, and one of them as
    its hydrochloride under a name that no catalogue knows."""
    rows = labelled(study).rename(columns={"drug_a": "drug_b", "drug_b": "drug_a"})
    salt = study.smiles[study.drugs.id(renamed)] + ".Cl"
    rows = rows.replace({"drug_a": {renamed: "a-salt"}, "drug_b": {renamed: "a-salt"}})
    return Study.from_frames(
        rows, name="leaflet", labels={"interacts": ["label"]}, smiles={"a-salt": salt}
    )


@pytest.fixture(scope="module")
def study() -> Study:
    return tiny.study()


@pytest.fixture(scope="module")
def planted(study, tmp_path_factory):
    """A work whose interactions are the labels of its own rows."""
    out = tmp_path_factory.mktemp("planted") / "out"
    known = partial(leaflet, study)
    return prepare(tiny.settings(out, network=NETWORK, interactions=known), [study])


def joined(graph) -> set[frozenset]:
    """The pairs of names that an edge joins."""
    names = graph.drugs.names
    return {frozenset((names[a], names[b])) for a, b in graph.edges[DRUG_DRUG].T}


def pairs_of(study, rows) -> set[frozenset]:
    """All two names that stand together in one of these rows."""
    sets = [[study.drugs.names[d] for d in row if d >= 0] for row in study.combos.drugs[rows]]
    return {frozenset((a, b)) for row in sets for a in row for b in row if a < b}


def positive(study) -> set[frozenset]:
    rows = labelled(study)
    return {frozenset(p) for p in rows[rows["label"] > 0][["drug_a", "drug_b"]].to_numpy().tolist()}


@pytest.mark.parametrize("side", ["train", "search"])
def test_a_planted_leak_is_kept_out(planted, study, side):
    fold = planted.folds[0]
    rows = getattr(fold, side)
    held_out = pairs_of(study, np.setdiff1d(np.arange(len(study)), rows))
    leaked = joined(planted.world.graph)
    # Before the guard every label is an edge, held-out ones and those of the renamed drug too.
    assert leaked == positive(study) and leaked & held_out
    assert any("olaparib" in pair for pair in leaked & pairs_of(study, np.arange(len(study))))
    chosen = training_rows(rows, studies=[study], world=planted.world)
    fitted = fitted_on(chosen, studies=[study], world=planted.world, settings=planted.settings)
    assert joined(fitted.graph) == leaked - held_out != set()


def test_the_audit_finds_the_planted_leak_and_nothing_behind_the_guard(planted, study):
    world, fold = planted.world, planted.folds[0]

    def found(graph_of):
        findings = audit(
            study,
            [fold],
            identity=world.identity(study),
            unit="pair",
            catalog=world.catalog,
            graph=world.graph,
            graph_of=graph_of,
        )
        return next(f for f in findings if f.check == CHECK)

    leaked = joined(world.graph) & pairs_of(study, np.concatenate([fold.test, fold.validation]))
    bare = found(None)
    assert bare.failed and bare.found == 2 * len(leaked) > 0
    assert "of leaflet (fold0 test)" in bare.examples[0]
    assert found(lambda rows: world.training_graph({study.name: rows}, [study])).found == 0
    assert {f.check: f.found for f in audited(planted)}[CHECK] == 0


def test_the_table_of_interactions_decides_what_is_trained(planted, study):
    """Members of one table are not taken for those of another."""
    out = planted.settings.out
    fast = replace(tiny.FIT, max_epochs=1, search="none", calibrators=1)
    settings = tiny.settings(out, network=NETWORK, fit=fast, kernel=None)
    train(replace(settings, interactions=partial(leaflet, study)), [study])
    with pytest.raises(ConfigError, match=r"other settings \(interactions\)"):
        train(settings, [study])


@pytest.fixture(scope="module", params=["interactions", "targets"])
def trained(study, tmp_path_factory, request):
    """(settings, result) of a network that hears of targets, and of interactions of some pairs."""
    known = replace(leaflet(study), name="other_leaflet")
    settings = tiny.settings(
        tmp_path_factory.mktemp(request.param) / "out",
        network=NETWORK,
        fit=replace(tiny.FIT, max_epochs=2),
        interactions=(lambda: known) if request.param == "interactions" else None,
    )
    return settings, train(settings, [study])


def test_a_bundle_predicts_what_training_scored_whatever_else_is_asked(trained, study):
    settings, result = trained
    work = prepare(settings, [study])
    scored, rows = fold_tests(work, 0)[LABEL], work.folds[0].test
    asked = study.to_frames()[0].iloc[rows]
    bundle = load_bundle(result.bundles[0])
    graph = bundle.parts.fitted.graph
    if settings.interactions is not None:
        assert joined(graph) and not joined(graph) & pairs_of(study, rows)
    np.testing.assert_allclose(bundle.predict(asked)["mean"], scored.mean, atol=1e-4, rtol=1e-4)
    alone = bundle.predict(asked.iloc[[0]])["mean"]
    np.testing.assert_allclose(alone, scored.mean[:1], atol=1e-4, rtol=1e-4)


def test_a_drug_that_the_bundle_lacks_is_predicted(trained):
    rows = pd.DataFrame({"drug_a": ["CCCCCCCC"], "drug_b": ["cisplatin"], "profile": ["LINE000"]})
    found = load_bundle(trained[1].bundles[0]).predict(rows)
    assert np.isfinite(found["mean"]).all()


DRUGS = "drugbank_id,drug,canonical_smiles,inchikey14\n"
TYPES = """label,description
1,#Drug1 may increase the ototoxic activities of #Drug2.
2,The serum concentration of #Drug2 can be decreased when combined with #Drug1.
"""


@pytest.fixture
def drugbank(tmp_path):
    """Settings of three interactions, written by hand in the form of the source."""
    names = ("cisplatin", "olaparib", "erlotinib")
    root = tmp_path / "data" / "toxicity" / "drugbank_ddi"
    root.mkdir(parents=True)
    rows = [("DB0", "DB1", 1), ("DB2", "DB1", 2), ("DB2", "DB0", 1)]
    pd.DataFrame(rows, columns=["drug1", "drug2", "label"]).to_parquet(
        root / "interactions.parquet"
    )
    lines = "".join(f"DB{i},{name},,\n" for i, name in enumerate(names))
    (root / "drugs.csv").write_text(DRUGS + lines)
    (root / "interaction_types.csv").write_text(TYPES)
    return [
        "relation=interactions",
        f"relation.interactions.folder={tmp_path}/data",
        "relation.interactions.check_digests=false",
    ]


def test_the_configuration_trains(drugbank, tmp_path):
    small = ["data.synthetic.n_rows=150", "data.synthetic.n_profiles=4", "data.synthetic.n_genes=8"]
    short = ["trainer.max_epochs=1", "kernel=none", "folds=0", f"out={tmp_path}/out"]
    cfg = composed("train", ["experiment=demo", *small, *short, *drugbank])
    settings, studies = settings_of(cfg), studies_of(cfg)
    world = prepare(settings, studies).world
    there = {"cisplatin", "olaparib", "erlotinib"} & set(world.graph.drugs.names)
    assert len(there) >= 2 and set().union(*joined(world.graph)) == there
    result = train(settings, studies)
    bundle = load_bundle(result.bundles[0])
    assert "drug|interacts|drug" in bundle.card["dimensions"]["relations"]
    weights = bundle.parts.members[0].state_dict()
    assert any("interacts" in name and "drug" in name for name in weights)
    assert all(torch.isfinite(w).all() for w in weights.values())


def test_the_audit_of_the_command_line_looks_at_the_edges_of_training(
    command, drugbank, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "250")
    study = tiny.study()
    write_study(study, tmp_path / "study")
    words = ("inspect", "leakage", f"study={tmp_path}/study", *drugbank)
    said = command(*words)
    line = next(x for x in said.out.splitlines() if CHECK in x)
    assert (said.status, said.err) == (0, "") and line.split("│")[3].strip() == "0"
    # Where nothing takes them out, they are found.
    monkeypatch.setattr(DrugWorld, "training_graph", lambda world, rows, studies: world.graph)
    said = command(*words)
    assert said.status == 2 and f"{CHECK} (" in said.err
    assert "of drugbank_ddi (fold" in said.err


def test_relations_are_for_the_audit_alone(refused, tmp_path):
    said = refused("inspect", f"study={tmp_path}", "relation=interactions")
    assert "relation is for the audit alone" in said
