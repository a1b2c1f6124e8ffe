"""Closed-form baselines: what a formula reaches on the same rows, with nothing known of drugs or
profiles but their names. Each learns from training rows; validation rows choose its penalty."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold

ALPHAS = (0.3, 1.0, 3.0, 5.0, 10.0, 30.0, 100.0)
Design = Callable[[Study], sparse.csr_matrix]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A name for tables and the indicator matrix that a ridge regression is fitted on."""

    title: str
    design: Design


def additive(study: Study) -> sparse.csr_matrix:
    """[N, D + P]: an indicator a drug and one a profile."""
    combos, rows = study.combos, np.arange(len(study))
    drugs = _indicators(rows, combos.drugs, len(study.drugs))
    profile = _indicators(rows, combos.profile[:, None], max(len(study.profiles), 1))
    return sparse.hstack([drugs, profile]).tocsr()


def drug_by_profile(study: Study) -> sparse.csr_matrix:
    """[N, D * P + D + P]: an indicator a drug in a profile, and those of ``additive``."""
    combos, n_profiles = study.combos, max(len(study.profiles), 1)
    states = np.where(combos.present, combos.drugs * n_profiles + combos.profile[:, None], -1)
    states = _indicators(np.arange(len(study)), states, len(study.drugs) * n_profiles)
    return sparse.hstack([states, additive(study)]).tocsr()


def nothing(study: Study) -> sparse.csr_matrix:
    """[N, 1] of zeros: what is left is the mean of the training rows."""
    return sparse.csr_matrix((len(study), 1))


BASELINES = {
    "mean": Baseline(title="global mean", design=nothing),
    "additive": Baseline(title="ridge drug + profile", design=additive),
    "ridge": Baseline(title="ridge drug x profile", design=drug_by_profile),
}


def baseline(name: str) -> Baseline:
    """The baseline of this name. Raises ConfigError."""
    if name not in BASELINES:
        raise ConfigError(f"unknown baseline {name!r}; {hint(name, [*BASELINES, 'one_hot'])}")
    return BASELINES[name]


def predict_test(found: Baseline, study: Study, column: str, fold: Fold) -> np.ndarray:
    """float64[n] predictions of ``column`` for the test rows of a fold."""
    matrix, label = found.design(study), study.combos.labels[column][:, 0].astype(np.float64)
    weight = study.combos.weight.astype(np.float64)
    errors = []
    for alpha in ALPHAS:
        model = _fit(matrix, label, weight, fold.search, alpha)
        held = fold.validation[~np.isnan(label[fold.validation])]
        residual = model.predict(matrix[held]) - label[held]
        errors.append(float(np.average(residual**2, weights=weight[held])))
    model = _fit(matrix, label, weight, fold.train, ALPHAS[int(np.argmin(errors))])
    return model.predict(matrix[fold.test])


def _fit(
    matrix: sparse.csr_matrix, label: np.ndarray, weight: np.ndarray, rows: np.ndarray, alpha: float
) -> Ridge:
    seen = rows[~np.isnan(label[rows])]
    ridge = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-6, max_iter=2000)
    return ridge.fit(matrix[seen], label[seen], sample_weight=weight[seen])


def _indicators(rows: np.ndarray, ids: np.ndarray, width: int) -> sparse.csr_matrix:
    keep = ids >= 0
    at = np.repeat(rows[:, None], ids.shape[1], axis=1)[keep]
    ones = np.ones(len(at))
    return sparse.csr_matrix((ones, (at, ids[keep])), shape=(len(rows), width))
