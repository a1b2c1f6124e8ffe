"""Held-out rows of a fold with what the networks and the kernel ridge say of them, and their group
of support; and how they are kept for a bundle that will learn from every row."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.files import write_bytes
from combo_dl.data.calibration import HeldOut, groups_of
from combo_dl.data.support import seen_pairs, supports
from combo_dl.nn.forecast import spread
from combo_dl.train import companion, held_out_days, held_out_risks
from combo_dl.train.join_by_name import joined_by_name
from combo_dl.train.member import TEST, VALIDATION, read_forecast
from combo_dl.train.work import Work

KEPT = "held_out.npz"
_NUMBERS = ("label", "network", "deviation", "between", "kernel", "null")


@dataclass(frozen=True, kw_only=True)
class _Seen:
    pairs: np.ndarray
    triples: np.ndarray


def row_groups(work: Work, trained: np.ndarray, rows: np.ndarray) -> tuple[str, ...]:
    """Group of support of ``rows`` of the first study when ``trained`` rows of it train: by what
    these say of drugs, as a bundle's support goes by the study that has the endpoint."""
    study = work.studies[0]
    known = np.full(len(work.world.catalog), -1, np.int64)
    used = study.combos.drugs[trained]
    own = work.world.ids[study.name][np.unique(used[used >= 0])]
    known[own] = own
    part, ids = study.take(trained), work.world.ids[study.name]
    pairs, triples = seen_pairs(part, ids)
    drugs, profile = study.combos.drugs[rows], study.combos.profile[rows].astype(np.int64)
    sets = np.where(drugs >= 0, ids[drugs], -1)
    seen = np.isin(profile, np.unique(part.combos.profile)) | (len(study.profiles) == 0)
    found = supports(sets, known, np.where(seen, profile, -1), _Seen(pairs=pairs, triples=triples))
    return groups_of(found, seen)


def held_out(work: Work, fold: int, part: str, *, seeds: int) -> dict[str, HeldOut]:
    """{column: HeldOut} of the ``validation`` or ``test`` rows of a fold, of continuous labels.

    Test rows are those of networks fitted on all training rows, the first ``seeds`` of them;
    validation rows those of networks that never saw them, as many as there are. Empty without any.
    """
    folds, study = work.folds[fold], work.studies[0]
    file, rows = (TEST, folds.test) if part == "test" else (VALIDATION, folds.validation)
    trained = work.fitted_rows(fold) if part == "test" else folds.search
    paths = [work.folder(fold, seed) / file for seed in range(seeds)]
    # Of 0/1 labels: see ``train.risks``. Curves of survival have no interval of a new label.
    apart = {n for n, e in work.settings.endpoints.items() if e.is_risk or e.is_survival}
    endpoints = {n: e for n, e in work.settings.endpoints.items() if n not in apart}
    found = [read_forecast(p, endpoints) for p in paths if p.is_file()] if endpoints else []
    if not found or not len(rows):
        return {}
    kernel = companion.read_forecasts(work, fold, part)
    group = row_groups(work, trained, rows)
    made = {}
    for name, endpoint in endpoints.items():
        law, between = spread([f[name] for f in found])
        for w, column in enumerate(c for c in endpoint.columns if c in study.combos.labels):
            label = study.combos.labels[column][:, 0].astype(np.float64)
            made[column] = HeldOut(
                label=label[rows],
                network=law.mean[:, w],
                deviation=law.deviation[:, w],
                between=between[:, w],
                kernel=kernel.get(column, np.full(len(rows), np.nan)),
                null=np.full(len(rows), _mean(label, study.combos.weight, trained)),
                group=group,
                networks=len(found),
            )
    return made


def _mean(label: np.ndarray, weight: np.ndarray, rows: np.ndarray) -> float:
    seen = rows[~np.isnan(label[rows])]
    return float(np.average(label[seen], weights=weight[seen])) if len(seen) else 0.0


def keep_held_out(work: Work, folder: Path) -> None:
    """Keep the test rows of all folds, for the calibration of a bundle that learns from all."""
    seeds = work.settings.seeds
    folds = [held_out(work, fold, "test", seeds=seeds) for fold in range(len(work.folds))]
    every = joined_by_name(folds, joined_rows)
    if not every:
        return
    arrays = {"columns": text_array(tuple(every)), "networks": np.array([seeds])}
    for column, rows in every.items():
        arrays |= {f"{name}:{column}": getattr(rows, name) for name in _NUMBERS}
        arrays[f"group:{column}"] = text_array(rows.group)
    write_bytes(folder / KEPT, archived(arrays))


def read_held_out(folder: Path) -> dict[str, HeldOut]:
    """What ``keep_held_out`` kept; empty of a training of risks and survival alone
    (``held_out_risks``, ``held_out_days``). Raises FormatError where there is none of them."""
    path = folder / KEPT
    others = (held_out_risks.KEPT, held_out_days.KEPT)
    if not path.is_file() and any((folder / name).is_file() for name in others):
        return {}
    if not path.is_file():
        raise FormatError(
            f"{folder} holds no {KEPT}; give the out= folder of a finished training with folds=all"
        )
    arrays = read_arrays(path)
    return {
        column: HeldOut(
            **{n: take(arrays, f"{n}:{column}") for n in _NUMBERS},
            group=take_text(arrays, f"group:{column}"),
            networks=int(take(arrays, "networks")[0]),
        )
        for column in take_text(arrays, "columns")
    }


def joined_rows(parts: list[HeldOut]) -> HeldOut:
    """Rows of several held-out sets, of ensembles of one size."""
    return HeldOut(
        **{n: np.concatenate([getattr(p, n) for p in parts]) for n in _NUMBERS},
        group=tuple(g for p in parts for g in p.group),
        networks=min(p.networks for p in parts),
    )
