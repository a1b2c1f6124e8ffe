"""Every model of a risk as the same thing: risks of the test rows of each fold."""

from collections.abc import Iterator

import numpy as np

from combo_dl.evaluate.cohort_baselines import OF_COHORTS
from combo_dl.evaluate.loris import LorisFormula
from combo_dl.evaluate.protocol import EvaluateSettings
from combo_dl.evaluate.risk_baselines import CLOSED, RiskBaseline
from combo_dl.evaluate.risk_labels import RiskPredicted, risks_of
from combo_dl.evaluate.risk_trees import BoostedRisk
from combo_dl.evaluate.single_drugs import SingleDrugs
from combo_dl.train.risks import labels_of, risk_tests
from combo_dl.train.work import Work

BASELINES: dict[str, RiskBaseline] = {
    **dict(CLOSED),
    "boosted": BoostedRisk(),
    "single_drugs": SingleDrugs(),
    "loris": LorisFormula(),
    **OF_COHORTS,
}


def risk_baselines(settings: EvaluateSettings, work: Work) -> Iterator[RiskPredicted]:
    """Those that see no network and apply to a risk of the first study."""
    study = work.studies[0]
    for endpoint in risks_of(work):
        label = labels_of(study, endpoint)
        for found in (BASELINES[name] for name in settings.of_risks):
            if found.applies(study, label.shape[1]):
                for at, fold in enumerate(work.folds):
                    mean = found.predict(work, label, fold).astype(np.float32)
                    yield RiskPredicted(
                        model=found.title, fold=at, endpoint=endpoint.name, mean=mean
                    )


def network_risks(work: Work, fold: int, title: str, *, seeds: int) -> Iterator[RiskPredicted]:
    """What the first ``seeds`` networks of a fold say of its test rows; nothing without a risk."""
    for name, found in risk_tests(work, fold, seeds=seeds).items():
        yield RiskPredicted(
            model=title,
            fold=fold,
            endpoint=name,
            # As they are written: rounding may tie risks.
            mean=found.mean.astype(np.float32),
            low=found.low,
            high=found.high,
        )
