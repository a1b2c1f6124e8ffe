"""Baselines that see no network: what a formula or a forest reaches on the same rows.

Each learns from training rows; validation rows choose its penalty or its number of trees. All but
the boosted trees know drugs and profiles by name alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.data.splits import set_ids
from combo_dl.evaluate.rct_drugs import DrugClasses
from combo_dl.train.work import Work

ALPHAS = (0.3, 1.0, 3.0, 5.0, 10.0, 30.0, 100.0)
Design = Callable[[Study], sparse.csr_matrix]


@dataclass(frozen=True, kw_only=True)
class Guess:
    """float64[n] predictions of the test rows of a fold, and of its validation rows by a fit that
    never saw them."""

    test: np.ndarray
    validation: np.ndarray


class Baseline(Protocol):
    """A model without a network."""

    @property
    def title(self) -> str:
        """Its name in tables."""
        ...

    def predict(self, work: Work, column: str, fold: Fold) -> Guess:
        """Predictions of ``column``, learned from the training rows of ``fold``."""
        ...


@dataclass(frozen=True, kw_only=True)
class RidgeBaseline:
    """Ridge regression on an indicator matrix; ``title`` names it in tables."""

    title: str
    design: Design

    def predict(self, work: Work, column: str, fold: Fold) -> Guess:
        """Predictions; the penalty with the least error on validation rows."""
        study = work.studies[0]
        matrix, label = self.design(study), study.combos.labels[column][:, 0].astype(np.float64)
        weight = study.combos.weight.astype(np.float64)
        errors, found = [], []
        for alpha in ALPHAS:
            model = _fit(matrix, label, weight, fold.search, alpha)
            found.append(model.predict(matrix[fold.validation]))
            errors.append(weighted_error(found[-1], label, weight, fold.validation))
        best = int(np.argmin(errors))
        model = _fit(matrix, label, weight, fold.train, ALPHAS[best])
        return Guess(test=model.predict(matrix[fold.test]), validation=found[best])


def weighted_error(
    mean: np.ndarray, label: np.ndarray, weight: np.ndarray, rows: np.ndarray
) -> float:
    """Mean squared error of predictions of ``rows``, by their weights; 0.0 without a label."""
    seen = ~np.isnan(label[rows])
    if not seen.any():
        return 0.0
    squared = (mean[seen] - label[rows][seen]) ** 2
    return float(np.average(squared, weights=weight[rows][seen]))


def nothing(study: Study) -> sparse.csr_matrix:
    """[N, 1] of zeros: what is left is the mean of the training rows."""
    return sparse.csr_matrix((len(study), 1))


def profiles(study: Study) -> sparse.csr_matrix:
    """[N, P]: an indicator a profile."""
    rows = np.arange(len(study))
    return _indicators(rows, study.combos.profile[:, None], max(len(study.profiles), 1))


def pairs(study: Study) -> sparse.csr_matrix:
    """[N, sets]: an indicator a set of drugs."""
    sets = set_ids(study, study.drugs.names)
    return _indicators(np.arange(len(study)), sets[:, None], int(sets.max()) + 1)


def additive(study: Study) -> sparse.csr_matrix:
    """[N, D + P]: an indicator a drug and one a profile."""
    drugs = _indicators(np.arange(len(study)), study.combos.drugs, len(study.drugs))
    return sparse.hstack([drugs, profiles(study)]).tocsr()


def classes(study: Study) -> sparse.csr_matrix:
    """[N, C]: an indicator a class of drug in a row, which a new drug of the class has too."""
    of = DrugClasses.of_study(study).of
    names = sorted(set(of.values()))
    place = np.array([names.index(of[d]) for d in study.drugs.names])
    drugs = study.combos.drugs
    of_rows = np.where(drugs >= 0, place[drugs], -1)
    found = _indicators(np.arange(len(study)), of_rows, len(names))
    found.data[:] = np.minimum(found.data, 1.0)
    return found


def drug_by_profile(study: Study) -> sparse.csr_matrix:
    """[N, D * P + D + P]: an indicator a drug in a profile, and those of ``additive``."""
    combos, n_profiles = study.combos, max(len(study.profiles), 1)
    states = np.where(combos.present, combos.drugs * n_profiles + combos.profile[:, None], -1)
    states = _indicators(np.arange(len(study)), states, len(study.drugs) * n_profiles)
    return sparse.hstack([states, additive(study)]).tocsr()


def with_pairs(study: Study) -> sparse.csr_matrix:
    """Those of ``drug_by_profile`` and of ``pairs``."""
    return sparse.hstack([drug_by_profile(study), pairs(study)]).tocsr()


DESIGNS = {
    "mean": RidgeBaseline(title="global mean", design=nothing),
    "profile": RidgeBaseline(title="profile mean", design=profiles),
    "pair": RidgeBaseline(title="pair mean over other profiles", design=pairs),
    "additive": RidgeBaseline(title="ridge drug + profile", design=additive),
    "classes": RidgeBaseline(title="ridge drug class", design=classes),
    "ridge": RidgeBaseline(title="ridge drug x profile", design=drug_by_profile),
    "ridge_pair": RidgeBaseline(title="ridge drug x profile + pair", design=with_pairs),
}


def check_known(name: str, known: list[str]) -> None:
    """Raise ConfigError unless ``name`` is one of ``known``."""
    if name not in known:
        raise ConfigError(f"unknown baseline {name!r}; {hint(name, known)}")


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
