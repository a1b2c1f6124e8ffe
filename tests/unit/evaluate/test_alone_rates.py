"""The single-drug null of shares, worked out by hand, and leave-trial-out on a few arms."""

import numpy as np
import pandas as pd

from combo_dl.core.study import Study
from combo_dl.evaluate.alone_rates import _null
from combo_dl.evaluate.baselines import classes


def arms() -> Study:
    table = pd.DataFrame(
        {
            "drug_a": ["cisplatin", "nivolumab", "cisplatin", "erlotinib", "cisplatin"],
            "drug_b": ["", "", "nivolumab", "gefitinib", "gefitinib"],
            "ae_severe": [0.5, 0.2, 0.9, 0.3, np.nan],
        }
    )
    return Study.from_frames(table, name="arms", labels={"ae_severe": ["ae_severe"]})


def test_the_null_is_independence_of_the_drugs_known_alone():
    study = arms()
    every = np.arange(len(study))
    null = _null(study, "ae_severe", every, every)
    # 1 - (1 - 0.5)(1 - 0.2); no drug of the fourth arm was ever alone: the mean of what was seen.
    np.testing.assert_allclose(null, [0.5, 0.2, 0.6, np.mean([0.5, 0.2, 0.9, 0.3]), 0.5])


def test_a_drug_of_a_class_shares_its_column():
    design = classes(arms()).toarray()
    # Erlotinib and gefitinib are of one class: the arm of both has its indicator once.
    assert design[3].sum() == 1.0 and set(np.unique(design)) == {0.0, 1.0}
    np.testing.assert_array_equal(design[3] * design[4], design[3])
