"""A study of two drugs' sets and what was fitted on some of its rows."""

import numpy as np
import pytest

from combo_dl.data.fitted import fit

COLUMNS = {"loewe": ("synergy_loewe",), "both": ("synergy_bliss", "synergy_loewe")}


@pytest.fixture(scope="session")
def fit_on(tiny_world):
    """``fit_on(study, rows, max_fields=…)``: what these training rows teach."""
    catalog, graph, ids = tiny_world

    def made(study, rows, *, max_fields=64):
        told = {"studies": [study], "world_ids": {study.name: ids}, "rows": {study.name: rows}}
        return fit(catalog=catalog, graph=graph, max_fields=max_fields, **told)

    return made


@pytest.fixture(scope="session")
def tensors(tiny_study, tiny_world, fit_on):
    """Tensors of the tiny study, fitted on its first 100 rows."""
    fitted = fit_on(tiny_study, np.arange(100))
    return fitted.tensors(tiny_study, world_ids=tiny_world[2], columns=COLUMNS)
