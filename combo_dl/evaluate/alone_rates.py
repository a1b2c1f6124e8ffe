"""The single-drug null of shares: what a combination would do if its drugs did not meet."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.evaluate.baselines import Guess
from combo_dl.evaluate.risk_baselines import drug_names
from combo_dl.evaluate.single_drugs import any_of
from combo_dl.train.work import Work

ALONE = "alone"


@dataclass(frozen=True, kw_only=True)
class AloneRates:
    """1 - the product of (1 - p_d) over the drugs of a row (Bliss independence, Bliss 1939).

    p_d is the mean share of the training rows in which drug d is given alone, by their weights. A
    drug that is never given alone there adds nothing, so that the null is low where it matters; a
    row of such drugs only has the mean of the training rows.
    """

    title: str = "single-drug null"

    def predict(self, work: Work, column: str, fold: Fold) -> Guess:
        """Shares; there is nothing to choose, validation rows are predicted from the search."""
        return Guess(
            test=_null(work.studies[0], column, fold.train, fold.test),
            validation=_null(work.studies[0], column, fold.search, fold.validation),
        )


def _null(study: Study, column: str, rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    combos, label = study.combos, study.combos.labels[column][:, 0].astype(np.float64)
    seen = rows[~np.isnan(label[rows])]
    common = float(np.average(label[seen], weights=combos.weight[seen]))
    single = seen[combos.present[seen].sum(axis=1) == 1]
    drug, width = combos.drugs[single, 0], len(study.drugs)
    weight = np.bincount(drug, combos.weight[single], width)
    events = np.bincount(drug, combos.weight[single] * label[single], width)
    share = np.divide(events, weight, out=np.zeros(width), where=weight > 0)
    member = drug_names(study, rows)[asked]
    known = member @ (weight > 0) > 0
    return np.where(known, any_of(share[:, None], member)[:, 0], common)
