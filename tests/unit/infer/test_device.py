"""Where networks compute: a device that is not there is refused, and bfloat16 moves few digits."""

import numpy as np
import pandas as pd
import pytest
import torch

from combo_dl.core.errors import ConfigError
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.device import check_device, placed
from combo_dl.screen.run import ScreenRequest, prepared
from combo_dl.screen.settings import EngineSettings, RankSettings

no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
with_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is there")
DRUGS = ["olaparib", "cisplatin", "lapatinib", "erlotinib"]


@pytest.mark.parametrize(
    ("device", "precision", "said"),
    [
        ("tpu", "float32", "device is 'tpu'; expected cpu or cuda"),
        ("cpu", "fp16", "precision is 'fp16'; expected float32 or bf16"),
    ],
)
def test_an_unknown_name_is_refused(device, precision, said):
    with pytest.raises(ConfigError, match=said):
        check_device(device, precision)


@no_cuda
def test_a_device_that_is_not_there_is_refused_before_anything_is_read(frozen, tmp_path):
    for folder in (frozen, tmp_path / "none"):
        with pytest.raises(ConfigError, match="device=cuda, but no CUDA device is there"):
            load_bundle(folder, device="cuda")


@no_cuda
def test_workers_of_spark_score_on_processors(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(ConfigError, match="device=cuda with engine=spark"):
        EngineSettings(engine="spark", device="cuda").validate()


@pytest.mark.parametrize("size", [2, 3])
def test_bfloat16_moves_a_score_by_a_small_part_of_their_spread(frozen, size):
    """It keeps 8 bits of a fraction: a hundredth of a product, less of a sum."""
    found = {}
    for precision in ("float32", "bf16"):
        request = ScreenRequest(
            rank=RankSettings(maximise="synergy_loewe", top=3),
            sizes=range(size, size + 1),
            drugs=DRUGS,
            precision=precision,
        )
        screen = prepared(load_bundle(frozen), request)
        values = screen.ranker.screened.values["synergy_loewe"]
        found[precision] = np.concatenate([values.of(b).mean for b in screen.plan.blocks()], axis=1)
    moved = np.abs(found["bf16"] - found["float32"]).max()
    assert 0 < moved < 0.05 * found["float32"].std()


def test_networks_on_the_processor_are_those_of_the_bundle(frozen):
    members = load_bundle(frozen).parts.members
    assert placed(members, "cpu") is members


@with_cuda
def test_a_gpu_predicts_what_the_processor_predicts(frozen):
    rows = pd.DataFrame({"drug_a": ["olaparib"], "drug_b": ["cisplatin"], "profile": ["LINE000"]})
    here, there = (load_bundle(frozen, device=d).predict(rows) for d in ("cpu", "cuda"))
    np.testing.assert_allclose(there["mean"], here["mean"], rtol=1e-4, atol=1e-4)
