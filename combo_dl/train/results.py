"""Scores of a training: members of a fold joined, replicates collapsed, one row an endpoint."""

import numpy as np

from combo_dl.core.files import read_json
from combo_dl.core.study import Study
from combo_dl.nn.build import build_head
from combo_dl.nn.forecast import Forecast, joined
from combo_dl.stats.scores import collapse, score
from combo_dl.train.member import Work, read_forecast


def fold_forecast(work: Work, fold: int, *, seeds: int | None = None) -> dict[str, Forecast]:
    """{endpoint: joined Forecast} of the test rows of a fold, over its first ``seeds`` members."""
    count = work.settings.seeds if seeds is None else seeds
    found = [read_forecast(work.folder(fold, seed) / "test.npz") for seed in range(count)]
    factors = fold_calibration(work, fold)
    return {
        name: joined([f[name] for f in found], factor=factors.get(name, 1.0)) for name in found[0]
    }


def fold_scores(work: Work, fold: int, *, seeds: int | None = None) -> list[dict]:
    """One row of scores an endpoint column; none where the fold has no test row with a label."""
    rows = work.folds[fold]
    if not len(rows.test):
        return []
    made = []
    for name, law in fold_forecast(work, fold, seeds=seeds).items():
        endpoint = work.settings.endpoints[name]
        labels = [c for c in endpoint.columns if c in work.studies[0].combos.labels]
        reach = law.deviation * _quantile(work, name)
        for w, column in enumerate(labels):
            label = work.studies[0].combos.labels[column][rows.test, 0]
            if np.isnan(label).all():
                continue
            found = column_scores(
                work.studies[0], rows.test, column, law.mean[:, w], endpoint.threshold
            )
            found |= interval_scores(label, law.mean[:, w], reach[:, w])
            made.append({"fold": rows.name, "endpoint": column} | found)
    return made


def fold_calibration(work: Work, fold: int) -> dict[str, float]:
    """{endpoint: factor of the deviations}, the mean over the members of a fold."""
    found: dict[str, list[float]] = {}
    for seed in range(work.settings.seeds):
        member = read_json(work.folder(fold, seed) / "member.json")
        for name, factor in member["calibration"].items():
            found.setdefault(name, []).append(factor)
    return {name: float(np.mean(factors)) for name, factors in found.items()}


def interval_scores(label: np.ndarray, mean: np.ndarray, reach: np.ndarray) -> dict[str, float]:
    """Share of labels float[n] within ``mean`` ± ``reach``, and the mean width of that interval."""
    seen = ~np.isnan(label)
    inside = np.abs(label - mean)[seen] <= reach[seen]
    return {"coverage_80": float(inside.mean()), "width_80": float(2 * reach[seen].mean())}


def _quantile(work: Work, endpoint: str) -> float:
    spec = work.settings.network
    return build_head(spec, spec.endpoints[endpoint], width_in=1).quantile(0.9)  # type: ignore[operator]


def column_scores(
    study: Study, rows: np.ndarray, column: str, mean: np.ndarray, threshold: float | None
) -> dict[str, float]:
    """Scores of predictions ``mean`` float[n] of a label at ``rows``; replicates count once."""
    label, group = study.combos.labels[column][rows, 0], study.combos.group[rows]
    truth, predicted = collapse(label, group), collapse(mean.astype(np.float64), group)
    first = np.unique(group, return_index=True)[1]
    return score(truth, predicted, profile=study.combos.profile[rows][first], threshold=threshold)


def mean_row(rows: list[dict], endpoint: str) -> dict:
    """The means of one endpoint's scores over the folds in which they are defined."""
    chosen = [r for r in rows if r["endpoint"] == endpoint]
    keys = [k for k in chosen[0] if k not in ("fold", "endpoint")]
    return {"fold": "mean", "endpoint": endpoint} | {
        k: _mean_of_defined([r[k] for r in chosen]) for k in keys
    }


def _mean_of_defined(values: list[float]) -> float:
    """Mean of the values that are not NaN; NaN where none is."""
    defined = [v for v in values if not np.isnan(v)]
    return float(np.mean(defined)) if defined else float("nan")


def with_means(rows: list[dict]) -> list[dict]:
    """The rows, and the mean of each endpoint after them where there is more than one fold."""
    names = list(dict.fromkeys(r["endpoint"] for r in rows))
    several = len({r["fold"] for r in rows}) > 1
    return rows + ([mean_row(rows, n) for n in names] if several else [])
