"""Synergy scores of the O'Neil wells against the published columns: run with COMBO_DL_DATA set."""

import os

import numpy as np
import pytest

from combo_dl.datasets import oneil
from combo_dl.datasets.oneil_wells import oneil_wells
from combo_dl.datasets.synergy import loewe_volume, synergy_scores
from combo_dl.stats.regression import pearson

pytestmark = pytest.mark.real
LEAST = {"synergy_bliss": 0.95, "synergy_hsa": 0.95, "synergy_loewe": 0.8, "synergy_zip": 0.85}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMBO_DL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield oneil.load(
            folder=os.environ.get("COMBO_DL_DATA"),
            replicates="mean",
            expression=False,
            mutation_min_lines=0,
            monotherapy=False,
            wells=True,
            check_digests=True,
        )


def test_scores_agree_with_the_published_ones(study):
    wells = oneil_wells(study)
    assert (len(wells), len(wells.curve_a), len(wells.singles)) == (368832, 22737, 38 * 39)
    found = synergy_scores(wells)
    assert all(np.isfinite(score).all() for score in found.values())
    r = {n: pearson(score, study.combos.labels[n][:, 0]) for n, score in found.items()}
    assert all(r[name] > least for name, least in LEAST.items()), r


def test_the_volume_has_the_scale_of_the_published_loewe(study):
    volume, published = loewe_volume(oneil_wells(study)), study.combos.labels["synergy_loewe"]
    assert pearson(volume, published[:, 0]) > 0.86
    assert volume.std() == pytest.approx(published.std(), rel=0.05)
