"""Scores of a training: members of a fold joined, replicates collapsed, one row an endpoint."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.calibration import Calibration, HeldOut, fit_calibration
from combo_dl.nn.build import build_head
from combo_dl.stats.intervals import interval_scores
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.stats.scores import collapse, score
from combo_dl.train.held_out import held_out, joined_rows, read_held_out
from combo_dl.train.join_by_name import joined_by_name
from combo_dl.train.risks import risk_tests
from combo_dl.train.survivals import survival_rows
from combo_dl.train.work import Work

MEAN = "mean"  # the row of means over folds
LEVELS = (50, 80, 95)


@dataclass(frozen=True, kw_only=True)
class Tested:
    """Test rows of a fold and one label column.

    rows: what networks and kernel ridge say.  mean, deviation: float64[n] of both together.
    intervals: {level in percent: (low, high)}.  abstain: bool[n].
    """

    rows: HeldOut
    mean: np.ndarray
    deviation: np.ndarray
    intervals: dict[int, tuple[np.ndarray, np.ndarray]]
    abstain: np.ndarray


def fold_calibrations(work: Work, fold: int, *, networks: int) -> dict[str, Calibration]:
    """{column: Calibration} for ensembles of ``networks``, from rows that were held out: of the
    folders of ``calibrate_from``, else the fold's own validation rows."""
    made = {}
    for column, rows in _calibrating(work, fold).items():
        found = fit_calibration(rows, networks=networks)
        if found is not None:
            made[column] = found
    return made


def _calibrating(work: Work, fold: int) -> dict[str, HeldOut]:
    folders = work.settings.calibrate_from
    if not folders:
        return held_out(work, fold, "validation", seeds=work.settings.seeds)
    return joined_by_name([read_held_out(folder) for folder in folders], joined_rows)


def fold_tests(work: Work, fold: int, *, seeds: int | None = None) -> dict[str, Tested]:
    """{column: Tested} of the first ``seeds`` members of a fold; empty without test rows."""
    count = work.settings.seeds if seeds is None else seeds
    laws = fold_calibrations(work, fold, networks=count)
    found = held_out(work, fold, "test", seeds=count)
    return {c: tested(rows, laws.get(c), quantile_of(work, c)) for c, rows in found.items()}


def tested(rows: HeldOut, law: Calibration | None, quantile: dict[int, float]) -> Tested:
    """Rows under a calibration; without one, the networks alone under their own law."""
    if law is None:
        mean, deviation = rows.network, rows.deviation
        reach = {level: np.full(len(rows), quantile[level]) for level in LEVELS}
    else:
        mean, added = law.mixed(rows.network, rows.kernel, rows.group)
        deviation = np.where(rows.deviation > 0, np.sqrt(rows.deviation**2 + added), 0.0)
        reach = {level: law.reach(rows.group, level / 100) for level in LEVELS}
    half = {level: deviation * reach[level] for level in LEVELS}
    return Tested(
        rows=rows,
        mean=mean,
        deviation=deviation,
        intervals={level: (mean - half[level], mean + half[level]) for level in LEVELS},
        abstain=half[80] > (np.inf if law is None else law.abstain),
    )


def quantile_of(work: Work, column: str) -> dict[int, float]:
    """{level: multiplier of the deviation} under the law of the column's own head."""
    spec = work.settings.network
    endpoint = work.endpoint_of(column)
    head = build_head(spec, endpoint, width_in=1)
    return {level: head.quantile(0.5 + level / 200) for level in LEVELS}  # type: ignore[operator]


def fold_scores(work: Work, fold: int, *, seeds: int | None = None) -> list[dict]:
    """One row of scores a label column, risk or survival; none where the fold has no test row with
    a label, but of survival those of validation rows where it has no test rows."""
    made = []
    for column, found in fold_tests(work, fold, seeds=seeds).items():
        if not np.isnan(found.rows.label).all():
            row = test_scores(work, fold, column, found.mean)
            row |= interval_scores(found.rows.label, found.mean, found.intervals)
            made.append({"fold": work.folds[fold].name, "endpoint": column} | row)
    return made + _risk_rows(work, fold, seeds=seeds) + survival_rows(work, fold, seeds=seeds)


def _risk_rows(work: Work, fold: int, *, seeds: int | None) -> list[dict]:
    """One row of scores an endpoint of 0/1 labels: means over its columns that have both."""
    made = []
    for name, found in risk_tests(work, fold, seeds=seeds).items():
        if not np.isnan(found.label).all():
            head = {"fold": work.folds[fold].name, "endpoint": name}
            made.append(head | macro_scores(found.label, found.mean))
    return made


def test_scores(work: Work, fold: int, column: str, mean: np.ndarray) -> dict[str, float]:
    """Scores of predictions float[n] of the test rows of a fold."""
    endpoint = work.endpoint_of(column)
    return column_scores(work.studies[0], work.folds[fold].test, column, mean, endpoint.threshold)


def column_scores(
    study: Study, rows: np.ndarray, column: str, mean: np.ndarray, threshold: float | None
) -> dict[str, float]:
    """Scores of predictions ``mean`` float[n] of a label at ``rows``; replicates count once."""
    label, group = study.combos.labels[column][rows, 0], study.combos.group[rows]
    truth, predicted = collapse(label, group), collapse(mean.astype(np.float64), group)
    first = rows[np.unique(group, return_index=True)[1]]
    pair = np.unique(study.combos.drugs[first], axis=0, return_inverse=True)[1].reshape(-1)
    return score(
        truth,
        predicted,
        profile=study.combos.profile[first],
        pair=pair,
        threshold=threshold,
    )


def mean_row(rows: list[dict], endpoint: str) -> dict:
    """The means of one endpoint's scores over the folds in which they are defined."""
    chosen = [r for r in rows if r["endpoint"] == endpoint]
    keys = [k for k in chosen[0] if k not in ("fold", "endpoint")]
    return {"fold": MEAN, "endpoint": endpoint} | {
        k: mean_of_defined([r[k] for r in chosen]) for k in keys
    }


def mean_of_defined(values: list[float]) -> float:
    """Mean of the values that are not NaN; NaN where none is."""
    defined = [v for v in values if not np.isnan(v)]
    return float(np.mean(defined)) if defined else float("nan")


def with_means(rows: list[dict]) -> list[dict]:
    """The rows, and the mean of each endpoint after them where there is more than one fold."""
    names = list(dict.fromkeys(r["endpoint"] for r in rows))
    several = len({r["fold"] for r in rows}) > 1
    return rows + ([mean_row(rows, n) for n in names] if several else [])
