"""Baselines of risks that see no network: rates, a dose, drug names.

Each learns from training rows; validation rows choose its penalty by their log loss.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.special import xlog1py, xlogy
from sklearn.linear_model import LogisticRegression

from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.evaluate.patient_designs import TMB, profile_fields, tmb
from combo_dl.stats.risk import CLIP
from combo_dl.train.work import Work

INVERSE_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
FEW = 20  # columns, each of which gets a model of its own
DOSE_RANK = "dose_rank"
Design = Callable[[Study, np.ndarray], sparse.csr_matrix]


class RiskBaseline(Protocol):
    """A model of risks without a network."""

    @property
    def title(self) -> str:
        """Its name in tables."""
        ...

    def applies(self, study: Study, width: int) -> bool:
        """Whether a risk of ``width`` columns of this study can be predicted by it."""
        ...

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """float64[n, W] risks of the test rows, from ``label`` float[N, W] of training rows."""
        ...


@dataclass(frozen=True, kw_only=True)
class RateBaseline:
    """The share of training rows in which each column is 1.  wide: for many columns, or one."""

    title: str
    wide: bool

    def applies(self, study: Study, width: int) -> bool:
        """One of the two kinds for every risk."""
        return (width > 1) == self.wide

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """The rate of each column, in every row."""
        found = rates(label, work.studies[0].combos.weight, fold.train)
        return np.tile(found, (len(fold.test), 1))


@dataclass(frozen=True, kw_only=True)
class LogisticBaseline:
    """Logistic regression with an L2 penalty; ``title`` names it in tables.

    design: (study, training rows) -> float[N, F] of every row.  column: of the study, None for a
    design that needs none.  fields: a design of patients alone, whose profiles have these; None for
    any study.
    """

    title: str
    design: Design
    column: str | None = None
    fields: frozenset[str] | None = None

    def applies(self, study: Study, width: int) -> bool:
        """A fit of its own for each of few columns, where the study has what it looks at."""
        if self.fields is not None:
            named = {f.name for f in study.profiles.fields}
            if study.profiles.space != PATIENT or not self.fields <= named:
                return False
        return width <= FEW and (self.column is None or self.column in study.columns)

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """Risks; the penalty of each column with the least log loss on validation rows."""
        study = work.studies[0]
        searching, final = (self.design(study, rows) for rows in (fold.search, fold.train))
        weight = study.combos.weight.astype(np.float64)
        found = []
        for y in label.T.astype(np.float64):
            losses = [
                log_loss(
                    fitted_risk(searching, y, weight, fold.search, fold.validation, c),
                    y[fold.validation],
                    weight[fold.validation],
                )
                for c in INVERSE_PENALTIES
            ]
            best = INVERSE_PENALTIES[int(np.argmin(losses))]
            found.append(fitted_risk(final, y, weight, fold.train, fold.test, best))
        return np.stack(found, axis=1)


def fitted_risk(
    matrix: sparse.csr_matrix,
    label: np.ndarray,
    weight: np.ndarray,
    rows: np.ndarray,
    asked: np.ndarray,
    inverse_penalty: float,
) -> np.ndarray:
    """float64[n] risks of the rows ``asked`` by a logistic regression on the labels float[N] of
    ``rows``; their rate where they are of one class."""
    seen = rows[~np.isnan(label[rows])]
    if len(np.unique(label[seen])) < 2:
        return np.full(len(asked), rates(label[:, None], weight, rows)[0])
    model = LogisticRegression(C=inverse_penalty, max_iter=5000)
    model.fit(matrix[seen], label[seen] > 0, sample_weight=weight[seen])
    return model.predict_proba(matrix[asked])[:, 1]


def rates(label: np.ndarray, weight: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """float64[W]: weighted share of 1 among the labels of ``rows``; that of all columns together
    where a column has none, 0.5 where no column has one."""
    y, w = label[rows], weight[rows].astype(np.float64)[:, None]
    seen = ~np.isnan(y)
    hits, total = (w * np.where(seen, y, 0)).sum(axis=0), (w * seen).sum(axis=0)
    pooled = hits.sum() / total.sum() if total.any() else 0.5
    return np.where(total > 0, hits / np.maximum(total, 1e-12), pooled)


def log_loss(mean: np.ndarray, label: np.ndarray, weight: np.ndarray) -> float:
    """Mean negative log likelihood of risks ``mean`` of known labels, of the same shape [n] or
    [n, W]; ``weight`` float[n]. 0.0 without a label."""
    seen = ~np.isnan(label)
    if not seen.any():
        return 0.0
    p, y = np.clip(mean[seen], CLIP, 1 - CLIP), label[seen]
    share = np.broadcast_to(weight.reshape(-1, *[1] * (label.ndim - 1)), label.shape)[seen]
    return float(-np.average(xlogy(y, p) + xlog1py(1 - y, -p), weights=share))


def drug_names(study: Study, _rows: np.ndarray) -> sparse.csr_matrix:
    """[N, D]: an indicator a drug."""
    at, place = np.nonzero(study.combos.present)
    ids = study.combos.drugs[at, place]
    shape = (len(study), len(study.drugs))
    return sparse.csr_matrix((np.ones(len(at)), (at, ids)), shape=shape)


def dose_rank(study: Study, rows: np.ndarray) -> sparse.csr_matrix:
    """[N, 2]: the rank of a row's dose in deviations of the training ``rows``, and whether it is
    not known."""
    rank = study.columns[DOSE_RANK].astype(np.float64)
    known = rank[rows][~np.isnan(rank[rows])]
    mean, size = (known.mean(), known.std()) if len(known) else (0.0, 1.0)
    scaled = (np.nan_to_num(rank, nan=mean) - mean) / (size or 1.0)
    return sparse.csr_matrix(np.stack([scaled, np.isnan(rank)], axis=1))


CLOSED: Sequence[tuple[str, RiskBaseline]] = (
    ("prevalence", RateBaseline(title="prevalence", wide=False)),
    ("frequency", RateBaseline(title="frequency of each effect", wide=True)),
    (
        "dose_rank",
        LogisticBaseline(title="logistic on dose rank", design=dose_rank, column=DOSE_RANK),
    ),
    ("logistic", LogisticBaseline(title="logistic on drugs", design=drug_names)),
    (
        "logistic_fields",
        LogisticBaseline(title="logistic on fields", design=profile_fields, fields=frozenset()),
    ),
    (
        "tmb",
        LogisticBaseline(
            title="logistic on mutational burden", design=tmb, fields=frozenset({TMB})
        ),
    ),
)
