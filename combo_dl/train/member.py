"""A member: one network of one fold and one seed, searched, refitted, kept, never fitted twice."""

import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch.nn.functional import pad

from combo_dl.core.files import read_json, write_bytes, write_json
from combo_dl.data.fitted import Fitted
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.world import WorldTensors
from combo_dl.nn.build import build_network, build_part
from combo_dl.nn.forecast import Forecast, forecast
from combo_dl.nn.head.pair_keys import pair_keys
from combo_dl.nn.network import ComboNet
from combo_dl.train.callbacks import EpochSearch, Report
from combo_dl.train.companion import fit_companion
from combo_dl.train.prepare import fitted_on, training_rows
from combo_dl.train.settings import TrainSettings
from combo_dl.train.sizes import dimensions_of
from combo_dl.train.stage import Stage, Tell, run_stage
from combo_dl.train.work import Work

VALIDATION, TEST = "validation.npz", "test.npz"


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Tensors and a network for one set of training rows. rows: {study: int64[n]}."""

    fitted: Fitted
    tensors: dict[str, StudyTensors]
    rows: dict[str, np.ndarray]
    net: ComboNet


def ready(work: Work, rows: np.ndarray, *, seed: int) -> Ready:
    """Fit scalers on ``rows`` of the first study, make tensors, build a network by its own seed."""
    chosen = training_rows(rows, studies=work.studies, world=work.world)
    fitted = fitted_on(chosen, studies=work.studies, world=work.world, settings=work.settings)
    columns = work.columns()
    tensors = {
        s.name: fitted.tensors(s, world_ids=work.world.ids[s.name], columns=columns)
        for s in work.studies
    }
    torch.manual_seed(seed)
    sizes = dimensions_of(fitted, work.studies, work.settings.endpoints)
    net = build_network(work.settings.network, sizes)
    for name, head in net.heads.items():
        parts = [(t, torch.from_numpy(chosen[n])) for n, t in tensors.items() if name in t.labels]
        _fit_head(head, name, parts)
        if getattr(head, "reads_pairs", False):
            _fit_pairs(head, name, parts, fitted)
        if getattr(head, "reads_drugs", False):
            _fit_drugs(head, name, parts, fitted)
    return Ready(fitted=fitted, tensors=tensors, rows=chosen, net=net)


def _fit_head(
    head: torch.nn.Module, name: str, parts: list[tuple[StudyTensors, torch.Tensor]]
) -> None:
    label = torch.cat([t.labels[name][rows] for t, rows in parts]).float()
    observed = torch.cat([t.observed[name][rows] for t, rows in parts])
    weight = torch.cat([t.weight[rows] for t, rows in parts])
    head.fit(label, observed, weight)  # type: ignore[operator]


def _fit_pairs(
    head: torch.nn.Module,
    name: str,
    parts: list[tuple[StudyTensors, torch.Tensor]],
    fitted: Fitted,
) -> None:
    pairs = torch.from_numpy(fitted.known_pairs())
    known = torch.from_numpy(fitted.vector_ids())
    head.fit_pairs(  # type: ignore[operator]
        pair_keys(pairs, torch.ones_like(pairs, dtype=torch.bool)),
        torch.cat([pair_keys(known[t.drugs[rows]], t.present[rows]) for t, rows in parts]),
        torch.cat([t.labels[name][rows] for t, rows in parts]),
        torch.cat([t.observed[name][rows] for t, rows in parts]),
    )


def _fit_drugs(
    head: torch.nn.Module,
    name: str,
    parts: list[tuple[StudyTensors, torch.Tensor]],
    fitted: Fitted,
) -> None:
    known = torch.from_numpy(fitted.vector_ids())
    # Studies may have sets of other sizes.
    width = max(t.drugs.shape[1] for t, _ in parts)
    ids = [torch.where(t.present[rows], known[t.drugs[rows]], -1) for t, rows in parts]
    head.fit_drugs(  # type: ignore[operator]
        torch.cat([pad(part, (0, width - part.shape[1]), value=-1) for part in ids]),
        torch.cat([t.labels[name][rows] for t, rows in parts]),
        torch.cat([t.observed[name][rows] for t, rows in parts]),
    )


def member_seed(settings: TrainSettings, seed: int) -> int:
    """The seed of the random numbers of a member."""
    return settings.seed * 1009 + seed


def fit_member(
    work: Work, fold: int, seed: int, *, report: Report | None = None, tell: Tell | None = None
) -> bool:
    """Fit a member unless it is there; False when its trial was pruned.

    Everything is continued from where it stopped: a search or a refit from its last checkpoint.
    """
    folder = work.folder(fold, seed)
    if (folder / "member.json").is_file():
        return True
    searched = _search(work, fold, seed, report=report, tell=tell)
    if searched is None:
        return False
    if seed == 0:
        fit_companion(work, fold)
    elif seed < work.settings.fit.calibrators:
        _calibrate(work, fold, seed, epochs=searched["epochs"], tell=tell)
    made = ready(work, work.fitted_rows(fold), seed=member_seed(work.settings, seed))
    if work.settings.fit.refits:
        _fit_stage(work, made, "refit", folder, epochs=searched["epochs"], seed=seed, tell=tell)
    else:
        made.net.load_state_dict(load((folder / "searched.safetensors").read_bytes()))
    _keep(work, made, fold, folder, searched)
    return True


def _search(
    work: Work, fold: int, seed: int, *, report: Report | None, tell: Tell | None
) -> dict | None:
    """The record of the search that this member goes by; None when pruned."""
    fit = work.settings.fit
    if fit.search == "none":
        return {"epochs": fit.max_epochs, "errors": [], "objectives": {}}
    # One seed searches for all of a fold, wherever its weights are not needed for themselves.
    searcher = 0 if fit.search == "first" and fit.refit else seed
    folder = work.folder(fold, searcher)
    kept = folder / "search.json"
    if kept.is_file():
        return read_json(kept)
    rows = work.folds[fold]
    made = ready(work, rows.search, seed=member_seed(work.settings, searcher))
    search = _fit_stage(
        work,
        made,
        "search",
        folder,
        epochs=fit.max_epochs,
        seed=searcher,
        tell=tell,
        report=report,
        validation=rows.validation,
    )
    assert search is not None
    if search.pruned:
        return None
    made.net.load_state_dict(search.best)
    if not fit.refit:
        write_bytes(folder / "searched.safetensors", save(search.best))
    _forecast_validation(work, made, fold, folder)
    record = {
        "epochs": search.best_epoch,
        "errors": search.errors,
        "objectives": search.best_parts | {"weights": float(_count(made.net))},
    }
    write_json(kept, record)
    (folder / "search.ckpt").unlink(missing_ok=True)
    return record


def _count(net: ComboNet) -> int:
    return sum(p.numel() for p in net.parameters())


def _fit_stage(
    work: Work,
    made: Ready,
    name: str,
    folder: Path,
    *,
    epochs: int,
    seed: int,
    tell: Tell | None,
    report: Report | None = None,
    validation: np.ndarray | None = None,
) -> EpochSearch | None:
    first = work.studies[0].name
    tensors, worlds = _by_study(made)
    stage = Stage(
        name=name,
        folder=folder,
        train=[(t, torch.from_numpy(made.rows[n])) for n, t in tensors.items()],
        shares=[work.settings.shares.get(n, 1.0) for n in tensors],
        validation=[] if validation is None else [(tensors[first], torch.from_numpy(validation))],
        epochs=epochs,
        seed=member_seed(work.settings, seed),
        tensorboard=work.settings.tensorboard,
        report=report,
        tell=tell,
    )
    return run_stage(
        stage,
        net=made.net,
        worlds=worlds,
        objective=build_part("objective", work.settings.objective, {}),
        fit=work.settings.fit,
    )


def _by_study(made: Ready) -> tuple[dict[str, StudyTensors], dict[str, WorldTensors]]:
    """Tensors of each study, and the world that its batches are drawn from.

    Where drugs do not hear of each other, a batch of several studies need not encode the drugs of
    the others, which may be a hundred times its own.
    """
    world = made.fitted.world()
    if len(made.tensors) == 1 or not getattr(made.net.relation, "separate", False):
        return made.tensors, dict.fromkeys(made.tensors, world)
    used = {name: t.used_drugs() for name, t in made.tensors.items()}
    own = {name: t.of_drugs(used[name]) for name, t in made.tensors.items()}
    return own, {name: world.take(kept) for name, kept in used.items()}


def _calibrate(work: Work, fold: int, seed: int, *, epochs: int, tell: Tell | None) -> None:
    """Forecast validation rows by a further network that never saw them, unless it is done.

    How far two such networks lie apart tells what averaging several will save.
    """
    fit, folder = work.settings.fit, work.folder(fold, seed)
    if fit.search != "first" or not fit.refit or (folder / VALIDATION).is_file():
        return
    made = ready(work, work.folds[fold].search, seed=member_seed(work.settings, seed))
    _fit_stage(work, made, "calibrate", folder, epochs=epochs, seed=seed, tell=tell)
    _forecast_validation(work, made, fold, folder)
    (folder / "calibrate.ckpt").unlink(missing_ok=True)


def _forecast_validation(work: Work, made: Ready, fold: int, folder: Path) -> None:
    rows = work.folds[fold].validation
    found = forecast(made.net, made.fitted.world(), made.tensors[work.studies[0].name], rows)
    write_forecast(folder / VALIDATION, rows, found)


def _keep(work: Work, made: Ready, fold: int, folder: Path, searched: dict) -> None:
    """Weights, forecast of the test rows, and at last the record that says the member is done."""
    write_bytes(folder / "weights.safetensors", save(made.net.state_dict()))
    rows = work.folds[fold].test
    if len(rows):
        found = forecast(made.net, made.fitted.world(), made.tensors[work.studies[0].name], rows)
        write_forecast(folder / TEST, rows, found)
    write_json(folder / "member.json", searched)
    (folder / "refit.ckpt").unlink(missing_ok=True)


def write_forecast(path: Path, rows: np.ndarray, found: dict[str, Forecast]) -> None:
    """Rows, means, deviations and the days of curves as one npz."""
    buffer = io.BytesIO()
    arrays = {f"mean:{k}": f.mean for k, f in found.items()}
    arrays |= {f"deviation:{k}": f.deviation for k, f in found.items()}
    arrays |= {f"days:{k}": f.times_days for k, f in found.items() if f.times_days is not None}
    np.savez(buffer, rows=rows, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def read_forecast(path: Path, names: Collection[str] | None = None) -> dict[str, Forecast]:
    """The forecast that a member kept, of all endpoints or of those in ``names``: of a wide risk it
    is large."""
    with np.load(path, allow_pickle=False) as kept:
        found = [n.removeprefix("mean:") for n in kept.files if n.startswith("mean:")]
        return {
            n: Forecast(
                mean=kept[f"mean:{n}"],
                deviation=kept[f"deviation:{n}"],
                times_days=kept[f"days:{n}"] if f"days:{n}" in kept.files else None,
            )
            for n in found
            if names is None or n in names
        }
