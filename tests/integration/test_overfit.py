"""Every head learns a small study by heart: what it cannot learn, it cannot predict."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from role_cases import cases

from combo_dl.core.follow_up import FollowUp
from combo_dl.infer.bundle import load_bundle
from combo_dl.nn.forecast import forecast
from combo_dl.nn.objective.endpoint_mean import EndpointMean
from combo_dl.stats.survival_scores import harrell_c
from combo_dl.train.member import ready
from combo_dl.train.run import prepare, train

QUIET = {"id_dropout": 0.0, "token_dropout": 0.0, "dropout": 0.0}
FIT = replace(
    tiny.FIT,
    max_epochs=70,
    lr=0.02,
    search="none",
    average_decay=0.0,
    weight_decay=0.0,
    checkpoint_epochs=1000,
)


def network(head: dict):
    """Wide enough for sixty rows, without noise."""
    given = tiny.NETWORK
    fusion = {"width": 32, "pair_width": 32, "state_dropout": 0.0, "pair_dropout": 0.0}
    return replace(
        given,
        model=given.model | QUIET | {"width": 32},
        profile=given.profile | {"component_dropout": 0.0, "id_dropout": 0.0},
        fusion=given.fusion | fusion,
        head={"student_t": head},
    )


# A head that reads doses has none here: test_viability has.
SCORE_HEADS = [
    c for c in cases("head", at_least=3) if "LocationScaleHead" in c.values[0]["_target_"]
]


@pytest.mark.parametrize("head", SCORE_HEADS)
def test_a_head_learns_a_small_study_by_heart(head, tmp_path):
    study = tiny.study(n_rows=60, noise=0.0)
    made = train(tiny.settings(tmp_path, fit=FIT, folds="none", network=network(head)), [study])
    found = load_bundle(made.bundles[0]).predict(study.to_frames()[0])["mean"].to_numpy()
    truth = study.combos.labels["synergy_loewe"][:, 0]
    pair = study.combos.size > 1
    assert np.mean((found - truth)[pair] ** 2) < 0.05 * truth[pair].var()


EVERY = np.arange(60)
# Labels that are 0 or 1, and grades, whatever the intervals that are made of them later.
RISK_HEADS = [c for c in cases("head", at_least=8) if "isk" in c.id or c.id == "ordinal"]


@pytest.mark.parametrize("head", RISK_HEADS)
def test_a_head_of_a_risk_learns_a_small_study_by_heart(head):
    study = tiny.study(n_rows=60, noise=0.0)
    score = study.combos.labels["synergy_loewe"]
    cuts = np.quantile(score, [0.4, 0.7, 0.9] if head.get("grades") else [0.6])
    label = (score[..., None] > cuts).sum(axis=-1).astype(np.float32)
    study = replace(study, combos=replace(study.combos, labels={"synergy_loewe": label}))
    endpoint = replace(tiny.LOEWE, kind="toxicity", unit="probability", direction="harm")
    spec = replace(network(head), endpoints={"synergy_loewe": endpoint})
    made = ready(prepare(tiny.settings(Path("nowhere"), network=spec), [study]), EVERY, seed=0)
    net, world, tensors = made.net, made.fitted.world(), made.tensors[study.name]
    batch, objective = tensors.batch(torch.from_numpy(EVERY)), EndpointMean()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(120):
        optimizer.zero_grad()
        objective(net, net(world, batch), batch).total.backward()
        optimizer.step()
    found = forecast(net, world, tensors, EVERY)["synergy_loewe"].mean
    assert np.mean((found - label) ** 2) < 0.05 * label.var()


SURVIVAL_HEADS = [c for c in cases("head", at_least=8) if "risks" in c.values[0]]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("head", SURVIVAL_HEADS)
def test_a_head_of_survival_learns_a_small_study_by_heart(head, late):
    study = tiny.study(n_rows=60, noise=0.0)
    score = study.combos.labels["synergy_loewe"][:, 0]
    days = 10.0 + 900.0 * np.argsort(np.argsort(score)) / 60
    columns = [days, EVERY % 5 > 0, days * 0.5 * (EVERY % 3 == 0)][: 3 if late else 2]
    label = np.stack(columns, axis=1).astype(np.float32)
    study = replace(study, combos=replace(study.combos, labels={"os": label}))
    endpoint = replace(
        tiny.LOEWE, name="os", kind="survival", columns=("os",), unit="days", threshold=None
    )
    spec = replace(network(head), endpoints={"os": endpoint})
    made = ready(prepare(tiny.settings(Path("nowhere"), network=spec), [study]), EVERY, seed=0)
    net, world, tensors = made.net, made.fitted.world(), made.tensors[study.name]
    batch, objective = tensors.batch(torch.from_numpy(EVERY)), EndpointMean()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(120):
        optimizer.zero_grad()
        objective(net, net(world, batch), batch).total.backward()
        optimizer.step()
    found = forecast(net, world, tensors, EVERY)["os"].mean
    curves = net.heads["os"].survival_curves(found)
    seen = FollowUp.of_label(label)
    last = float(curves.times_days[-1])
    assert harrell_c(seen, -curves.restricted_mean_days(last)) > 0.95
