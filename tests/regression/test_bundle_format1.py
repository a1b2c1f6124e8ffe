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
BLISS = [(-0.9470, -13.7064, 11.8123), (-9.6229, -24.2412, 4.9955), (4.2421, -9.3200, 17.8043)]
LOEWE = [(-1.8275, -28.1081, 24.4532), (-17.9933, -49.3870, 13.4005), (8.7744, -19.0859, 36.6346)]


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
