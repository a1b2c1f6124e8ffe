"""The examples of CONTRIBUTING.md are run: each is put where it says, chosen by name, and used."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from hydra.utils import instantiate
from markdown import blocks
from source_tree import ROOT

from combo_dl.cli.compose import composed
from combo_dl.cli.train import network_of, studies_of
from combo_dl.nn.forecast import forecast

FILES = {b.file: b.text for b in blocks(ROOT / "CONTRIBUTING.md") if b.file}
PARTS = (
    "molecule=[atom_sum]",
    "fusion=product",
    "head=[laplace] endpoint.synergy_loewe.head=laplace",
)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The files in a folder; packages and configuration look there too."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    modules = [Path(n).with_suffix("").as_posix().replace("/", ".") for n in FILES if ".py" in n]
    for module in modules:
        package = importlib.import_module(module.rpartition(".")[0])
        folder = tmp_path / package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield tmp_path
    for module in modules:
        sys.modules.pop(module, None)


def settings(folder: Path, *overrides: str):
    where = f"hydra.searchpath=[{folder / 'configs'}]"
    return composed("train", [where, *overrides])


def test_every_file_has_its_partner():
    kinds = [Path(name).suffix for name in FILES]
    assert kinds.count(".py") == 5 and kinds.count(".yaml") == 6


@pytest.mark.parametrize("choice", PARTS)
def test_a_part_of_the_network_predicts(choice, written):
    cfg = settings(written, *choice.split(), "model.width=8", "fusion.width=8")
    work, made = tiny.untrained(network_of(cfg))
    study = work.studies[0]
    found = forecast(
        made.net, made.fitted.world(), made.tensors[study.name], np.arange(len(study))
    )["synergy_loewe"]
    assert np.isfinite(found.mean).all() and (found.deviation >= 0).all()
    assert np.ptp(found.mean) > 0
    assert np.all(found.mean[study.combos.size == 1] == 0)


def test_the_head_keeps_its_laws(written):
    cfg = settings(written, *PARTS[2].split())
    head = tiny.untrained(network_of(cfg))[1].net.heads["synergy_loewe"]
    z = torch.randn(5, head.location.in_features, requires_grad=True)
    label = torch.full((5, 1), float("nan"))
    loss = head.nll(head(z, torch.ones(5)), label, torch.zeros(5, 1, dtype=torch.bool))
    loss.sum().backward()
    assert (loss == 0).all() and (z.grad == 0).all()
    assert head.quantile(0.9) == pytest.approx(-head.quantile(0.1))


def test_the_split_leaves_a_tissue_out(written, tiny_study, tiny_identity):
    split = instantiate(settings(written, "split=tissue").split)
    folds = split.folds(tiny_study, tiny_identity)
    assert sum(len(f.test) for f in folds) == len(tiny_study)
    assert all(p.shared == 0 for f in folds for p in f.proofs)


def test_the_dataset_loads(written):
    (written / "my_screen.csv").write_text(
        "drug_a,drug_b,profile,loewe\nTaxol,olaparib,HT29,3.5\nolaparib,gefitinib,A375,\n"
    )
    cfg = settings(written, "data=[my_screen]", f"paths.data={written}")
    study = studies_of(cfg)[0]
    assert study.drugs.names.count("paclitaxel") == 1 and len(study.profiles) == 2


def test_the_endpoint_is_read(written):
    endpoint = network_of(settings(written, "endpoint=[viability]")).endpoints["viability"]
    assert endpoint.bounds == (0.0, None) and endpoint.direction == "harm"
