"""Gradient boosting of risks on fingerprints, targets, doses and profile fields."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier

from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.evaluate.risk_baselines import FEW, log_loss, rates
from combo_dl.evaluate.trees import COMPONENTS, combo_features
from combo_dl.train.work import Work

ROUNDS, EVERY = 200, 10


@dataclass(frozen=True, kw_only=True)
class BoostedRisk:
    """Histogram gradient boosting (Friedman 2001; Ke et al. 2017) of scikit-learn, log loss.

    A row is what ``trees.combo_features`` says of its drugs and profile, the sum over its drugs of
    the components of their targets, and a summary of its doses.
    """

    title: str = "gradient boosting on fingerprints + targets + doses + profile"

    def applies(self, study: Study, width: int) -> bool:
        """A fit of its own for each of few columns."""
        return width <= FEW

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """Risks; the number of trees with the least log loss on validation rows."""
        weight = work.studies[0].combos.weight.astype(np.float64)
        searching, final = (_features(work, rows) for rows in (fold.search, fold.train))
        found = []
        for y in label.T.astype(np.float64):
            rounds = _best_rounds(searching, y, weight, fold)
            model = _fit(final, y, weight, fold.train, rounds)
            if model is None:
                found.append(np.full(len(fold.test), rates(y[:, None], weight, fold.train)[0]))
            else:
                found.append(model.predict_proba(final[fold.test])[:, 1])
        return np.stack(found, axis=1)


def _best_rounds(features: np.ndarray, label: np.ndarray, weight: np.ndarray, fold: Fold) -> int:
    model, asked = _fit(features, label, weight, fold.search, ROUNDS), fold.validation
    if model is None:
        return EVERY
    stages = list(model.staged_predict_proba(features[asked]))[EVERY - 1 :: EVERY]
    losses = [log_loss(stage[:, 1], label[asked], weight[asked]) for stage in stages]
    return (int(np.argmin(losses)) + 1) * EVERY


def _fit(
    features: np.ndarray, label: np.ndarray, weight: np.ndarray, rows: np.ndarray, rounds: int
) -> HistGradientBoostingClassifier | None:
    """None for labels of one class."""
    seen = rows[~np.isnan(label[rows])]
    if len(np.unique(label[seen])) < 2:
        return None
    model = HistGradientBoostingClassifier(
        max_iter=rounds, early_stopping=False, max_bins=63, random_state=0
    )
    return model.fit(features[seen], label[seen] > 0, sample_weight=weight[seen])


def _features(work: Work, rows: np.ndarray) -> np.ndarray:
    """float64[N, F] of every row of the first study, fitted on the training ``rows``."""
    parts = [
        combo_features(work, rows),
        target_features(work, rows),
        dose_features(work.studies[0]),
    ]
    every = np.concatenate([p.astype(np.float64) for p in parts], axis=1)
    # A column that no training row has a value of cannot be cut.
    return every[:, ~np.isnan(every[rows]).all(axis=0)]


def target_features(work: Work, rows: np.ndarray) -> np.ndarray:
    """float64[N, C]: the sum over a row's drugs of the principal components of their targets, axes
    from the drugs of the training ``rows``. Relations that come from labels are left out."""
    study, world = work.studies[0], work.world
    graph = world.graph.without_sources({s.name for s in work.studies})
    raw = graph.target_profile()[world.ids[study.name]]
    drugs, present = study.combos.drugs, study.combos.present
    used = np.unique(drugs[rows][present[rows]])
    if not raw[used].any():
        return np.zeros((len(study), 0))
    axes = PCA(min(COMPONENTS, *raw[used].shape), svd_solver="full").fit(raw[used])
    return np.where(present[..., None], axes.transform(raw)[drugs], 0.0).sum(axis=1)


def dose_features(study: Study) -> np.ndarray:
    """float64[N, 4]: least, mean and greatest log10 of the doses above 0 of a row, NaN without one,
    and how many of its drugs have no known dose."""
    dose, present = study.combos.dose.astype(np.float64), study.combos.present
    given = present & (dose > 0)
    size = np.log10(np.where(given, dose, 1.0))
    count = given.sum(axis=1)
    some = count > 0
    least = np.where(given, size, np.inf).min(axis=1)
    greatest = np.where(given, size, -np.inf).max(axis=1)
    mean = size.sum(axis=1) / np.maximum(count, 1)
    summary = np.stack([least, mean, greatest], axis=1)
    unknown = (present & np.isnan(dose)).sum(axis=1)
    return np.column_stack([np.where(some[:, None], summary, np.nan), unknown])
