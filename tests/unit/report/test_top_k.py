"""Hits among the top k: known answers and laws."""

import numpy as np
import pandas as pd
import pytest
from benchmark_folder import CLOSED, HEADLINE, THRESHOLD
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.report.top_k import hits_in_top, top_lists


def test_a_known_answer():
    event, score = np.array([1.0, 0.0, 1.0, 0.0]), np.array([4.0, 3.0, 2.0, 1.0])
    assert hits_in_top(event, score, 4) == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])


def test_a_constant_prediction_gets_what_luck_gets():
    event = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    assert hits_in_top(event, np.zeros(5), 5) == pytest.approx([0.4] * 5)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=20))
def test_order_does_not_matter_and_all_of_the_list_holds_all_hits(rows):
    event = np.array([float(e) for e, _ in rows])
    score = np.array([float(s) for _, s in rows])
    found, turned = (
        hits_in_top(e, s, len(rows)) for e, s in ((event, score), (event[::-1], score[::-1]))
    )
    assert found == pytest.approx(turned) and found[-1] == pytest.approx(event.mean())
    assert (found <= hits_in_top(event, event, len(rows)) + 1e-12).all()


def test_lists_are_profiles_within_folds(frame):
    found = top_lists(frame, [HEADLINE, CLOSED], THRESHOLD)
    assert found.n_lists == 12 and len(found.perfect) == 15
    assert found.hits[HEADLINE][:5].mean() > found.luck
    assert found.hits[HEADLINE][-1] == pytest.approx(found.luck)


def test_k_ends_at_the_largest_that_was_asked_for(frame):
    assert len(top_lists(frame, [HEADLINE], THRESHOLD, largest=4).perfect) == 4


def test_a_model_that_lacks_or_single_rows_give_nothing(frame):
    assert top_lists(frame, ["no such"], THRESHOLD) is None
    single = pd.concat([part.head(1) for _, part in frame.groupby(["fold", "profile"])])
    assert top_lists(single, ["global mean"], THRESHOLD) is None
