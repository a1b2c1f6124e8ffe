"""Leave-study-out: another study's order, its own scale, and only profiles known by name."""

from dataclasses import replace

import pytest
import tiny

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import read_json
from combo_dl.core.vocab import Vocab
from combo_dl.evaluate.transfer import BASELINES, NEW_ROWS, TransferSettings, transfer
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.run import train


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    settings = tiny.settings(tmp_path_factory.mktemp("transfer") / "run", folds="none")
    return load_bundle(train(settings, [tiny.study(n_rows=300)]).bundles[0])


@pytest.fixture(scope="module")
def other():
    return tiny.study(seed=2, n_rows=400)


def asked(out, **changes):
    made = TransferSettings(
        column="synergy_loewe", against="synergy_loewe", threshold=10.0, out=out
    )
    return replace(made, **changes)


def test_every_group_stands_beside_its_baselines(bundle, other, tmp_path):
    table = transfer(asked(tmp_path), bundle, other)
    assert {row["model"] for row in table} == {"model", *BASELINES}
    groups = {row["group"] for row in table}
    assert NEW_ROWS in groups and all(row["rows"] >= 30 for row in table)
    assert read_json(tmp_path / "transfer.json")["rows"] == len(other)
    assert NEW_ROWS in (tmp_path / "transfer.md").read_text()


def test_only_the_order_of_the_other_study_counts(bundle, other, tmp_path):
    labels = {"synergy_loewe": 5 * other.combos.labels["synergy_loewe"] - 100}
    scaled = replace(other, combos=replace(other.combos, labels=labels))
    one, two = (transfer(asked(tmp_path, threshold=None), bundle, s) for s in (other, scaled))
    for left, right in zip(one, two, strict=True):
        assert left["spearman"] == pytest.approx(right["spearman"], abs=1e-6)


def test_profiles_are_told_by_their_normalised_names(bundle, other, tmp_path):
    names = [n.lower().replace("line", "line-") for n in other.profiles.ids.names]
    ids = Vocab(kind="profile", names=tuple(names))
    renamed = replace(other, profiles=replace(other.profiles, ids=ids))
    one, two = (transfer(asked(tmp_path), bundle, s) for s in (other, renamed))
    assert [r["pearson"] for r in one] == [r["pearson"] for r in two]


def test_what_cannot_be_compared_is_refused(bundle, other, tmp_path):
    with pytest.raises(ConfigError, match="predicts no 'synergy_zip'"):
        transfer(asked(tmp_path, against="synergy_zip"), bundle, other)
    with pytest.raises(ConfigError, match="has no label 'synergy_zip'"):
        transfer(asked(tmp_path, column="synergy_zip"), bundle, other)
    ids = Vocab(kind="profile", names=tuple(f"X{i}" for i in range(len(other.profiles))))
    strange = replace(other, profiles=replace(other.profiles, ids=ids))
    with pytest.raises(InputError, match="none of the profiles"):
        transfer(asked(tmp_path), bundle, strange)
