"""Gradient boosting on fingerprints and profile fields: the usual model of plain features."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor

from combo_dl.data.drug_scale import fingerprint_values
from combo_dl.data.fold import Fold
from combo_dl.evaluate.baselines import Guess, weighted_error
from combo_dl.train.prepare import fitted_on, training_rows
from combo_dl.train.work import Work

COMPONENTS, ROUNDS, EVERY = 24, 200, 10


@dataclass(frozen=True, kw_only=True)
class BoostedTrees:
    """Histogram gradient boosting (Friedman 2001; Ke et al. 2017) of scikit-learn.

    A row is the sum and the spread over its drugs of the principal components of their
    fingerprints (the same in any order), and the leading components of its profile's fields.
    """

    title: str = "gradient boosting on fingerprints + profile"

    def predict(self, work: Work, column: str, fold: Fold) -> Guess:
        """Predictions; the number of trees with the least error on validation rows."""
        study = work.studies[0]
        label = study.combos.labels[column][:, 0].astype(np.float64)
        weight = study.combos.weight.astype(np.float64)
        features = combo_features(work, fold.search)
        model = _fit(features, label, weight, fold.search, ROUNDS)
        stages = list(model.staged_predict(features[fold.validation]))[EVERY - 1 :: EVERY]
        errors = [weighted_error(s, label, weight, fold.validation) for s in stages]
        best = int(np.argmin(errors))
        features = combo_features(work, fold.train)
        kept = _fit(features, label, weight, fold.train, (best + 1) * EVERY)
        return Guess(test=kept.predict(features[fold.test]), validation=stages[best])


def _fit(
    features: np.ndarray, label: np.ndarray, weight: np.ndarray, rows: np.ndarray, rounds: int
) -> HistGradientBoostingRegressor:
    seen = rows[~np.isnan(label[rows])]
    model = HistGradientBoostingRegressor(
        max_iter=rounds, early_stopping=False, max_bins=63, random_state=0
    )
    return model.fit(features[seen], label[seen], sample_weight=weight[seen])


def combo_features(work: Work, rows: np.ndarray) -> np.ndarray:
    """float64[N, F] of every row of the first study, fitted on the training ``rows``: the
    components of its drugs and of its profile."""
    study = work.studies[0]
    ids = work.world.ids[study.name]
    raw = fingerprint_values(work.world.catalog)[ids]
    drugs, present = study.combos.drugs, study.combos.present
    used = np.unique(drugs[rows][present[rows]])
    of_drug = np.zeros((len(raw), 1))
    if raw[used].any():  # antibodies have no fingerprint, and nothing has no components
        axes = PCA(min(COMPONENTS, len(used)), svd_solver="full").fit(raw[used])
        of_drug = axes.transform(raw)
    each = np.where(present[..., None], of_drug[drugs], np.nan)
    spread = np.nanmax(each, axis=1) - np.nanmin(each, axis=1)
    fitted = fitted_on(
        training_rows(rows, studies=work.studies, world=work.world),
        studies=work.studies,
        world=work.world,
        settings=work.settings,
    )
    profile = study.combos.profile
    parts = [np.nansum(each, axis=1), spread]
    if len(study.profiles):
        number, _ = fitted.studies[study.name].scaler.transform(study.profiles.number)
        parts += [number[profile][:, :COMPONENTS], study.profiles.category[profile]]
    return np.concatenate(parts, axis=1)
