"""The frozen bundle of the regression tests: two networks, two endpoints, four cell lines."""

from pathlib import Path

import pytest

from combo_dl.infer.bundle import Bundle, load_bundle

FROZEN = Path(__file__).parents[2] / "regression" / "bundle_format1"


@pytest.fixture
def frozen() -> Path:
    """Its folder."""
    return FROZEN


@pytest.fixture
def bundle(frozen) -> Bundle:
    """Read anew for each test, so that a test may change its weights."""
    return load_bundle(frozen)
