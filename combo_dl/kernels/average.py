"""AverageOfKernels: the few kernels that validation rows liked best, averaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from combo_dl.core.errors import ConfigError
from combo_dl.kernels.clip import CLIPS, clipped
from combo_dl.kernels.inputs import KernelInputs
from combo_dl.kernels.ridge import ProductRidge, Trained, fit_ridge, trained_on
from combo_dl.kernels.spec import KernelSpec, draw_specs

Labels = dict[str, np.ndarray]
MAX_KERNELS = 1000  # that a bundle may hold


@dataclass(frozen=True, kw_only=True)
class KernelSettings:
    """drawn: number of random kernels that are tried; kept: how many of them are averaged; seed."""

    drawn: int
    kept: int
    seed: int

    def validate(self) -> "KernelSettings":
        """Itself. Raises ConfigError."""
        for name, least, most in (
            ("drawn", 1, 10_000),
            ("kept", 1, MAX_KERNELS),
            ("seed", 0, 10_000),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ConfigError(
                    f"kernel.{name} is {value!r}; expected a whole number from {least} to {most}"
                )
        if self.kept > self.drawn:
            raise ConfigError(
                f"kernel.kept is {self.kept} of kernel.drawn = {self.drawn}; keep fewer than drawn"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class AverageOfKernels:
    """Fitted kernels of one training."""

    trained: Trained
    members: tuple[ProductRidge, ...]

    def predict(self, inputs: KernelInputs, rows: np.ndarray) -> Labels:
        """{column: float64[N]}, the mean over the kernels."""
        found = [m.predict(self.trained, inputs, rows) for m in self.members]
        return {c: np.mean([f[c] for f in found], axis=0) for c in found[0]}


def fit_average(
    specs: Sequence[KernelSpec],
    inputs: KernelInputs,
    rows: np.ndarray,
    *,
    labels: Labels,
    weight: np.ndarray,
) -> AverageOfKernels:
    """Fit each kernel on the training ``rows``; labels and weight are float[N], of all rows."""
    trained = trained_on(inputs, rows)
    own = {c: label[rows] for c, label in labels.items()}
    members = [fit_ridge(s, trained, inputs, rows, labels=own, weight=weight[rows]) for s in specs]
    return AverageOfKernels(trained=trained, members=tuple(members))


def best_specs(
    settings: KernelSettings,
    inputs: KernelInputs,
    rows: np.ndarray,
    held: np.ndarray,
    *,
    labels: Labels,
    weight: np.ndarray,
) -> list[KernelSpec]:
    """The ``kept`` kernels with the least squared error on the ``held`` rows, fitted on ``rows``;
    each with the bound of its labels that has the least.

    Errors are in units of each label's variance over ``rows`` and averaged over labels.
    """
    trained = trained_on(inputs, rows)
    specs = draw_specs(
        settings.drawn, seed=settings.seed, drugs=trained.drugs, profiles=trained.profiles
    )
    # Labels under each bound have one system with the others, and are solved together.
    own = {
        f"{k}:{c}": clipped(label[rows], weight[rows], bound)
        for k, bound in enumerate(CLIPS)
        for c, label in labels.items()
    }
    tried = []
    for spec in specs:
        fitted = fit_ridge(spec, trained, inputs, rows, labels=own, weight=weight[rows])
        found = fitted.predict(trained, inputs, held)
        of_bound = [{c: found[f"{k}:{c}"] for c in labels} for k in range(len(CLIPS))]
        errors = [_error(f, labels, held, rows) for f in of_bound]
        best = int(np.argmin(errors))
        tried.append((errors[best], replace(spec, clip=CLIPS[best])))
    order = np.argsort([error for error, _ in tried], kind="stable")
    return [tried[i][1] for i in order[: settings.kept]]


def _error(found: Labels, labels: Labels, held: np.ndarray, rows: np.ndarray) -> float:
    parts = []
    for column, mean in found.items():
        squared = (labels[column][held] - mean) ** 2
        if not np.isnan(squared).all():
            parts.append(float(np.nanmean(squared) / max(np.nanvar(labels[column][rows]), 1e-12)))
    return float(np.mean(parts)) if parts else float("inf")
