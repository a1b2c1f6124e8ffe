import numpy as np
import pytest

from combo_dl.stats.ranking import auprc, auroc

EVENT = np.array([False, True, False, True])
SCORE = np.array([0.1, 0.4, 0.35, 0.8])


def test_known_answers():
    assert auroc(EVENT, SCORE) == 1.0
    assert auroc(EVENT, -SCORE) == 0.0
    assert auroc(EVENT, np.zeros(4)) == 0.5
    assert auprc(EVENT, np.array([0.9, 0.8, 0.2, 0.1])) == pytest.approx((1 / 2 + 2 / 4) / 2)


@pytest.mark.parametrize("event", [np.zeros(4, bool), np.ones(4, bool)])
def test_one_class_has_no_ranking(event):
    assert np.isnan(auroc(event, SCORE))
    assert np.isnan(auprc(event, SCORE))
