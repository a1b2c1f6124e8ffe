"""Single-drug curves for a synthetic study; nothing in them is measured."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from combo_dl.core.monotherapy import TABLE
from combo_dl.core.study import Study

DOSES_UM = (0.01, 0.1, 1.0)


def wells_of(drugs: tuple[str, ...], profiles: tuple[str, ...], *, seed: int = 2) -> pa.Table:
    """Wells of every drug in every profile: less is alive at higher doses."""
    rng = np.random.default_rng(seed)
    rows = [
        (drug, profile, dose, float(1 - 0.3 * k * rng.random()))
        for drug in drugs
        for profile in profiles
        for k, dose in enumerate(DOSES_UM)
    ]
    names = ("drug", "profile", "dose_um", "viability")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def with_curves(study: Study, *, but_drugs: int = 0, but_profiles: int = 0) -> Study:
    """The study with curves, but for its first drugs and its last profiles."""
    profiles = study.profiles.ids.names
    table = wells_of(study.drugs.names[but_drugs:], profiles[: len(profiles) - but_profiles])
    return replace(study, tables={TABLE: table})
