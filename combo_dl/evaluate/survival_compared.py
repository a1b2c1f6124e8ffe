"""Models of survival against each other: differences of C and their intervals, by patient."""

from dataclasses import asdict, dataclass, field

import numpy as np

from combo_dl.core.json_values import json_value
from combo_dl.evaluate.risk_labels import cluster_name, risk_clusters
from combo_dl.evaluate.survival_labels import SurvivalPredicted, Tested
from combo_dl.stats.bootstrap import Difference
from combo_dl.stats.concordance import METRICS, ComparedRisks, concordance_difference
from combo_dl.train.survivals import FEWEST
from combo_dl.train.work import Work


def risk_of(p: SurvivalPredicted, test: Tested) -> np.ndarray:
    """float64[n] of the rows that are scored, higher for earlier events: minus the restricted mean
    to the last day scored, or minus a score; NaN where it cannot be computed."""
    assert test.found is not None
    if p.curves is not None:
        return -p.curves.take(test.found.at).restricted_mean_days(test.days)
    assert p.score is not None
    return -np.asarray(p.score, np.float64)[test.found.at]


@dataclass(frozen=True, kw_only=True)
class ComparedSurvival:
    """risks: {endpoint: {model: {fold: float64[n] risk of the scored rows}}}.  tests: {endpoint:
    {fold: what is scored}}."""

    work: Work
    risks: dict[str, dict[str, dict[int, np.ndarray]]] = field(default_factory=dict)
    tests: dict[str, dict[int, Tested]] = field(default_factory=dict)

    def add(self, p: SurvivalPredicted, test: Tested) -> None:
        """Keep what a difference needs of a model and fold."""
        self.risks.setdefault(p.endpoint, {}).setdefault(p.model, {})[p.fold] = risk_of(p, test)
        self.tests.setdefault(p.endpoint, {})[p.fold] = test

    def differences(self, headline: str) -> tuple[list[dict], list[dict]]:
        """``headline`` less every other model: the means over folds, and each fold."""
        means, each = [], []
        for endpoint, models in self.risks.items():
            for other in (m for m in models if m != headline and headline in models):
                folds = self._folds(endpoint, models[headline], models[other])
                for metric in METRICS if folds else ():
                    head = {
                        "endpoint": endpoint,
                        "metric": metric,
                        "model": headline,
                        "against": other,
                        "clusters": cluster_name(self.work.studies[0]),
                    }
                    found, own = concordance_difference(list(folds.values()), metric=metric)
                    means.append(head | _told(found))
                    for k, difference in zip(folds, own, strict=True):
                        name = self.work.folds[k].name
                        each.append(head | {"fold": name} | _told(difference))
        return means, each

    def _folds(
        self, endpoint: str, own: dict[int, np.ndarray], other: dict[int, np.ndarray]
    ) -> dict[int, ComparedRisks]:
        """Both on the same patients: those of whom both say something."""
        made = {}
        for k in sorted(own.keys() & other.keys()):
            test = self.tests[endpoint][k]
            assert test.found is not None
            both = np.isfinite(own[k]) & np.isfinite(other[k])
            if both.sum() >= FEWEST:
                made[k] = ComparedRisks(
                    seen=test.found.seen.take(both),
                    model=own[k][both],
                    against=other[k][both],
                    cluster=risk_clusters(self.work.studies[0], test.found.rows[both]),
                    horizon_days=test.days,
                )
        return made


def _told(found: Difference) -> dict:
    return {k: json_value(v) for k, v in asdict(found).items()}
