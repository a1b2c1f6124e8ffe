"""What a Cox model sees of a row: the fields of its profile, and its drugs."""

import warnings

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.scale import fit_profile_scaler
from combo_dl.evaluate.patient_designs import MOST_FIELDS

_STILL = 1e-8  # deviation of a column that is the same in all training rows


def survival_design(study: Study, rows: np.ndarray) -> np.ndarray:
    """float64[N, F] of all rows, fitted on the training ``rows``: number fields, none above its
    ceiling (``core.patient_fields``), the median of training rows where it is missing, in their
    deviations; whether each is missing; an indicator a level of each category, none where it is
    missing; an indicator a drug. Columns that are the same in all training rows are left out."""
    profiles, of = study.profiles, study.combos.profile
    parts = [_drugs(study)]
    if len(profiles):
        ceiling = fit_profile_scaler(profiles, of[rows], max_fields=MOST_FIELDS).ceiling
        number = np.minimum(profiles.number.astype(np.float64), ceiling)[of]
        missing = np.isnan(number)
        filled = np.where(missing, _medians(number[rows]), number)
        levels = [
            (at[:, None] == np.arange(len(field.levels)))[of]
            for field, at in zip(profiles.category_fields, profiles.category.T, strict=True)
        ]
        parts += [filled, missing, *levels]
    design = np.concatenate([np.asarray(p, np.float64) for p in parts], axis=1)
    design = design[:, design[rows].std(axis=0) > _STILL]
    return (design - design[rows].mean(axis=0)) / design[rows].std(axis=0)


def _medians(number: np.ndarray) -> np.ndarray:
    """float64[F], 0 of a field that no row has."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="All-NaN slice encountered")
        return np.nan_to_num(np.nanmedian(number, axis=0))


def _drugs(study: Study) -> np.ndarray:
    made = np.zeros((len(study), len(study.drugs)))
    at, place = np.nonzero(study.combos.present)
    made[at, study.combos.drugs[at, place]] = 1.0
    return made
