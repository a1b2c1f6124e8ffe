"""The mean excess of sets over independent drugs, counted."""

import numpy as np
import pytest

from combo_dl.stats.usual_excess import MIN_ALONE, MIN_SETS, SHRINKAGE, usual_excess


def rows(*, alone: int = 100, sets: int = 100, hits: int = 60):
    """Two drugs alone, with 20 % and 40 % of events, and ``sets`` of both with ``hits``."""
    drugs = np.full((2 * alone + sets, 2), -1)
    drugs[:alone, 0], drugs[alone : 2 * alone, 0], drugs[2 * alone :] = 0, 1, (0, 1)
    label = np.zeros(len(drugs))
    label[: alone // 5] = label[alone : alone + 2 * alone // 5] = 1
    label[2 * alone : 2 * alone + hits] = 1
    return drugs, label


def test_a_known_answer():
    found = usual_excess(*rows())[2]
    p, q = (20 + 0.3 * SHRINKAGE) / (100 + SHRINKAGE), (40 + 0.3 * SHRINKAGE) / (100 + SHRINKAGE)
    assert (found.rows, found.rate) == (100, 0.6)
    assert found.independent == pytest.approx(1 - (1 - p) * (1 - q))
    assert found.excess == pytest.approx(0.6 - found.independent)


def test_order_of_rows_and_drugs_and_unseen_labels_do_not_matter():
    drugs, label = rows()
    mixed = np.random.default_rng(0).permutation(len(drugs))
    more = np.vstack([drugs[mixed][:, ::-1], [[0, 1]]])
    assert usual_excess(more, np.append(label[mixed], np.nan)) == usual_excess(drugs, label)


@pytest.mark.parametrize(
    "few", [{"alone": MIN_ALONE - 1}, {"sets": MIN_SETS - 1, "hits": 1}, {"alone": 0}]
)
def test_too_few_rows_say_nothing(few):
    assert usual_excess(*rows(**few)) == {}


def test_a_set_with_a_drug_never_alone_is_left_out():
    drugs, label = rows()
    unknown = np.where(drugs == -1, -1, drugs)
    unknown[-10:, 1] = 2
    assert usual_excess(unknown, label)[2].rows == 90
