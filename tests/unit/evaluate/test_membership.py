"""The attack on membership: blind where nothing was learned by heart, and not where it was."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from combo_dl.core.errors import ConfigError
from combo_dl.evaluate.membership import _auc, membership
from combo_dl.train.run import prepare, train

STUDY = {"n_rows": 200, "noise": 20.0, "pair_share": 0.3}


def attacked(out, *, epochs: int, lr: float):
    fit = replace(tiny.FIT, search="none", max_epochs=epochs, lr=lr, weight_decay=0.0)
    still = dict.fromkeys(("dropout", "token_dropout", "id_dropout"), 0.0)
    fusion = tiny.NETWORK.fusion | {"state_dropout": 0.0, "pair_dropout": 0.0, "width": 32}
    network = replace(tiny.NETWORK, model=tiny.NETWORK.model | still, fusion=fusion)
    settings = tiny.settings(out, fit=fit, folds="0", kernel=None, network=network)
    study = tiny.study(**STUDY)
    train(settings, [study])
    return {row["endpoint"]: row for row in membership(prepare(settings, [study]))}


def test_a_network_that_learned_noise_by_heart_tells_who_was_there(tmp_path):
    # Noise is twenty times the signal: what is fitted can only be remembered.
    row = attacked(tmp_path / "heart", epochs=50, lr=0.01)["all endpoints"]
    assert row["auc"] > 0.6 and row["low"] > 0.5
    assert row["members"] + row["others"] > 100


def test_a_network_that_learned_nothing_tells_nothing(tmp_path):
    row = attacked(tmp_path / "nothing", epochs=1, lr=1e-6)["synergy_loewe"]
    assert row["low"] < 0.5 < row["high"]


def test_the_attack_is_the_order_of_losses():
    assert _auc(np.array([0.1, 0.2]), np.array([0.3, 0.4])) == 1.0
    assert _auc(np.array([0.3]), np.array([0.3])) == 0.5


def test_without_anyone_held_out_there_is_nobody_to_tell_apart(tmp_path):
    fit = replace(tiny.FIT, search="none", max_epochs=1)
    settings = tiny.settings(tmp_path / "all", fit=fit, folds="none", kernel=None)
    study = tiny.study(**STUDY)
    train(settings, [study])
    with pytest.raises(ConfigError, match="everyone is a member"):
        membership(prepare(settings, [study]))
