"""Every experiment composes and builds its network; those on the embedded study run an epoch."""

import pytest
import torch

from combo_dl.cli.compose import composed
from combo_dl.cli.config_path import config_folder
from combo_dl.cli.train import network_of, settings_of, studies_of
from combo_dl.core.label_names import FOLLOW_UP
from combo_dl.infer.bundle import load_bundle
from combo_dl.nn.build import build_network
from combo_dl.nn.dimensions import Dimensions, ProfileDimensions
from combo_dl.train.run import train

NAMES = sorted(p.stem for p in (config_folder() / "experiment").glob("*.yaml"))
EMBEDDED = [n for n in NAMES if set(composed("train", [f"experiment={n}"]).data) == {"synthetic"}]
# Few rows and few epochs; the experiment keeps all else.
SHORT = ["data.synthetic.n_rows=150", "data.synthetic.n_profiles=4", "data.synthetic.n_genes=8"]
ONE_EPOCH = ["trainer.max_epochs=1", "seeds=1", "folds=0"]


def test_no_experiment_is_left_out():
    assert len(NAMES) >= 3 and "demo" in EMBEDDED


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_builds_its_network(name, tmp_path):
    cfg = composed("train", [f"experiment={name}", f"out={tmp_path}"])
    settings = settings_of(cfg)
    profile = ProfileDimensions(components=5, levels=(3,), known=4)
    dims = Dimensions(
        fingerprint=20,
        target=10,
        classes=3,
        known_drugs=6,
        graph_targets=10,
        relations=("drug|binds|target",),
        profiles=dict.fromkeys(cfg.data, profile),
        columns={n: FOLLOW_UP[:2] for n, e in settings.endpoints.items() if e.is_survival},
    )
    net = build_network(network_of(cfg), dims)
    assert set(net.heads) == set(settings.endpoints) and set(net.profiles) == set(cfg.data)
    assert all(torch.isfinite(p).all() for p in net.parameters())


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_experiment_on_the_embedded_study_runs(name, tmp_path):
    cfg = composed("train", [f"experiment={name}", f"out={tmp_path}", *SHORT, *ONE_EPOCH])
    result = train(settings_of(cfg), studies := studies_of(cfg))
    found = load_bundle(result.bundles[0]).predict(studies[0].to_frames()[0].head(5))
    assert len(found) == 5 * len(result.scores) and found["mean"].notna().all()
