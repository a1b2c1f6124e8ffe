"""Effects of a combination from how often each of its drugs has them in other combinations."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit, logit

from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.evaluate.risk_baselines import drug_names, log_loss, rates
from combo_dl.stats.risk import CLIP
from combo_dl.train.work import Work

SHRINKAGES = (1.0, 3.0, 10.0, 30.0, 100.0)  # rows that a drug is taken to have at the common rate


def any_of(risk: np.ndarray, member: sparse.csr_matrix) -> np.ndarray:
    """[n, W] of risks of drugs ``risk`` [D, W]: an effect of one drug or another, each on its own:
    1 - the product of (1 - risk). ``member``: the indicator [n, D] of a row's drugs."""
    return -np.expm1(member @ np.log1p(-np.minimum(risk, 1 - CLIP)))


def mean_logit(risk: np.ndarray, member: sparse.csr_matrix) -> np.ndarray:
    """[n, W]: the mean of the logits of a row's drugs."""
    size = np.asarray(member.sum(axis=1)).reshape(-1, 1)
    return expit(member @ logit(np.clip(risk, CLIP, 1 - CLIP)) / size)


RULES: tuple[Callable[[np.ndarray, sparse.csr_matrix], np.ndarray], ...] = (any_of, mean_logit)


@dataclass(frozen=True, kw_only=True)
class SingleDrugs:
    """Each drug's rate of each effect over its training rows, shrunk to the rate of all rows, and
    joined by one of RULES. Knows which drugs are in a row, and nothing of their being together."""

    title: str = "rates of the single drugs"

    def applies(self, study: Study, width: int) -> bool:
        """Many effects, of which each drug has its own."""
        return width > 1

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """Risks; shrinkage and rule with the least log loss on validation rows."""
        study, asked = work.studies[0], fold.validation
        weight = study.combos.weight.astype(np.float64)
        member = drug_names(study, fold.train)
        choices, losses = [(s, rule) for s in SHRINKAGES for rule in RULES], []
        for shrinkage, rule in choices:
            risk = drug_rates(label, weight, member, fold.search, shrinkage)
            losses.append(log_loss(rule(risk, member[asked]), label[asked], weight[asked]))
        shrinkage, rule = choices[int(np.argmin(losses))]
        return rule(drug_rates(label, weight, member, fold.train, shrinkage), member[fold.test])


def drug_rates(
    label: np.ndarray,
    weight: np.ndarray,
    member: sparse.csr_matrix,
    rows: np.ndarray,
    shrinkage: float,
) -> np.ndarray:
    """float64[D, W]: (events of a drug's ``rows`` + shrinkage x common rate) / (rows + shrinkage).

    The mean of a beta law whose prior weighs ``shrinkage`` rows; a drug without rows has the common
    rate. ``label`` float[N, W], ``member`` [N, D].
    """
    common = rates(label, weight, rows)
    y, w = label[rows], weight[rows][:, None]
    seen = ~np.isnan(y)
    hits = member[rows].T @ (w * np.where(seen, y, 0.0))
    total = member[rows].T @ (w * seen)
    return (hits + shrinkage * common) / (total + shrinkage)
