"""Scores of predicted risks: by fold, by group of support, by effect, and against each other.

A risk of many columns is scored as one row of means over columns, as soon as it is predicted: a
matrix of rows and columns does not outlive its scores.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from combo_dl.evaluate.protocol import folds_differ
from combo_dl.evaluate.risk_cohorts import Sizes, over_cohorts
from combo_dl.evaluate.risk_compared import ComparedRisks
from combo_dl.evaluate.risk_files import prediction_frame
from combo_dl.evaluate.risk_labels import (
    RiskPredicted,
    cluster_name,
    risks_of,
    row_weights,
)
from combo_dl.stats.risk_columns import (
    macro_of,
    macro_scores,
    micro_scores,
    scores_of_columns,
)
from combo_dl.stats.risk_difference import METRICS
from combo_dl.train.results import mean_of_defined
from combo_dl.train.risks import labels_of
from combo_dl.train.sizes import column_names
from combo_dl.train.work import Work

SMALLEST_GROUP = 30
Rows = list[dict]


@dataclass(kw_only=True)
class RiskScores:
    """What is known of the models so far.

    groups: object[n] a fold, the support of its test rows.  rows: one a model, fold and risk.
    by_group: those of groups with enough rows.  effects: those of each column of a wide risk.
    frames: predictions row by row.  unknown: {risk: {model: test rows that it cannot predict}}.
    sizes: {(risk, fold): test rows with the event, and without} of risks of one column.
    compared: what differences need.
    """

    work: Work
    groups: list[np.ndarray]
    rows: Rows = field(default_factory=list)
    by_group: Rows = field(default_factory=list)
    effects: Rows = field(default_factory=list)
    frames: list[pd.DataFrame] = field(default_factory=list)
    unknown: dict[str, dict[str, int]] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=dict)
    compared: ComparedRisks = field(init=False)

    def __post_init__(self) -> None:
        self.compared = ComparedRisks(work=self.work)

    def add(self, p: RiskPredicted) -> None:
        """Score the test rows of one fold; without a label among them nothing is scored."""
        study, fold = self.work.studies[0], self.work.folds[p.fold]
        known = ~np.isnan(p.mean)
        label = labels_of(study, self.work.settings.endpoints[p.endpoint])[fold.test]
        # Of a row that a formula cannot compute it has no score, as of a row without a label.
        truth, p = np.where(known, label, np.nan), replace(p, mean=np.where(known, p.mean, 0.5))
        seen = ~np.isnan(truth).all(axis=1)
        frame = prediction_frame(self.work, p, truth, self.groups[p.fold])
        self.frames.append(frame[known.any(axis=1)])
        self._count_unknown(p, int((~known).all(axis=1).sum()))
        if label.shape[1] == 1:
            events = int((label > 0).sum()), int((label == 0).sum())
            self.sizes[p.endpoint, fold.name] = events
        if not seen.any():
            return
        head = {"model": p.model, "fold": fold.name, "endpoint": p.endpoint}
        self.compared.add(p, truth)
        self.rows.append(head | self._whole(p, truth, head))
        for shift in sorted(set(self.groups[p.fold])):
            at = np.flatnonzero((self.groups[p.fold] == shift) & seen)
            if len(at) >= SMALLEST_GROUP:
                weight = row_weights(study, fold.test[at], truth[at])
                own = macro_scores(truth[at], p.mean[at], weight=weight) | _width(p, at)
                self.by_group.append(head | {"shift": shift, "rows": len(at)} | own)

    def _count_unknown(self, p: RiskPredicted, rows: int) -> None:
        if rows:
            found = self.unknown.setdefault(p.endpoint, {})
            found[p.model] = found.get(p.model, 0) + rows

    def _whole(self, p: RiskPredicted, truth: np.ndarray, head: dict) -> dict:
        study, rows = self.work.studies[0], self.work.folds[p.fold].test
        weight, width = row_weights(study, rows, truth), _width(p, np.arange(len(rows)))
        if truth.shape[1] == 1:
            return macro_scores(truth, p.mean, weight=weight) | width
        names = column_names([study], self.work.settings.endpoints[p.endpoint])
        found = scores_of_columns(truth, p.mean, weight=weight)
        for column, own in found.items():
            size = {"effect": names[column], "events": int(np.nansum(truth[:, column]))}
            self.effects.append(head | size | own)
        return macro_of(found) | micro_scores(truth, p.mean, weight=weight) | width

    def headline(self) -> str:
        """The model that was added last."""
        return self.rows[-1]["model"] if self.rows else ""

    def table(self) -> Rows:
        """One row a model and risk: means over folds and their deviations, the best AUROC last."""
        keys = list(dict.fromkeys((r["endpoint"], r["model"]) for r in self.rows))
        made = []
        for endpoint, model in keys:
            own = [r for r in self.rows if (r["endpoint"], r["model"]) == (endpoint, model)]
            numbers = [k for k in own[0] if k not in ("model", "fold", "endpoint")]
            line = {"endpoint": endpoint, "model": model, "folds": len(own)}
            line |= {k: mean_of_defined([r[k] for r in own]) for k in numbers}
            line |= {f"{k}_sd": _deviation([r[k] for r in own]) for k in METRICS}
            made.append(line)
        return sorted(made, key=lambda r: (r["endpoint"], np.nan_to_num(r["auroc"], nan=-1.0)))

    def differences(self) -> Rows:
        """The headline against every other model, risk by risk."""
        return self.compared.differences(self.headline())

    def cohorts(self) -> dict[str, dict]:
        """Risks over cohorts (``risk_cohorts.over_cohorts``), where each fold is a cohort."""
        if not folds_differ(self.work.settings.split):
            return {}
        return over_cohorts(self.rows, self.sizes, self.headline())

    def protocol(self) -> dict[str, dict]:
        """{risk: how many columns it has, what its rows are resampled by, and how many rows some
        models cannot predict}."""
        study = self.work.studies[0]
        made = {}
        for endpoint in risks_of(self.work):
            width = len(column_names([study], endpoint))
            made[endpoint.name] = {
                "columns": width,
                "clusters": cluster_name(study),
                "not_predicted": self.unknown.get(endpoint.name, {}),
            }
        return made


def _width(p: RiskPredicted, rows: np.ndarray) -> dict[str, float]:
    """The mean width of the interval of the risk, where the model states one."""
    if p.low is None or p.high is None:
        return {}
    return {"width_80": float((p.high[rows] - p.low[rows]).mean())}


def _deviation(values: list[float]) -> float:
    known = [v for v in values if not np.isnan(v)]
    return float(np.std(known)) if known else float("nan")
