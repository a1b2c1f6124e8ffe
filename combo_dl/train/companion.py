"""The companion of a fold's networks: kernel ridge on the same rows, drugs and profiles.

It is fitted once on the rows of the search (validation rows choose its kernels, and its share
beside the networks) and once on all training rows, as the networks are.
"""

import io
from dataclasses import asdict
from pathlib import Path

import numpy as np

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.files import write_bytes, write_json
from combo_dl.kernels.average import AverageOfKernels, best_specs, fit_average
from combo_dl.kernels.inputs import KernelInputs, kernel_inputs
from combo_dl.kernels.spec import KernelSpec, draw_specs
from combo_dl.kernels.store import from_arrays, to_arrays
from combo_dl.train.prepare import fitted_on, training_rows
from combo_dl.train.work import Work

DONE, KERNELS = "kernel.json", "kernel.npz"


def columns_of(work: Work) -> tuple[str, ...]:
    """Label columns that the kernel ridge learns: those of synergy that the first study has."""
    labels = work.studies[0].combos.labels
    named = [e for e in work.settings.endpoints.values() if e.kind == "synergy"]
    return tuple(c for e in named for c in e.columns if c in labels)


def has_companion(work: Work) -> bool:
    """Whether networks get one: it keeps features of training profiles, so only of public ones."""
    private = work.studies[0].profiles.space in ("patient", "trial")
    return work.settings.kernel is not None and not private and bool(columns_of(work))


def fit_companion(work: Work, fold: int) -> None:
    """Fit the kernels of a fold, unless they are there, and forecast its held-out rows."""
    folder = work.companion_folder(fold)
    if not has_companion(work) or (folder / DONE).is_file():
        return
    settings = work.settings.kernel
    assert settings is not None
    rows, study = work.folds[fold], work.studies[0]
    labels = {c: study.combos.labels[c][:, 0].astype(np.float64) for c in columns_of(work)}
    weight = study.combos.weight.astype(np.float64)
    if work.settings.fit.search == "none":
        # Nothing is validated, so nothing is chosen: the first kernels that are drawn.
        inputs = _inputs(work, rows.train)
        things = {"drugs": inputs.of_drugs, "profiles": inputs.of_profiles}
        specs = draw_specs(settings.kept, seed=settings.seed, **things)
    else:
        inputs = _inputs(work, rows.search)
        specs = best_specs(
            settings, inputs, rows.search, rows.validation, labels=labels, weight=weight
        )
        kept = fit_average(specs, inputs, rows.search, labels=labels, weight=weight)
        _write(folder / "validation.npz", kept, inputs, rows.validation)
    if work.settings.fit.refits:
        inputs = _inputs(work, rows.train)
        kept = fit_average(specs, inputs, rows.train, labels=labels, weight=weight)
    if len(rows.test):
        _write(folder / "test.npz", kept, inputs, rows.test)
    _keep(folder, kept, specs)


def read_companion(work: Work, fold: int) -> AverageOfKernels | None:
    """The kernels of a fold, None where it has none."""
    path = work.companion_folder(fold) / KERNELS
    if not path.is_file():
        return None
    return from_arrays(read_arrays(path), columns_of(work))


def read_forecasts(work: Work, fold: int, part: str) -> dict[str, np.ndarray]:
    """{column: float64[n]} of the ``validation`` or ``test`` rows; empty where there is none."""
    path = work.companion_folder(fold) / f"{part}.npz"
    if not path.is_file():
        return {}
    return read_arrays(path)


def _inputs(work: Work, rows: np.ndarray) -> KernelInputs:
    chosen = training_rows(rows, studies=work.studies, world=work.world)
    fitted = fitted_on(chosen, studies=work.studies, world=work.world, settings=work.settings)
    first = work.studies[0]
    tensors = fitted.tensors(first, world_ids=work.world.ids[first.name], columns={})
    return kernel_inputs(fitted.world(), tensors)


def _write(path: Path, found: AverageOfKernels, inputs: KernelInputs, rows: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **found.predict(inputs, rows))  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def _keep(folder: Path, kept: AverageOfKernels, specs: list[KernelSpec]) -> None:
    write_bytes(folder / KERNELS, archived(to_arrays(kept)))
    write_json(folder / DONE, {"kernels": [asdict(s) for s in specs]})
