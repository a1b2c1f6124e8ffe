"""Outcomes under calibrated laws: mixing, widths by group, abstention, and what was never held
out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.predictions import PAIR_SUPPORT
from combo_dl.data.calibration import Calibration
from combo_dl.infer.bundle import Bundle

COLUMN = "synergy_loewe"
LEVELS = np.array([0.5, 0.7, 0.9, 1.3, 1.7, 2.0, 2.6])
KNOWN = pd.DataFrame({"drugs": ["olaparib + cisplatin", "sorafenib"], "profile": "LINE000"})
STRANGE = pd.DataFrame({"drugs": ["OCCN1CCOCC1 + cisplatin"], "profile": ["LINE000"]})


def law(*, groups=("",), share=1.0, factor=1.0, abstain=float("inf")) -> Calibration:
    return Calibration(
        share=dict.fromkeys(groups, share),
        multiplier={g: tuple(factor * LEVELS) for g in groups},
        abstain=abstain,
    )


@pytest.fixture
def under(bundle):
    """``under(law)``: what the frozen networks say under a law of the Loewe score."""

    def predict(found: Calibration | None, rows=KNOWN, **told) -> pd.DataFrame:
        laws = {} if found is None else {COLUMN: found}
        table = Bundle(parts=replace(bundle.parts, laws=laws)).predict(rows, **told)
        return table[table["endpoint"] == COLUMN].reset_index(drop=True)

    return predict


def half(table: pd.DataFrame) -> np.ndarray:
    return ((table["high"] - table["low"]) / 2).to_numpy()


def test_an_interval_is_the_multiplier_of_its_level(under):
    wide, narrow = (half(under(law(), level=v))[0] for v in (0.95, 0.5))
    assert wide / narrow == pytest.approx(2.0 / 0.5, rel=1e-4)
    twice = half(under(law(factor=2.0), level=0.5))[0]
    assert twice == pytest.approx(2 * narrow, rel=1e-4)


def test_a_group_has_its_own_multiplier(under):
    group = under(law())["support"][0]
    easy = Calibration(
        share={"": 1.0},
        multiplier={"": tuple(LEVELS), group: tuple(LEVELS / 2)},
    )
    assert half(under(easy))[0] == pytest.approx(half(under(law()))[0] / 2, rel=1e-4)


def test_without_a_law_the_head_tells_the_width(bundle, under):
    quantile = bundle.parts.members[0].heads[COLUMN].quantile(0.9)
    ratio = half(under(None))[0] / half(under(law()))[0]
    assert ratio == pytest.approx(quantile / 1.3, rel=1e-4)
    assert not under(None)["abstain"].any()


def test_without_a_law_drugs_that_training_never_saw_abstain(under):
    nothing = pd.DataFrame({"drugs": ["OCCN1CCOCC1 + CCCCOCCO"], "profile": ["LINE000"]})
    found = under(None, nothing)
    assert found["support"][0] == "both unseen" and found["abstain"].all()


def test_what_was_never_held_out_is_at_least_as_wide_as_all_labels(bundle, under):
    tight = law(groups=("", PAIR_SUPPORT[2]), factor=0.01)
    size = float(bundle.parts.members[0].heads[COLUMN].size[0])
    found = under(tight, STRANGE)
    assert found["support"][0] == "one drug unseen"
    assert half(found)[0] == pytest.approx(size * 0.013, rel=1e-3)
    # Held out like this, and calibrated: as wide as the law says.
    covered = law(groups=("", PAIR_SUPPORT[3]), factor=0.01)
    assert half(under(covered, STRANGE))[0] < half(found)[0]


def test_a_wide_interval_abstains_at_every_level(under):
    at_80 = half(under(law()))[0]
    for limit, expected in ((at_80 * 0.99, True), (at_80 * 1.01, False)):
        for level in (0.5, 0.8, 0.95):
            found = under(law(abstain=limit), level=level)
            assert found["abstain"].tolist() == [expected, False]


def test_one_drug_alone_is_certain_under_any_law(under):
    found = under(law(share=0.3, abstain=0.0))
    assert (found.loc[1, ["mean", "low", "high"]] == 0).all() and not found["abstain"][1]


def test_a_law_of_one_endpoint_leaves_the_other_alone(bundle):
    parts = replace(bundle.parts, laws={COLUMN: law(factor=9.0)})
    one, none = (
        Bundle(parts=replace(parts, laws=laws)).predict(KNOWN) for laws in (parts.laws, {})
    )
    bliss = one["endpoint"] == "synergy_bliss"
    assert one[bliss].equals(none[bliss]) and not one[~bliss].equals(none[~bliss])


def test_bounds_hold_under_a_law(bundle):
    wide = {c: law(factor=1e5) for c in ("synergy_bliss", COLUMN)}
    found = Bundle(parts=replace(bundle.parts, laws=wide)).predict(KNOWN.head(1))
    bliss, loewe = (found[found["endpoint"] == c].iloc[0] for c in ("synergy_bliss", COLUMN))
    assert (bliss["low"], bliss["high"]) == (-60, 60) and loewe["high"] > 60
