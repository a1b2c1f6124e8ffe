"""Scores of predictions: by fold, by group of support, and against each other."""

from dataclasses import asdict

import numpy as np

from combo_dl.core.json_values import json_value
from combo_dl.data.splits import set_ids
from combo_dl.evaluate.models import Predicted
from combo_dl.evaluate.protocol import unit_of
from combo_dl.stats.bootstrap import paired_difference
from combo_dl.stats.intervals import interval_scores
from combo_dl.stats.paired import paired_mean
from combo_dl.stats.regression import mae
from combo_dl.stats.scores import collapse
from combo_dl.train.held_out import row_groups
from combo_dl.train.results import column_scores, mean_of_defined
from combo_dl.train.work import Work

SMALLEST_GROUP = 30
COMPARED = ("mse", "pearson")
MAE = "mae"  # of endpoints that name it among their metrics
Rows = list[dict]


def fold_groups(work: Work) -> list[np.ndarray]:
    """object[n] a fold: the group of support of each of its test rows."""
    found = []
    for at, fold in enumerate(work.folds):
        groups = row_groups(work, work.fitted_rows(at), fold.test)
        found.append(np.array(groups, dtype=object))
    return found


def scored(work: Work, found: list[Predicted]) -> Rows:
    """One row a model, fold and label column."""
    return [
        {"model": p.model, "fold": work.folds[p.fold].name, "endpoint": p.column}
        | scores_of(work, p, np.arange(len(p.mean)))
        for p in found
        if not np.isnan(_label(work, p)).all()
    ]


def scored_groups(work: Work, found: list[Predicted], groups: list[np.ndarray]) -> Rows:
    """One row a model, fold, label column and group of support with enough rows."""
    made = []
    for p in found:
        for shift in sorted(set(groups[p.fold])):
            rows = np.flatnonzero((groups[p.fold] == shift) & ~np.isnan(_label(work, p)))
            if len(rows) >= SMALLEST_GROUP:
                head = {"model": p.model, "fold": work.folds[p.fold].name, "endpoint": p.column}
                size = {"shift": shift, "rows": len(rows)}
                made.append(head | size | scores_of(work, p, rows))
    return made


def scores_of(work: Work, p: Predicted, rows: np.ndarray) -> dict[str, float]:
    """Every score of some of the test rows of a fold."""
    endpoint = work.endpoint_of(p.column)
    test = work.folds[p.fold].test[rows]
    scores = column_scores(work.studies[0], test, p.column, p.mean[rows], endpoint.threshold)
    if MAE in endpoint.metrics:
        group = work.studies[0].combos.group[test]
        truth, mean = collapse(_label(work, p)[rows], group), collapse(p.mean[rows], group)
        scores[MAE] = mae(truth[~np.isnan(truth)], mean[~np.isnan(truth)])
    if p.intervals:
        ends = {k: (low[rows], high[rows]) for k, (low, high) in p.intervals.items()}
        scores |= interval_scores(_label(work, p)[rows], p.mean[rows], ends)
    return scores


def means(rows: Rows) -> Rows:
    """One row a model and label column: means over folds, and their deviations over folds."""
    keys = list(dict.fromkeys((r["endpoint"], r["model"]) for r in rows))
    table = []
    for endpoint, model in keys:
        chosen = [r for r in rows if (r["endpoint"], r["model"]) == (endpoint, model)]
        numbers = [k for k in chosen[0] if k not in ("model", "fold", "endpoint")]
        line = {"endpoint": endpoint, "model": model, "folds": len(chosen)}
        line |= {k: mean_of_defined([r[k] for r in chosen]) for k in numbers}
        line |= {f"{k}_sd": float(np.std([r[k] for r in chosen])) for k in COMPARED}
        table.append(line)
    return sorted(table, key=lambda r: (r["endpoint"], -r["mse"]))


def differences(work: Work, found: list[Predicted], headline: str, column: str) -> Rows:
    """The headline against every other model on one label, with 95 % intervals by cluster."""
    of: dict[str, dict[int, np.ndarray]] = {}
    for p in found:
        if p.column == column:
            of.setdefault(p.model, {})[p.fold] = p.mean
    unit, made = unit_of(work.settings.split), []
    for other in (m for m in of if m != headline):
        for metric in (*COMPARED, *_absolute(work, column), *_hits(work, column, other)):
            made.append(
                {
                    "endpoint": column,
                    "metric": metric,
                    "model": headline,
                    "against": other,
                    "clusters": {"drug": "drug", "profile": "profile"}.get(unit, "pair"),
                }
                | _difference(work, of[headline], of[other], column, metric)
            )
    return made


def _absolute(work: Work, column: str) -> tuple[str, ...]:
    return (MAE,) if MAE in work.endpoint_of(column).metrics else ()


def _hits(work: Work, column: str, other: str) -> tuple[str, ...]:
    # Slow to resample, so only against the model that the target names.
    endpoint = work.endpoint_of(column)
    named = endpoint.threshold is not None and other == "ridge drug x profile"
    return ("precision_at_10",) if named else ()


def _difference(
    work: Work, model: dict[int, np.ndarray], other: dict[int, np.ndarray], column: str, metric: str
) -> dict:
    study = work.studies[0]
    label = study.combos.labels[column][:, 0].astype(np.float64)
    endpoint = work.endpoint_of(column)
    folds = [k for k in sorted(model) if not np.isnan(label[work.folds[k].test]).all()]
    tests = [work.folds[k].test for k in folds]
    groups = [study.combos.group[t] for t in tests]
    first = [np.unique(g, return_index=True)[1] for g in groups]
    # As in the table, a triple that was measured twice counts once.
    each = [clusters(work, k)[f] for k, f in zip(folds, first, strict=True)]
    found = paired_difference(
        truth=[collapse(label[t], g) for t, g in zip(tests, groups, strict=True)],
        model=[collapse(model[k], g) for k, g in zip(folds, groups, strict=True)],
        against=[collapse(other[k], g) for k, g in zip(folds, groups, strict=True)],
        profile=[study.combos.profile[t[f]] for t, f in zip(tests, first, strict=True)],
        cluster=each,
        metric=metric,
        threshold=endpoint.threshold,
    )
    if all(len(np.unique(c)) == 1 for c in each):
        # One trial a fold: there is nothing to draw within it, and folds are what is resampled.
        found = paired_mean(np.array(found.folds), np.arange(len(folds)))
    return {k: json_value(v) for k, v in asdict(found).items()}


def clusters(work: Work, fold: int) -> np.ndarray:
    """int64[n]: what the test rows of a fold are resampled by: the held-out drug (the first of
    two), the profile, or the pair."""
    study, rows = work.studies[0], work.folds[fold].test
    unit = unit_of(work.settings.split)
    if unit == "profile":
        return study.combos.profile[rows].astype(np.int64)
    if unit == "drug":
        drugs = study.combos.drugs[rows]
        trained = study.combos.drugs[work.folds[fold].train]
        new = (drugs >= 0) & ~np.isin(drugs, trained)
        return drugs[np.arange(len(rows)), new.argmax(axis=1)].astype(np.int64)
    return set_ids(study, study.drugs.names)[rows]


def _label(work: Work, p: Predicted) -> np.ndarray:
    rows = work.folds[p.fold].test
    return work.studies[0].combos.labels[p.column][rows, 0].astype(np.float64)
