"""A study, settings and a network small enough to be made in every test, without defaults."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.study import Study
from combo_dl.data.splits import UnitFolds
from combo_dl.datasets import synthetic
from combo_dl.kernels.average import KernelSettings
from combo_dl.nn.build import NetworkSpec
from combo_dl.train.member import Ready, ready
from combo_dl.train.run import prepare
from combo_dl.train.settings import FitSettings, TrainSettings
from combo_dl.train.work import Work

DESIGN = {
    "seed": 1,
    "n_rows": 120,
    "n_profiles": 4,
    "n_genes": 6,
    "pair_share": 0.3,
    "noise": 2.0,
    "replicate_share": 0.1,
    "three_drug_share": 0.1,
    "single_drug_share": 0.1,
}
LOEWE = Endpoint(
    name="synergy_loewe",
    kind="synergy",
    columns=("synergy_loewe",),
    unit="points",
    direction="good",
    head="student_t",
    threshold=10.0,
)
OS = replace(
    LOEWE,
    name="os",
    kind="survival",
    columns=("os",),
    unit="days",
    head="hazard",
    threshold=None,
    horizon_days=400.0,
)
STUDENT_T = {
    "_target_": "combo_dl.nn.head.location_scale.LocationScaleHead",
    "degrees": 4.0,
    "mean_weight": 0.0,
    "hidden": 0,
    "dropout": 0.0,
}
NETWORK = NetworkSpec(
    model={
        "width": 8,
        "ids": True,
        "targets": True,
        "classes": True,
        "id_dropout": 0.2,
        "token_dropout": 0.1,
        "dropout": 0.1,
    },
    molecule={
        "gine": {"_target_": "combo_dl.nn.molecule.gine.GineEncoder", "hidden": 8, "layers": 2},
        "fingerprint": {"_target_": "combo_dl.nn.molecule.fingerprint.FingerprintEncoder"},
    },
    relation={"_target_": "combo_dl.nn.relation.no_relation.NoRelation"},
    profile={
        "_target_": "combo_dl.nn.profile.masked_mlp.MaskedProfileEncoder",
        "dropout": 0.0,
        "component_dropout": 0.1,
        "ids": True,
        "id_dropout": 0.2,
    },
    fusion={
        "_target_": "combo_dl.nn.fusion.pairwise.PairwiseFusion",
        "width": 8,
        "pair_width": 8,
        "state_layers": 2,
        "pair_layers": 2,
        "state_dropout": 0.1,
        "pair_dropout": 0.1,
    },
    head={"student_t": STUDENT_T},
    endpoints={"synergy_loewe": LOEWE},
)
FIT = FitSettings(
    max_epochs=4,
    patience=10,
    batch_size=32,
    lr=0.01,
    weight_decay=0.01,
    warm_up_epochs=1.0,
    average_decay=0.9,
    clip=5.0,
    search="first",
    refit=True,
    checkpoint_epochs=2,
    workers=1,
    calibrators=2,
    accelerator="cpu",
    devices=1,
    precision="32-true",
    strategy="auto",
)
KERNEL = KernelSettings(drawn=3, kept=2, seed=0)


def study(**changes: object) -> Study:
    """A synthetic study."""
    return synthetic.load(**(DESIGN | changes))  # type: ignore[arg-type]


def settings(out: Path, *, fit: FitSettings = FIT, **changes: object) -> TrainSettings:
    """Settings of a training of seconds; ``changes`` are fields of TrainSettings."""
    made = TrainSettings(
        out=out,
        folds="0",
        seeds=1,
        seed=0,
        split=UnitFolds(unit="pair", n_folds=4, seed=0),
        network=NETWORK,
        objective={"_target_": "combo_dl.nn.objective.endpoint_mean.EndpointMean"},
        fit=fit,
        max_fields=4,
        kernel=KERNEL,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def untrained(
    network: NetworkSpec = NETWORK, *, rows: int = 60, seed: int = 0
) -> tuple[Work, Ready]:
    """A network, not fitted, that knows the drugs, pairs and profiles of the first ``rows``."""
    work = prepare(settings(Path("nowhere"), network=network), [study()])
    made = ready(work, np.arange(rows), seed=seed)
    made.net.eval()
    return work, made
