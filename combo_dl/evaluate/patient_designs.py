"""What a logistic regression sees of patients: the fields of their profiles, or some of them."""

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
    alone = _of_numbers(profiles, [f.name == TMB for f in profiles.number_fields])
    parts = [_numbers(alone, of[rows]), np.isnan(alone.number)]
    return sparse.csr_matrix(np.concatenate(parts, axis=1)[of])


def is_score(name: str) -> bool:
    """Whether a field is one of a block (``cell_type:CD8``), such as the scores of a tumour."""
    return ":" in name


def score_fields(study: Study, rows: np.ndarray) -> sparse.csr_matrix:
    """[N, F]: the scores alone, each as in ``profile_fields``; no principal component stands for
    any."""
    profiles, of = study.profiles, study.combos.profile
    scores = _of_numbers(profiles, [is_score(f.name) for f in profiles.number_fields])
    every = len(scores.number_fields)
    return sparse.csr_matrix(_numbers(scores, of[rows], most=every)[of])


def clinical_fields(study: Study, rows: np.ndarray) -> sparse.csr_matrix:
    """[N, F]: ``profile_fields`` without the scores."""
    profiles = study.profiles
    numbers = _of_numbers(profiles, [not is_score(f.name) for f in profiles.number_fields])
    fields = (*numbers.fields, *profiles.category_fields)
    clinical = replace(numbers, fields=fields, category=profiles.category)
    return profile_fields(replace(study, profiles=clinical), rows)


def _of_numbers(profiles: ProfileTable, chosen: list[bool]) -> ProfileTable:
    """The profiles with the chosen number fields, and nothing else."""
    return replace(
        profiles,
        fields=tuple(f for f, c in zip(profiles.number_fields, chosen, strict=True) if c),
        number=profiles.number[:, np.flatnonzero(chosen)],
        category=np.zeros((len(profiles), 0), np.int16),
    )


def _numbers(profiles: ProfileTable, rows: np.ndarray, *, most: int = MOST_FIELDS) -> np.ndarray:
    scaler = fit_profile_scaler(profiles, rows, max_fields=most)
    return scaler.transform(profiles.number)[0]


def _levels(profiles: ProfileTable) -> np.ndarray:
    """float64[P, L]: an indicator a level of each category; none where it is missing."""
    columns = zip(profiles.category_fields, profiles.category.T, strict=True)
    made = [at[:, None] == np.arange(len(field.levels)) for field, at in columns]
    return np.concatenate([np.zeros((len(profiles), 0)), *made], axis=1)
