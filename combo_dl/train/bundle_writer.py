"""Write a bundle: the members of one fold as a folder that needs neither data nor configuration."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.torch import load, save
from torch import Tensor

from combo_dl.core.array_files import archived
from combo_dl.core.bundle_format import (
    CARD,
    FORMAT,
    INTENDED_USE,
    KERNEL,
    README,
    WEIGHTS,
    WORLD,
)
from combo_dl.core.combo_table import ComboTable
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.files import (
    digest_of,
    read_json,
    sha256,
    whole_folder,
    write_bytes,
    write_json,
    write_text,
)
from combo_dl.core.study import Provenance, Study
from combo_dl.core.study_files import study_digest
from combo_dl.data.calibration import Calibration
from combo_dl.data.days_calibration import DaysCalibration
from combo_dl.data.fitted import Fitted, known_profiles
from combo_dl.data.risk_calibration import RiskCalibration
from combo_dl.kernels.store import to_arrays
from combo_dl.stats.usual_excess import usual_excess
from combo_dl.train.companion import columns_of, has_companion, read_companion
from combo_dl.train.member import Ready, ready
from combo_dl.train.model_card import model_card
from combo_dl.train.patient_card import MEMBERSHIP
from combo_dl.train.sizes import dimensions_of
from combo_dl.train.work import Work


@dataclass(frozen=True, kw_only=True)
class Laws:
    """What was learned on held-out rows. columns: {label column: its calibration}, of continuous
    labels.  risks: {endpoint: its calibration}, of 0/1 labels.  days: the same, of survival."""

    columns: dict[str, Calibration]
    risks: dict[str, RiskCalibration]
    days: dict[str, DaysCalibration]


_OF_MACHINE = ("paths", "out", "scores_from", "calibrate_from", "calibrate_days_from")
PACKAGES = ("combo-dl", "torch", "pytorch-lightning", "numpy", "rdkit", "safetensors")


def versions() -> dict[str, str]:
    """Versions of the language and of the packages that make the numbers."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def write_bundle(work: Work, fold: int, folder: Path, *, scores: list[dict], laws: Laws) -> None:
    """Write the bundle of a fold, whole or not at all.

    Raises ComboError when the disk refuses.
    """
    made = ready(work, work.fitted_rows(fold), seed=0)
    weights: dict[str, Tensor] = {}
    for seed in range(work.settings.seeds):
        kept = load((work.folder(fold, seed) / "weights.safetensors").read_bytes())
        weights |= {f"{seed}/{name}": tensor for name, tensor in kept.items()}
    card = _card(work, fold, made, scores=scores, laws=laws)
    with whole_folder(folder, mark=CARD) as temporary:
        write_bytes(temporary / WEIGHTS, save(weights))
        write_bytes(temporary / WORLD, _world(work, fold, made.fitted))
        card["files"] = {name: sha256(temporary / name) for name in (WEIGHTS, WORLD)}
        card["digest"] = digest_of(json.dumps(card, sort_keys=True))
        write_json(temporary / CARD, card)
        write_text(temporary / README, model_card(card))


def _world(work: Work, fold: int, fitted: Fitted) -> bytes:
    arrays = fitted.to_arrays()
    kernels = read_companion(work, fold)
    if kernels is not None:
        arrays |= {f"{KERNEL}{name}": array for name, array in to_arrays(kernels).items()}
    for study in work.studies:
        # Public cell lines may be named later; the rows of patients never leave the training.
        if study.profiles.space == "cell_line":
            known = known_profiles(study.profiles, fitted.studies[study.name].known)
            arrays |= {f"profiles:{study.name}:{k}": v for k, v in known.to_arrays().items()}
    return archived(arrays)


def _card(work: Work, fold: int, made: Ready, *, scores: list[dict], laws: Laws) -> dict:
    spec, rows = work.settings.network, work.folds[fold]
    return {
        "format": FORMAT,
        "versions": versions(),
        "members": work.settings.seeds,
        "network": spec.to_plain(),
        "dimensions": dimensions_of(made.fitted, work.studies, work.settings.endpoints).to_json(),
        "endpoints": {n: e.to_json() for n, e in spec.endpoints.items()},
        "first_study": work.studies[0].name,
        "studies": {
            s.name: _study_card(s, spec.endpoints)
            | {"training_rows": len(made.rows[s.name])}
            | _usual(s, made.rows[s.name], spec.endpoints)
            for s in work.studies
        },
        "edges": {n: _origin(p) for n, p in work.world.edge_sources.items()},
        "split": {
            "fold": rows.name,
            "rule": repr(work.settings.split),
            "training_rows": len(work.fitted_rows(fold)),
            "test_rows": len(rows.test),
            "proofs": [p.to_json() for p in rows.proofs],
        },
        "scores": scores,
        "laws": {column: law.to_json() for column, law in laws.columns.items()},
        "risk_laws": {name: law.to_json() for name, law in laws.risks.items()},
        "days_laws": {name: law.to_json() for name, law in laws.days.items()},
        "kernel_columns": list(columns_of(work)) if has_companion(work) else [],
        "config": portable(work.settings.config),
        "membership": _membership(work.settings.calibrate_from),
        "intended_use": INTENDED_USE,
    }


def _membership(folders: Sequence[Path]) -> list[dict]:
    """What an attack found in folders of the same settings with rows held out, where one was made
    (scripts/attack_membership.py)."""
    found = [folder / MEMBERSHIP for folder in folders if (folder / MEMBERSHIP).is_file()]
    return [row for path in found for row in read_json(path)["rows"]]


def portable(config: dict) -> dict:
    """A resolved configuration without the folders of one machine: a bundle travels."""
    kept = {k: v for k, v in config.items() if k not in _OF_MACHINE}
    source = str(config.get("paths", {}).get("data", ""))

    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {k: cleaned(v) for k, v in value.items()}
        if isinstance(value, list):
            return [cleaned(v) for v in value]
        if source and isinstance(value, str) and value.startswith(source):
            return "${paths.data}" + value.removeprefix(source)
        return value

    return {k: cleaned(v) for k, v in kept.items()}


def _study_card(study: Study, endpoints: dict[str, Endpoint]) -> dict:
    labels = study.combos.labels
    return {
        "endpoints": [n for n, e in endpoints.items() if all(c in labels for c in e.columns)],
        "digest": study_digest(study),
        "version": study.version,
        "dose_unit": study.dose_unit,
        "space": study.profiles.space,
        "fields": [f.to_json() for f in study.profiles.fields],
        "flow": [list(step) for step in study.provenance.flow],
    } | _origin(study.provenance)


def _usual(study: Study, rows: np.ndarray, endpoints: dict[str, Endpoint]) -> dict:
    """How far sets of the study's training rows lie from independent drugs, a risk of one column
    each; nothing where no risk has enough of them."""
    combos = study.combos.take(rows)
    found = {
        name: usual_excess(combos.drugs, combos.labels[e.columns[0]][:, 0])
        for name, e in endpoints.items()
        if e.is_risk and len(e.columns) == 1 and _of_one_column(combos, e.columns[0])
    }
    usual = {
        name: {str(size): told.to_json() for size, told in sizes.items()}
        for name, sizes in found.items()
        if sizes
    }
    return {"usual_excess": usual} if usual else {}


def _of_one_column(combos: ComboTable, name: str) -> bool:
    return name in combos.labels and combos.labels[name].shape[1] == 1


def _origin(provenance: Provenance) -> dict:
    return {
        "sources": [asdict(s) for s in provenance.sources],
        "citation": provenance.citation,
    }
