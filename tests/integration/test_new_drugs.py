"""Side effects of drugs that training never saw, from what they do alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tiny
import tiny_risk

from combo_dl.core.errors import ConfigError
from combo_dl.core.single_effects import TABLE
from combo_dl.data.splits import DrugFolds
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.member import TEST, read_forecast
from combo_dl.train.run import prepare, train

HEAD = {
    "_target_": "combo_dl.nn.head.drug_risk.DrugRiskHead",
    "hidden_share": 0.4,
    "prior_rows": 3.0,
    "step": 5.0,
}
EFFECTS = replace(tiny_risk.MANY, head="drugs")


def study_of(**changes):
    """``tiny_risk.study`` with twelve side effects of its drugs alone."""
    made = tiny_risk.study(**changes)
    has = np.random.default_rng(2).random((len(made.drugs), 12)) < 0.4
    drug, code = np.nonzero(has)
    names = np.array(made.drugs.names, dtype=object)
    table = pa.table({"drug": names[drug], "code": [f"C{c}" for c in code]})
    return replace(made, tables=made.tables | {TABLE: table})


def settings(out, **changes):
    network = replace(
        tiny.NETWORK,
        model=tiny.NETWORK.model | {"ids": False, "targets": False, "classes": False},
        molecule={},
        head={"drugs": HEAD},
        endpoints={"effects": EFFECTS},
        response={"components": 0, "effects": 4, "dropout": 0.2},
    )
    fit = replace(tiny.FIT, max_epochs=3)
    split = DrugFolds(n_folds=3, seed=0, given=False)
    options = {"network": network, "fit": fit, "split": split, "seeds": 1, "kernel": None}
    return tiny.settings(out, folds="0", **(options | changes))


def held_out(out, study):
    """(work, forecast of the test rows, bundle) of a fold of drugs."""
    done = train(settings(out), [study])
    work = prepare(settings(out), [study])
    return work, read_forecast(work.folder(0, 0) / TEST)["effects"], load_bundle(done.bundles[0])


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    study = study_of()
    return study, *held_out(tmp_path_factory.mktemp("new") / "out", study)


def test_labels_of_held_out_rows_change_nothing(found, tmp_path):
    study, work, forecast, _ = found
    effects = study.combos.labels["effects"].copy()
    test = work.folds[0].test
    effects[test] = 1.0 - effects[test]
    labels = study.combos.labels | {"effects": effects}
    changed = replace(study, combos=replace(study.combos, labels=labels))
    assert np.array_equal(held_out(tmp_path / "out", changed)[1].mean, forecast.mean)


def test_what_a_new_drug_does_alone_changes_its_own_rows_and_no_others(found, tmp_path):
    study, work, forecast, _ = found
    test = work.folds[0].test
    drugs = study.combos.drugs[test]
    trained = np.unique(study.combos.drugs[work.folds[0].train])
    new = np.setdiff1d(drugs, trained)[0]
    table = study.tables[TABLE].to_pandas()
    kept = table[table["drug"] != study.drugs.names[new]]
    tables = study.tables | {TABLE: pa.Table.from_pandas(kept, preserve_index=False)}
    other = held_out(tmp_path / "out", replace(study, tables=tables))[1]
    changed = (other.mean != forecast.mean).any(axis=1)
    own = (drugs == new).any(axis=1)
    assert changed[own].all() and not changed[~own].any()


def test_the_bundle_says_the_same_in_any_order_of_drugs(found):
    study, work, _, bundle = found
    rows = [r for r in work.folds[0].test if study.combos.size[r] == 2][:6]
    names = np.array(study.drugs.names, dtype=object)[study.combos.drugs[rows]]
    lines = np.array(study.profiles.ids.names, dtype=object)[study.combos.profile[rows]]
    made = []
    for pair in (names[:, :2], names[:, 1::-1]):
        table = pd.DataFrame({"drug_a": pair[:, 0], "drug_b": pair[:, 1], "profile": lines})
        told = bundle.predict(table)
        made.append(told["mean"].to_numpy())
    assert np.allclose(made[0], made[1], atol=1e-6)


def test_a_study_without_them_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match="single_effects"):
        train(settings(tmp_path / "out"), [tiny_risk.study()])
    assert not (tmp_path / "out").exists()
