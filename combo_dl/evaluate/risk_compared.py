"""Models of a risk against each other: what is kept of each, and differences of their scores."""

from dataclasses import asdict, dataclass, field

import numpy as np

from combo_dl.core.json_values import json_value
from combo_dl.evaluate.risk_labels import (
    RiskPredicted,
    cluster_name,
    risk_clusters,
    row_weights,
)
from combo_dl.stats.bootstrap import Difference
from combo_dl.stats.risk_difference import (
    METRICS,
    Influence,
    RiskRows,
    linear_difference,
    macro_influence,
    risk_difference,
)
from combo_dl.train.risks import labels_of
from combo_dl.train.work import Work


@dataclass(frozen=True, kw_only=True)
class ComparedRisks:
    """{risk: {model: {fold: what is kept}}}: of one column its risks, of many what each test row
    does to the means over columns."""

    work: Work
    narrow: dict[str, dict[str, dict[int, np.ndarray]]] = field(default_factory=dict)
    wide: dict[str, dict[str, dict[int, Influence]]] = field(default_factory=dict)

    def add(self, p: RiskPredicted, truth: np.ndarray) -> None:
        """Keep what a difference needs of a model and fold; ``truth`` float[n, W]."""
        if truth.shape[1] == 1:
            risk = np.where(np.isnan(truth[:, 0]), np.nan, p.mean[:, 0])
            self.narrow.setdefault(p.endpoint, {}).setdefault(p.model, {})[p.fold] = risk
            return
        weight = row_weights(self.work.studies[0], self.work.folds[p.fold].test, truth)
        found = macro_influence(truth, p.mean, weight=weight)
        self.wide.setdefault(p.endpoint, {}).setdefault(p.model, {})[p.fold] = found

    def differences(self, headline: str) -> list[dict]:
        """``headline`` less every other model, risk by risk, with 95 % intervals by cluster."""
        made = []
        for endpoint in [*self.narrow, *self.wide]:
            models = list(self.narrow.get(endpoint) or self.wide[endpoint])
            for other in (m for m in models if m != headline and headline in models):
                for metric in METRICS:
                    head = {
                        "endpoint": endpoint,
                        "metric": metric,
                        "model": headline,
                        "against": other,
                        "clusters": cluster_name(self.work.studies[0]),
                    }
                    found = asdict(self._difference(endpoint, headline, other, metric))
                    made.append(head | {k: json_value(v) for k, v in found.items()})
        return made

    def _difference(self, endpoint: str, model: str, against: str, metric: str) -> Difference:
        if endpoint in self.narrow:
            kept = self.narrow[endpoint]
            rows = self._rows(endpoint, kept[model], kept[against])
            return risk_difference(rows, metric=metric)
        own, other = self.wide[endpoint][model], self.wide[endpoint][against]
        tests = [self.work.folds[k].test for k in sorted(own)]
        return linear_difference(
            [own[k] for k in sorted(own)],
            [other[k] for k in sorted(own)],
            [risk_clusters(self.work.studies[0], rows) for rows in tests],
            metric=metric,
        )

    def _rows(
        self, endpoint: str, own: dict[int, np.ndarray], other: dict[int, np.ndarray]
    ) -> list[RiskRows]:
        study = self.work.studies[0]
        label = labels_of(study, self.work.settings.endpoints[endpoint])[:, 0]
        # Both on the same rows: those of which both say something.
        tests = {k: self.work.folds[k].test for k in sorted(own.keys() & other.keys())}
        return [
            RiskRows(
                truth=np.where(np.isnan(own[k]) | np.isnan(other[k]), np.nan, label[rows]),
                model=own[k],
                against=other[k],
                cluster=risk_clusters(study, rows),
                weight=row_weights(study, rows, label[rows, None]),
            )
            for k, rows in tests.items()
        ]
