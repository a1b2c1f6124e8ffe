"""A bundle written by the first version is read by this one, and says the same."""

from pathlib import Path

import pandas as pd
import pytest

from combo_dl.core.bundle_format import FORMAT
from combo_dl.infer.bundle import load_bundle

FROZEN = Path(__file__).parent / "bundle_format1"
ROWS = pd.DataFrame(
    {
        "drug_a": ["olaparib", "Keytruda", "cisplatin"],
        "drug_b": ["gefitinib", "lenvatinib", "CC(=O)Oc1ccccc1C(=O)O"],
        "drug_c": ["", "trametinib", ""],
        "profile": ["LINE000", "LINE001", "LINE003"],
    }
)
# mean, low, high of each row, in points.
BLISS = [(-0.9470, -13.8758, 11.9817), (-9.6229, -24.5687, 5.3229), (4.2421, -9.4274, 17.9116)]
LOEWE = [(-1.8275, -28.5568, 24.9018), (-17.9933, -50.6660, 14.6795), (8.7744, -19.3694, 36.9182)]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_bundle(FROZEN).predict(ROWS)


@pytest.mark.parametrize(
    ("endpoint", "expected"), [("synergy_bliss", BLISS), ("synergy_loewe", LOEWE)]
)
def test_predictions_are_those_of_the_day_it_was_written(table, endpoint, expected):
    found = table[table.endpoint == endpoint][["mean", "low", "high"]].to_numpy()
    assert found == pytest.approx(pd.DataFrame(expected).to_numpy(), abs=1e-3)


def test_its_format_is_written_in_it():
    assert load_bundle(FROZEN).card["format"] == 1 <= FORMAT


def test_it_is_small():
    assert sum(p.stat().st_size for p in FROZEN.iterdir()) < 300_000
