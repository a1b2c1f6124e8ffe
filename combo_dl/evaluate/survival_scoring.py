"""Scores of predicted survival: by fold, by group of patients, and against each other."""

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.evaluate.survival_compared import ComparedSurvival, risk_of
from combo_dl.evaluate.survival_coverage import interval_rows
from combo_dl.evaluate.survival_files import prediction_frame
from combo_dl.evaluate.survival_groups import (
    DECISION_DAYS,
    Pooled,
    calibration_rows,
    decision_rows,
    events_told,
    mean_curve,
    observed_curve,
    subgroup_rows,
)
from combo_dl.evaluate.survival_labels import SurvivalPredicted, Tested, survivals_of, to_score
from combo_dl.stats.concordance import METRICS
from combo_dl.stats.survival_panel import order_scores
from combo_dl.train.results import mean_of_defined
from combo_dl.train.survivals import DAYS, FEWEST, panel
from combo_dl.train.work import Work

Rows = list[dict]
_HEAD = ("model", "fold", "endpoint", "patients", "days")


@dataclass(kw_only=True)
class SurvivalScores:
    """What is known of the models so far. rows: scores, one a model, fold and endpoint.  frames:
    predictions row by row.  calibration, curves, decisions: of groups of patients, one list of
    rows.  pooled: what subgroups need.  unknown: {endpoint: {model: rows it cannot predict}}."""

    work: Work
    rows: Rows = field(default_factory=list)
    frames: list[pd.DataFrame] = field(default_factory=list)
    calibration: Rows = field(default_factory=list)
    curves: Rows = field(default_factory=list)
    decisions: Rows = field(default_factory=list)
    pooled: dict[tuple[str, str], list[Pooled]] = field(default_factory=dict)
    unknown: dict[str, dict[str, int]] = field(default_factory=dict)
    compared: ComparedSurvival = field(init=False)
    _tests: dict[tuple[str, int], Tested] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.compared = ComparedSurvival(work=self.work)

    def add(self, p: SurvivalPredicted) -> None:
        """Score the test rows of one fold; without enough of them nothing is scored."""
        test = self._tested(p.endpoint, p.fold)
        if test.unscored or test.found is None:
            return
        risk = risk_of(p, test)
        known = np.isfinite(risk)
        self._count_unknown(p, int((~known).sum()))
        if known.sum() < FEWEST:
            return
        seen = test.found.seen.take(known)
        name = self.work.folds[p.fold].name
        head = {"model": p.model, "fold": name, "endpoint": p.endpoint}
        # Of a few patients left out the number could be had by subtraction.
        few = 0 < (~known).sum() < FEWEST
        size = {
            "patients": None if few else int(known.sum()),
            "events": None if few else events_told(seen),
            "days": test.days,
        }
        self.frames.append(prediction_frame(p, name, test, known))
        self.compared.add(p, test)
        self._pool(p, test, risk, known)
        if p.curves is None:
            at_days = dict.fromkeys(DAYS, risk[known])
            scores = order_scores(seen, risk[known], at_days, horizon_days=test.days)
            self.rows.append(head | size | scores)
            return
        curves = p.curves.take(test.found.at)
        self.rows.append(head | size | panel(seen, curves, horizon_days=test.days))
        self._groups(head, seen, p, test)

    def _groups(self, head: dict, seen: FollowUp, p: SurvivalPredicted, test: Tested) -> None:
        assert p.curves is not None and test.found is not None
        curves = p.curves.take(test.found.at)
        observed = head | {"model": "observed"}
        # With late entry the observed curve of few patients may not be defined.
        with suppress(InputError):
            if not any(all(r[k] == v for k, v in observed.items()) for r in self.curves):
                self.curves.append(observed | observed_curve(seen, test.days))
            self.curves.append(head | mean_curve(curves, test.days))
            self.calibration += [head | r for r in calibration_rows(seen, curves, test.days)]
            self.decisions += [head | r for r in decision_rows(seen, curves, test.days)]

    def _tested(self, endpoint: str, fold: int) -> Tested:
        key = (endpoint, fold)
        if key not in self._tests:
            self._tests[key] = to_score(self.work, fold, self.work.settings.endpoints[endpoint])
        return self._tests[key]

    def _count_unknown(self, p: SurvivalPredicted, rows: int) -> None:
        if rows:
            found = self.unknown.setdefault(p.endpoint, {})
            found[p.model] = found.get(p.model, 0) + rows

    def _pool(
        self, p: SurvivalPredicted, test: Tested, risk: np.ndarray, known: np.ndarray
    ) -> None:
        assert test.found is not None
        survival = np.full(len(risk), np.nan)
        if p.curves is not None and test.days >= DECISION_DAYS:
            at = p.curves.take(test.found.at)
            survival = at.at(np.array([float(DECISION_DAYS)]))[:, 0]
        own = Pooled(
            rows=test.found.rows[known],
            seen=test.found.seen.take(known),
            fold=np.full(int(known.sum()), self.work.folds[p.fold].name, dtype=object),
            risk=risk[known],
            survival=survival[known],
        )
        self.pooled.setdefault((p.endpoint, p.model), []).append(own)

    def headline(self) -> str:
        """The model that was added last."""
        return self.rows[-1]["model"] if self.rows else ""

    def table(self) -> Rows:
        """One row a model and endpoint: means over folds and deviations of C, the best last."""
        made = []
        for endpoint, model in dict.fromkeys((r["endpoint"], r["model"]) for r in self.rows):
            own = [r for r in self.rows if (r["endpoint"], r["model"]) == (endpoint, model)]
            line = {"endpoint": endpoint, "model": model, "folds": len(own)}
            keys = [k for k in own[0] if k not in (*_HEAD, "events")]
            line |= {k: mean_of_defined([r[k] for r in own]) for k in keys}
            line |= {f"{k}_sd": _deviation([r[k] for r in own]) for k in METRICS}
            made.append(line)
        return sorted(made, key=lambda r: (r["endpoint"], np.nan_to_num(r["harrell_c"], nan=-1.0)))

    def record(self, headline: str) -> tuple[Rows, dict]:
        """(differences, means over folds; all else that ``benchmark.json`` holds of survival)."""
        means, each = self.compared.differences(headline)
        return means, {
            "endpoints": {e.name: self._about(e) for e in survivals_of(self.work)},
            "fold_differences": each,
            "calibration": self.calibration,
            "intervals": interval_rows(self.work),
            "curves": self.curves,
            "decisions": self.decisions,
            "subgroups": self._subgroups(),
        }

    def _about(self, endpoint: Endpoint) -> dict:
        """Horizon, models that lack a field of some rows, and folds without a score."""
        names = {k: f.name for k, f in enumerate(self.work.folds)}
        found = {name: self._tested(endpoint.name, k) for k, name in names.items()}
        return {
            "horizon_days": endpoint.horizon_days,
            "days": {name: t.days for name, t in found.items() if not t.unscored},
            "unscored": {name: t.unscored for name, t in found.items() if t.unscored},
            "not_predicted": {
                model: rows if rows >= FEWEST else None
                for model, rows in self.unknown.get(endpoint.name, {}).items()
            },
        }

    def _subgroups(self) -> Rows:
        made = []
        for (endpoint, model), parts in self.pooled.items():
            joined = _joined(parts)
            head = {"endpoint": endpoint, "model": model}
            made += [head | r for r in subgroup_rows(self.work.studies[0], joined)]
        return made


def _joined(parts: list[Pooled]) -> Pooled:
    names = ("rows", "fold", "risk", "survival")
    seen = [p.seen for p in parts]
    return Pooled(
        **{n: np.concatenate([getattr(p, n) for p in parts]) for n in names},
        seen=FollowUp(
            **{
                n: np.concatenate([getattr(s, n) for s in seen])
                for n in ("time_days", "event", "entry_days")
            }
        ),
    )


def _deviation(values: list[float]) -> float:
    known = [v for v in values if not np.isnan(v)]
    return float(np.std(known)) if known else float("nan")
