"""Baselines of patients of several cohorts: what they choose, they choose for an unseen hospital.

A penalty or a score is chosen by leaving each hospital of the training rows out in turn, since a
choice within hospitals favours what tells hospitals apart.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import HOSPITAL, Study
from combo_dl.data.fold import Fold
from combo_dl.evaluate.patient_designs import clinical_fields, is_score, score_fields
from combo_dl.evaluate.risk_baselines import Design, RiskBaseline, fitted_risk, log_loss
from combo_dl.stats.ranking import auroc
from combo_dl.train.work import Work

INVERSE_PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
FREE = 1e4  # the inverse penalty of a fit of one field
COHORT = "cohort"
Parts = list[tuple[np.ndarray, np.ndarray]]


def hospital_parts(study: Study, fold: Fold) -> Parts:
    """(rows that are learned from, rows of one hospital left out) of each hospital of the training
    rows; the fold's own search and validation where there are fewer than three."""
    hospital = study.columns[HOSPITAL][fold.train]
    values = np.unique(hospital)
    if len(values) < 3:
        return [(fold.search, fold.validation)]
    return [(fold.train[hospital != v], fold.train[hospital == v]) for v in values]


def _has_scores(study: Study) -> bool:
    """Whether it is a study of patients of several hospitals whose profiles have scores."""
    scores = any(is_score(f.name) for f in study.profiles.number_fields)
    return scores and study.profiles.space == PATIENT and HOSPITAL in study.columns


@dataclass(frozen=True, kw_only=True)
class CohortLogistic:
    """Logistic regression with an L2 penalty, chosen by the log loss of hospitals left out.

    title: its name in tables.  design: (study, training rows) -> float[N, F] of every row.
    """

    title: str
    design: Design

    def applies(self, study: Study, width: int) -> bool:
        """One risk of patients who have scores."""
        return width == 1 and _has_scores(study)

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """float64[n, 1] risks of the test rows."""
        study = work.studies[0]
        y, weight = label[:, 0].astype(np.float64), study.combos.weight.astype(np.float64)
        losses = np.zeros(len(INVERSE_PENALTIES))
        for rows, asked in hospital_parts(study, fold):
            matrix, total = self.design(study, rows), weight[asked].sum()
            for at, c in enumerate(INVERSE_PENALTIES):
                risk = fitted_risk(matrix, y, weight, rows, asked, c)
                losses[at] += total * log_loss(risk, y[asked], weight[asked])
        best = INVERSE_PENALTIES[int(np.argmin(losses))]
        matrix = self.design(study, fold.train)
        return fitted_risk(matrix, y, weight, fold.train, fold.test, best)[:, None]


@dataclass(frozen=True, kw_only=True)
class BestScore:
    """The one score that tells responders apart best within the training cohorts, and a logistic
    regression on it: a score is judged by its AUROC in each cohort, weighed by the pairs of a
    responder and another patient there."""

    title: str = "the best single score"

    def applies(self, study: Study, width: int) -> bool:
        """One risk of patients who have scores, in several cohorts."""
        return width == 1 and _has_scores(study) and COHORT in study.columns

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """float64[n, 1] risks of the test rows."""
        study = work.studies[0]
        y, weight = label[:, 0].astype(np.float64), study.combos.weight.astype(np.float64)
        best = best_score(study, y, fold.train)
        matrix = score_fields(study, fold.train)[:, [best]]
        return fitted_risk(matrix, y, weight, fold.train, fold.test, FREE)[:, None]


def best_score(study: Study, label: np.ndarray, rows: np.ndarray) -> int:
    """Place among the scores of the one whose AUROC within the cohorts of ``rows`` is farthest from
    0.5; ``label`` float[N], NaN unknown."""
    rows = rows[~np.isnan(label[rows])]
    values, cohort = score_fields(study, rows).toarray(), study.columns[COHORT][rows]
    total, pairs = np.zeros(values.shape[1]), 0.0
    for code in np.unique(cohort):
        own = rows[cohort == code]
        event = label[own] > 0
        count = float(event.sum() * (~event).sum())
        if count:
            total += count * np.array([auroc(event, column) for column in values[own].T])
            pairs += count
    return int(np.argmax(np.abs(total - pairs / 2)))


OF_COHORTS: dict[str, RiskBaseline] = {
    "scores": CohortLogistic(title="logistic on scores", design=score_fields),
    "best_score": BestScore(),
    "clinical": CohortLogistic(title="logistic on clinical fields", design=clinical_fields),
}
