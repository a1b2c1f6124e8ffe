"""One member fitted by two processes that share each batch (gloo on CPU)."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from safetensors.torch import load_file

from combo_dl.core.errors import ConfigError
from combo_dl.train.run import train

QUIET = {"id_dropout": 0.0, "token_dropout": 0.0, "dropout": 0.0}
# Without dropout nothing is drawn in a step, so that the mean of two halves is the whole.
NETWORK = replace(
    tiny.NETWORK,
    model=tiny.NETWORK.model | QUIET,
    profile=tiny.NETWORK.profile | {"component_dropout": 0.0, "id_dropout": 0.0},
    fusion=tiny.NETWORK.fusion | {"state_dropout": 0.0, "pair_dropout": 0.0},
)
DDP = {"devices": 2, "strategy": "ddp_fork_find_unused_parameters_true"}


def weights(out, **changes):
    fit = replace(tiny.FIT, clip=0.0, **changes)
    train(tiny.settings(out, fit=fit, network=NETWORK), [tiny.study()])
    return load_file(out / "bundle" / "weights.safetensors")


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default")
def test_two_processes_find_the_weights_of_one(tmp_path):
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two", **DDP)
    assert one.keys() == two.keys()
    for name, weight in one.items():
        np.testing.assert_allclose(two[name].numpy(), weight.numpy(), atol=2e-3, err_msg=name)
    left = [p.name for p in (tmp_path / "two").rglob(".search*")]
    assert left == []


def test_what_two_processes_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="expected a strategy that starts with ddp_fork"):
        replace(tiny.FIT, devices=2).validate()
    with pytest.raises(ConfigError, match="not both"):
        replace(tiny.FIT, workers=2, **DDP).validate()
