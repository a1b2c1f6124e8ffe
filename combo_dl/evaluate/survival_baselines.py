"""Baselines of survival that see no network: Kaplan-Meier, Cox regression, and LORIS.

Each learns from training rows; validation rows choose the penalty of the regression.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.fold import Fold
from combo_dl.evaluate.loris import CATEGORIES, SLOPES, loris
from combo_dl.evaluate.survival_designs import survival_design
from combo_dl.stats.survival import KaplanMeier, kaplan_meier
from combo_dl.train.survivals import FEWEST, Followed, followed

CANCER = "cancer_type"
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
Told = SurvivalCurves | np.ndarray


class SurvivalBaseline(Protocol):
    """A model of survival without a network."""

    @property
    def title(self) -> str:
        """Its name in tables."""
        ...

    def applies(self, study: Study) -> bool:
        """Whether the study has what it looks at."""
        ...

    def predict(self, study: Study, endpoint: Endpoint, fold: Fold) -> Told:
        """Curves of the test rows, or a score float64[n], higher for longer survival."""
        ...


@dataclass(frozen=True, kw_only=True)
class KaplanMeierBaseline:
    """The curve of the training rows; with ``by_cancer`` that of each cancer of at least FEWEST of
    them, of other cancers that of all. After the last patient of a cancer its curve stays level."""

    title: str
    by_cancer: bool = False

    def applies(self, study: Study) -> bool:
        """All studies; by cancer, those that know it."""
        return not self.by_cancer or CANCER in {f.name for f in study.profiles.category_fields}

    def predict(self, study: Study, endpoint: Endpoint, fold: Fold) -> SurvivalCurves:
        """One curve a cancer."""
        learned = _learned(study, endpoint, fold.train)
        curves = [kaplan_meier(learned.seen)]
        of = np.zeros(len(fold.test), np.int64)
        if self.by_cancer:
            own, asked = (_cancers(study, rows) for rows in (learned.rows, fold.test))
            for level in np.unique(own[own >= 0]):
                if (own == level).sum() >= FEWEST:
                    of[asked == level] = len(curves)
                    curves.append(kaplan_meier(learned.seen.take(own == level)))
        days = np.unique(np.concatenate([c.times_days for c in curves]))
        return SurvivalCurves.steps(days, np.stack([_level(c, days) for c in curves])[of])


def _cancers(study: Study, rows: np.ndarray) -> np.ndarray:
    """int64[n], -1 unknown."""
    place = [f.name for f in study.profiles.category_fields].index(CANCER)
    return study.profiles.category[study.combos.profile[rows], place].astype(np.int64)


def _level(curve: KaplanMeier, days: np.ndarray) -> np.ndarray:
    return curve.survival[np.searchsorted(curve.times_days, days, side="right") - 1]


def _learned(study: Study, endpoint: Endpoint, rows: np.ndarray) -> Followed:
    found = followed(study, endpoint, rows)
    if found is None:
        raise InputError(f"no training row has a follow-up of {endpoint.name!r}; expected some")
    return found


@dataclass(frozen=True, kw_only=True)
class CoxBaseline:
    """Cox regression with a ridge penalty (lifelines) and the baseline hazard of Breslow; late
    entry is taken into account."""

    title: str = "Cox regression"

    def applies(self, study: Study) -> bool:
        """Studies whose profiles have fields, as those of patients."""
        return bool(study.profiles.fields) and study.profiles.space == PATIENT

    def predict(self, study: Study, endpoint: Endpoint, fold: Fold) -> SurvivalCurves:
        """Curves; the penalty with the best partial likelihood of validation rows."""
        search = survival_design(study, fold.search)
        learned = _table(search, _learned(study, endpoint, fold.search))
        held = followed(study, endpoint, fold.validation)
        best = PENALTIES[0]
        if held is not None and (held.seen.event > 0).any():
            checked = _table(search, held)
            likely = [
                _fitted(learned, p).score(checked, scoring_method="log_likelihood")
                for p in PENALTIES
            ]
            best = PENALTIES[int(np.argmax(likely))]
        design = survival_design(study, fold.train)
        model = _fitted(_table(design, _learned(study, endpoint, fold.train)), best)
        hazard = model.predict_cumulative_hazard(pd.DataFrame(design[fold.test]))
        days, total = hazard.index.to_numpy(np.float64), hazard.to_numpy(np.float64).T
        inside = days > 0
        survival = np.exp(-np.maximum(total[:, inside], 0.0))
        return SurvivalCurves.steps(
            np.append(0.0, days[inside]),
            np.concatenate([np.ones((len(survival), 1)), survival], axis=1),
        )


def _table(design: np.ndarray, found: Followed) -> pd.DataFrame:
    seen = found.seen
    table = pd.DataFrame(design[found.rows])
    return table.assign(time=seen.time_days, event=seen.event > 0, entry=seen.entry_days)


def _fitted(table: pd.DataFrame, penalty: float) -> CoxPHFitter:
    return CoxPHFitter(penalizer=penalty).fit(
        table, duration_col="time", event_col="event", entry_col="entry"
    )


@dataclass(frozen=True, kw_only=True)
class LorisScore:
    """The published chance of a response, by which its authors also order survival (Chang et al.,
    Nat Cancer 2024;5:1158): a higher one for longer survival. It states no curve."""

    title: str = "LORIS score"

    def applies(self, study: Study) -> bool:
        """Patients of a study that has its six features."""
        has = {f.name for f in study.profiles.fields}
        return study.profiles.space == PATIENT and {*SLOPES, *CATEGORIES} <= has

    def predict(self, study: Study, endpoint: Endpoint, fold: Fold) -> np.ndarray:
        """float64[n], NaN where a feature is missing."""
        return loris(study.profiles)[study.combos.profile[fold.test]]


BASELINES: dict[str, SurvivalBaseline] = {
    "kaplan_meier": KaplanMeierBaseline(title="Kaplan-Meier"),
    "kaplan_meier_cancer": KaplanMeierBaseline(title="Kaplan-Meier by cancer", by_cancer=True),
    "cox": CoxBaseline(),
    "loris": LorisScore(),
}
