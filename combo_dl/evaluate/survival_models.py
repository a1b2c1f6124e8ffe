"""Every model of survival as the same thing: curves, or an order, of the test rows of each fold."""

from collections.abc import Iterator

import numpy as np

from combo_dl.evaluate.protocol import EvaluateSettings
from combo_dl.evaluate.survival_baselines import BASELINES
from combo_dl.evaluate.survival_labels import SurvivalPredicted, survivals_of
from combo_dl.train.survivals import survival_curves
from combo_dl.train.work import Work


def survival_baselines(settings: EvaluateSettings, work: Work) -> Iterator[SurvivalPredicted]:
    """Those that see no network and apply to the first study."""
    study = work.studies[0]
    for endpoint in survivals_of(work):
        for found in (BASELINES[name] for name in settings.of_survival):
            if found.applies(study):
                for at, fold in enumerate(work.folds):
                    told = found.predict(study, endpoint, fold)
                    yield SurvivalPredicted(
                        model=found.title,
                        fold=at,
                        endpoint=endpoint.name,
                        curves=None if isinstance(told, np.ndarray) else told,
                        score=told if isinstance(told, np.ndarray) else None,
                    )


def network_survival(
    work: Work, fold: int, title: str, *, seeds: int
) -> Iterator[SurvivalPredicted]:
    """What the first ``seeds`` networks of a fold say of its test rows, if of survival."""
    for name, curves in survival_curves(work, fold, seeds=seeds).items():
        yield SurvivalPredicted(model=title, fold=fold, endpoint=name, curves=curves)
