"""Follow-up of patients is trained on, and a bundle holds the bins."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from role_cases import cases

from combo_dl.core.errors import InputError
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.run import train

HEAD = next(c.values[0] for c in cases("head", at_least=8) if c.id == "hazard")
OS = replace(tiny.OS, horizon_days=365.0)


@pytest.fixture(scope="module")
def study():
    """Patients who live the longer the higher the score of their drugs is; some come in late."""
    made = tiny.study()
    rng = np.random.default_rng(0)
    score = made.combos.labels["synergy_loewe"][:, 0]
    days = rng.exponential(300 * np.exp(score / score.std()))
    last = rng.uniform(100, 2000, len(days))
    time = np.minimum(days, last) + 1
    label = np.stack([time, days <= last, time * rng.random(len(time)) * 0.3], axis=1)
    labels = {"os": label.astype(np.float32)}
    return replace(made, combos=replace(made.combos, labels=labels)).validate()


def test_a_training_of_survival_ends_in_a_bundle_with_its_bins(study, tmp_path):
    network = replace(tiny.NETWORK, head={"hazard": HEAD}, endpoints={"os": OS})
    made = train(tiny.settings(tmp_path, network=network), [study])
    assert 0.3 < made.objectives["val_error_os"] < 1.5
    bundle = load_bundle(made.bundles[0])
    heads = [net.heads["os"] for net in bundle.parts.members]
    assert heads and all(len(h.times_days) == h.width_forecast == HEAD["bins"] for h in heads)
    for head in heads:
        curves = head.survival_curves(head.rate[None].numpy())
        assert curves.times_days[-1] > 300 and 0 < curves.survival[0, -1] < 0.9


def test_a_horizon_after_the_last_event_is_refused_before_anything_is_trained(study, tmp_path):
    late = {"os": replace(OS, horizon_days=9000.0)}
    network = replace(tiny.NETWORK, head={"hazard": HEAD}, endpoints=late)
    with pytest.raises(InputError, match=r"to day 9000 .*the last event of the studies is on day"):
        train(tiny.settings(tmp_path, network=network), [study])
    assert not (tmp_path / "run.json").exists()
