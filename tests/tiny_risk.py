"""A tiny study of risks: one toxicity that doses and drugs cause, and many effects of single drugs,
beside the synergy of ``tiny.study``."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import tiny
from scipy.special import expit

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.study import Study
from combo_dl.train.settings import TrainSettings

EFFECTS = 6
TOXIC = Endpoint(
    name="toxicity",
    kind="toxicity",
    columns=("toxic",),
    unit="probability",
    direction="harm",
    head="risk",
    bounds=(0.0, 1.0),
)
SINGLE = tuple(f"effect{i}" for i in range(EFFECTS))
# The same effects as one wide label, and as so many labels of one column.
MANY = replace(TOXIC, name="effects", columns=("effects",))
SEVERAL = replace(TOXIC, name="several", columns=SINGLE)
RISK = {"_target_": "combo_dl.nn.head.risk.RiskHead", "rank": 0, "hidden": 0, "dropout": 0.0}


def study(*, n_rows: int = 400, strength: float = 3.0, arms: int = 60) -> Study:
    """``tiny.study`` with 0/1 labels ``toxic`` [N, 1], by drugs and the rank of the dose, and
    ``effects`` [N, EFFECTS], by drugs alone, also column by column (SINGLE). Some labels are not
    known, the last effect never happens."""
    made = tiny.study(n_rows=n_rows, three_drug_share=0.0)
    rng = np.random.default_rng(0)
    n, drugs, present = len(made), made.combos.drugs, made.combos.present
    cause = rng.normal(size=(len(made.drugs), EFFECTS))
    logit = strength * np.where(present[..., None], cause[drugs], 0.0).sum(axis=1) - 0.5
    rank = rng.random(n)
    toxic = rng.random(n) < expit(logit[:, 0] / 2 + strength * (rank - 0.5))
    effects = (rng.random((n, EFFECTS)) < expit(logit)).astype(np.float32)
    effects[:, -1] = 0.0
    effects[rng.random((n, EFFECTS)) < 0.05] = np.nan
    label = np.where(rng.random(n) < 0.05, np.nan, toxic).astype(np.float32)[:, None]
    rank[rng.random(n) < 0.1] = np.nan
    labels = made.combos.labels | {"toxic": label, "effects": effects}
    labels |= {name: effects[:, [i]] for i, name in enumerate(SINGLE)}
    return replace(
        made,
        combos=replace(made.combos, labels=labels),
        columns=made.columns | {"dose_rank": rank, "arm": rng.integers(0, arms, n)},
    ).validate()


def settings(out: Path, *endpoints: Endpoint, **changes: object) -> TrainSettings:
    """``tiny.settings`` of these endpoints."""
    named = {e.name: e for e in endpoints}
    network = replace(tiny.NETWORK, head=tiny.NETWORK.head | {"risk": RISK}, endpoints=named)
    return tiny.settings(out, network=network, **changes)
