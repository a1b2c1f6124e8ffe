"""Small studies as a kernel ridge sees them, with and without single-drug curves."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import tiny
from curves import with_curves

from combo_dl.core.study import Study
from combo_dl.kernels.inputs import KernelInputs, kernel_inputs
from combo_dl.kernels.spec import draw_specs
from combo_dl.train.prepare import drug_world, fitted_on

COLUMN = "synergy_loewe"


@dataclass(frozen=True, kw_only=True)
class Case:
    """N rows: inputs, labels float64[N] with one gap, weights, and the first rows to train on."""

    inputs: KernelInputs
    labels: dict[str, np.ndarray]
    weight: np.ndarray
    rows: np.ndarray

    def told(self) -> dict:
        """Labels and weights of the training rows."""
        own = {c: label[self.rows] for c, label in self.labels.items()}
        return {"labels": own, "weight": self.weight[self.rows]}

    def specs(self, count: int = 4) -> list:
        """Random kernels for these drugs and profiles."""
        things = {"drugs": self.inputs.of_drugs, "profiles": self.inputs.of_profiles}
        return draw_specs(count, seed=5, **things)


def case_of(study: Study, *, curves: bool, count: int = 60) -> Case:
    """The study fitted on its first ``count`` rows, which train."""
    response = {"components": 3} if curves else {}
    network = replace(tiny.NETWORK, response=response)
    settings = tiny.settings("nowhere", network=network)
    world = drug_world([study], settings)
    rows = np.arange(count)
    fitted = fitted_on({study.name: rows}, studies=[study], world=world, settings=settings)
    tensors = fitted.tensors(study, world_ids=world.ids[study.name], columns={})
    label = study.combos.labels[COLUMN][:, 0].astype(np.float64)
    label[3] = np.nan
    return Case(
        inputs=kernel_inputs(fitted.world(), tensors),
        labels={COLUMN: label, "other": 2 - label},
        weight=study.combos.weight.astype(np.float64),
        rows=rows,
    )


@pytest.fixture(scope="session", params=["plain", "curves"])
def case(request) -> Case:
    """120 rows of one to three drugs."""
    curves = request.param == "curves"
    study = tiny.study()
    return case_of(
        with_curves(study, but_drugs=2, but_profiles=1) if curves else study, curves=curves
    )
