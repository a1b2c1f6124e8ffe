"""LORIS: the published formula of the chance that a patient responds to a checkpoint inhibitor."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from combo_dl.core.patient_fields import PATIENT_FIELDS
from combo_dl.core.profile_table import PATIENT, ProfileTable
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.train.work import Work

INTERCEPT = -2.0886
PRIOR_SYSTEMIC_THERAPY = -0.8775
SLOPES = {"tmb_mut_per_mb": 0.0371, "albumin_g_dl": 0.5382, "nlr": -0.033, "age_years": 0.0049}
# What a type of tumour adds; 0 for one that is not named.
CANCER_TYPES = {
    "Bladder": -0.3323,
    "Breast": -0.3323,
    "Colorectal": -0.102,
    "Endometrial": -0.0079,
    "Esophageal": 0.55,
    "Gastric": 0.2306,
    "Head & Neck": 0.0678,
    "Hepatobiliary": -0.1189,
    "Melanoma": -0.0086,
    "Mesothelioma": 0.1255,
    "NSCLC": 0.0008,
    "Ovarian": -0.052,
    "Pancreatic": -1.1169,
    "Renal": 0.5451,
    "Sarcoma": 0.0542,
    "SCLC": -0.0033,
}
CATEGORIES = ("cancer_type", "prior_systemic_therapy")


@dataclass(frozen=True, kw_only=True)
class LorisFormula:
    """The six features of Chang et al. (Nat Cancer 2024;5:1158, doi 10.1038/s43018-024-00772-7).

    It learned from the cohort Chowell_train and learns nothing here: where other rows test, those
    may be its own training rows.
    """

    title: str = "LORIS formula"

    def applies(self, study: Study, width: int) -> bool:
        """One risk of patients of a study that has the six features, where it is of response."""
        has = {f.name for f in study.profiles.fields}
        asked = {*SLOPES, *CATEGORIES} <= has and "response" in study.combos.labels
        return width == 1 and study.profiles.space == PATIENT and asked

    def predict(self, work: Work, label: np.ndarray, fold: Fold) -> np.ndarray:
        """float64[n, 1] risks of the test rows, NaN where a feature is missing."""
        study = work.studies[0]
        return loris(study.profiles)[study.combos.profile[fold.test], None]


def loris(profiles: ProfileTable) -> np.ndarray:
    """float64[P]: the chance of a response, NaN where one of the six features is missing.

    TMB counts no higher than 50 per Mb, the ratio of neutrophils to lymphocytes than 25, age than
    85 years: the ceilings of ``core.patient_fields``.
    """
    names = [f.name for f in profiles.number_fields]
    score = np.full(len(profiles), INTERCEPT)
    for name, slope in SLOPES.items():
        value = profiles.number[:, names.index(name)].astype(np.float64)
        score += slope * np.minimum(value, PATIENT_FIELDS[name].ceiling)
    score += _of_category(profiles, "cancer_type", CANCER_TYPES)
    score += _of_category(profiles, "prior_systemic_therapy", {"yes": PRIOR_SYSTEMIC_THERAPY})
    return expit(score)


def _of_category(profiles: ProfileTable, name: str, terms: dict[str, float]) -> np.ndarray:
    place = [f.name for f in profiles.category_fields].index(name)
    levels = profiles.category_fields[place].levels
    # A missing category (-1) is the last.
    term = np.array([*(terms.get(level, 0.0) for level in levels), np.nan])
    return term[profiles.category[:, place]]
