"""What a logistic regression sees of patients: the fields of their profiles, or TMB alone."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Study
from combo_dl.data.scale import fit_profile_scaler

TMB = "tmb_mut_per_mb"
MOST_FIELDS = 64  # of a block, before its principal components stand for it


def profile_fields(study: Study, rows: np.ndarray) -> sparse.csr_matrix:
    """[N, F]: number fields in deviations of the training ``rows``, none above its ceiling
    (``core.patient_fields``), whether each is missing, and an indicator a level of each category.
    A missing number stands at the mean."""
    profiles, of = study.profiles, study.combos.profile
    parts = [_numbers(profiles, of[rows]), np.isnan(profiles.number), _levels(profiles)]
    return sparse.csr_matrix(np.concatenate(parts, axis=1)[of])


def tmb(study: Study, rows: np.ndarray) -> sparse.csr_matrix:
    """[N, 2]: the mutational burden as in ``profile_fields``, and whether it is missing."""
    profiles, of = study.profiles, study.combos.profile
    place = [f.name for f in profiles.number_fields].index(TMB)
    alone = replace(
        profiles,
        fields=(profiles.number_fields[place],),
        number=profiles.number[:, [place]],
        category=np.zeros((len(profiles), 0), np.int16),
    )
    parts = [_numbers(alone, of[rows]), np.isnan(alone.number)]
    return sparse.csr_matrix(np.concatenate(parts, axis=1)[of])


def _numbers(profiles: ProfileTable, rows: np.ndarray) -> np.ndarray:
    scaler = fit_profile_scaler(profiles, rows, max_fields=MOST_FIELDS)
    return scaler.transform(profiles.number)[0]


def _levels(profiles: ProfileTable) -> np.ndarray:
    """float64[P, L]: an indicator a level of each category; none where it is missing."""
    columns = zip(profiles.category_fields, profiles.category.T, strict=True)
    made = [at[:, None] == np.arange(len(field.levels)) for field, at in columns]
    return np.concatenate([np.zeros((len(profiles), 0)), *made], axis=1)
