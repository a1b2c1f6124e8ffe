"""Scores derived from predicted viability, against scores that are regressed directly.

    COMBO_DL_DATA=<tables> python scripts/compare_viability.py OUT [--splits given_drug] [--seed 0]

For each split, on fold 0, networks see the same drugs, lines, single-drug curves and triples:

- direct: trained on Loewe, Bliss, HSA and ZIP (``experiment=oneil_combination_out``), twice;
- beside: the same with the mean viability of parts of the matrix as a further endpoint;
- dosed: trained on the wells (``experiment=oneil_viability``, doses relative to the highest alone),
  the scores derived from the viability that it predicts at the doses of the screen.

All are networks of the search: the following fold finds the epoch and is not trained on. On that
fold every way is mapped to the published score by a linear map (a blend: of two ways); test rows
are read once, at the end. Trainings that OUT holds are not repeated. Writes OUT/compare.csv.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.torch import load, save

from combo_dl.cli.compose import composed
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.core.files import read_json, write_bytes, write_json, write_text
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.data.matrix_tensors import matrix_tensors
from combo_dl.datasets.dose_response import DoseResponse, dose_response
from combo_dl.datasets.synergy import SCORES, Wells, loewe_volume, synergy_scores
from combo_dl.nn.build import build_part
from combo_dl.nn.forecast import forecast
from combo_dl.stats.regression import pearson
from combo_dl.train.member import Ready, Work, member_seed, ready
from combo_dl.train.run import prepare, train
from combo_dl.train.stage import Stage, run_stage

SPLITS = ("given_combination", "given_drug", "given_profile")
LOEWE = "synergy_loewe"
MATRICES = 512  # a batch
DIRECT, BESIDE = "oneil_combination_out", "oneil_viability_beside"


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Rows: triples (drug, drug, line). Columns: the scores."""

    validation: pd.DataFrame
    test: pd.DataFrame


def trained_on_scores(
    split: str, out: Path, *, experiment: str, seed: int
) -> tuple[Scored, Scored, int]:
    """(predictions, published scores, epoch) of a network that regresses scores."""
    asked = [f"experiment={experiment}", f"split={split}", f"out={out}", f"seed={seed}"]
    cfg = composed("train", [*asked, "folds=0", "seeds=1", "trainer.refit=false"])
    settings, studies = settings_of(cfg), studies_of(cfg)
    train(settings, studies)
    work, study = prepare(settings, studies), studies[0]
    made = ready(work, work.folds[0].search, seed=member_seed(settings, 0))
    folder = work.folder(0, 0)
    made.net.load_state_dict(load((folder / "weights.safetensors").read_bytes()))
    every = np.arange(len(study))
    found = forecast(made.net, made.fitted.world(), made.tensors[study.name], every)
    mean = {n: found[n].mean[:, 0] for n in SCORES}
    truth = {n: study.combos.labels[n][:, 0] for n in SCORES}
    fold, epoch = work.folds[0], read_json(folder / "member.json")["epochs"]
    return _by_triple(study, fold, mean), _by_triple(study, fold, truth), epoch


def _by_triple(study: Study, fold: Fold, columns: dict[str, np.ndarray]) -> Scored:
    """Replicates of a triple are averaged."""
    frame = pd.DataFrame({n: v.astype(np.float64) for n, v in columns.items()})
    frame.index = triples(study, np.arange(len(study)))
    halves = {n: frame.iloc[getattr(fold, n)] for n in ("validation", "test")}
    return Scored(**{n: part.groupby(level=[0, 1, 2]).mean() for n, part in halves.items()})


def triples(study: Study, rows: np.ndarray) -> pd.MultiIndex:
    """(drug, drug, line) of rows of two drugs."""
    drugs = np.array(study.drugs.names, object)[study.combos.drugs[rows]]
    lines = np.array(study.profiles.ids.names, object)[study.combos.profile[rows]]
    return pd.MultiIndex.from_arrays([drugs[:, 0], drugs[:, 1], lines])


def trained_on_wells(
    split: str, out: Path, *, seed: int, overrides: list[str]
) -> tuple[dict[str, Scored], dict]:
    """({way: derived scores}, notes) of a network that predicts viability."""
    asked = ["experiment=oneil_viability", "data.oneil_viability.doses=relative", f"split={split}"]
    cfg = composed("train", [*asked, f"out={out}", f"seed={seed}", *overrides])
    settings, studies = settings_of(cfg), studies_of(cfg)
    settings = replace(settings, fit=replace(settings.fit, batch_size=MATRICES))
    work, study = prepare(settings, studies), studies[0]
    fold = _with_single_wells(study, work.folds[0])
    made = ready(work, fold.search, seed=member_seed(settings, 0))
    record = _fitted(work, made, fold, out)
    tensors, rows = made.tensors[study.name], np.arange(len(study))
    law = forecast(made.net, made.fitted.world(), tensors, rows, batch_size=65536)["viability"]
    mean = law.mean[:, 0].astype(np.float64)
    truth = study.combos.labels["viability"][:, 0].astype(np.float64)
    # What a drug does alone is an input, of held-out drugs and lines too, as the curve tokens are.
    measured = np.where(study.combos.size == 1, truth, mean)
    ways = {"predicted singles": mean, "measured singles": measured, "measured wells": truth}
    notes = {
        "epoch": record["epoch"],
        "seconds": record["seconds"],
        "viability_pearson": pearson(mean[fold.test], truth[fold.test]),
        "viability_mse": float(np.mean((mean - truth)[fold.test] ** 2)),
    }
    return {n: derived(study, fold, v) for n, v in ways.items()}, notes


def _with_single_wells(study: Study, fold: Fold) -> Fold:
    """Wells of two drugs as the fold has them; to train, also every drug alone that trains in a
    pair, in every line that does: what a drug does alone is measured before it is combined."""
    combos, two = study.combos, study.combos.size == 2
    rows = {n: getattr(fold, n)[two[getattr(fold, n)]] for n in ("search", "validation", "test")}
    drugs, lines = np.unique(combos.drugs[rows["search"]]), combos.profile[rows["search"]]
    alone = ~two & np.isin(combos.drugs[:, 0], drugs) & np.isin(combos.profile, lines)
    rows["search"] = np.concatenate([rows["search"], np.flatnonzero(alone)])
    return replace(fold, **rows, train=rows["search"])


def _fitted(work: Work, made: Ready, fold: Fold, out: Path) -> dict:
    """The record of a search like a training's, in batches of whole matrices."""
    kept, weights = out / "search.json", out / "searched.safetensors"
    if not kept.is_file():
        tensors, started = matrix_tensors(made.tensors[work.studies[0].name]), time.process_time()
        search = run_stage(
            Stage(
                name="search",
                folder=out,
                train=[(tensors, tensors.matrices(fold.search))],
                validation=[(tensors, tensors.matrices(fold.validation))],
                epochs=work.settings.fit.max_epochs,
                seed=member_seed(work.settings, 0),
            ),
            net=made.net,
            worlds=dict.fromkeys(made.tensors, made.fitted.world()),
            objective=build_part("objective", work.settings.objective, {}),
            fit=work.settings.fit,
        )
        assert search is not None
        write_bytes(weights, save(search.best))
        seconds = time.process_time() - started
        write_json(kept, {"seconds": seconds, "epoch": search.best_epoch, "errors": search.errors})
    made.net.load_state_dict(load(weights.read_bytes()))
    return read_json(kept)


def derived(study: Study, fold: Fold, viability: np.ndarray) -> Scored:
    """Scores of the matrices of a fold, from ``viability`` float64[N] of every well."""
    singles = _singles(study, viability)
    halves = {n: getattr(fold, n) for n in ("validation", "test")}
    return Scored(**{n: _scores(study, rows, viability, singles) for n, rows in halves.items()})


def _curve(study: Study, drug: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return drug * len(study.profiles) + study.combos.profile[rows]


def _singles(study: Study, viability: np.ndarray) -> DoseResponse:
    rows = np.flatnonzero(study.combos.size == 1)
    return dose_response(
        _curve(study, study.combos.drugs[rows, 0], rows),
        study.combos.dose[rows, 0].astype(np.float64),
        1.0 - viability[rows],
        n_curves=len(study.drugs) * len(study.profiles),
    )


def _scores(
    study: Study, rows: np.ndarray, viability: np.ndarray, singles: DoseResponse
) -> pd.DataFrame:
    # No score changes when all doses of a drug are given in another unit.
    names = triples(study, rows)
    matrix, unique = pd.factorize(names)
    first = rows[np.unique(matrix, return_index=True)[1]]
    dose = study.combos.dose[rows].astype(np.float64)
    wells = Wells(
        matrix=matrix.astype(np.int64),
        dose_a_um=dose[:, 0],
        dose_b_um=dose[:, 1],
        inhibition=1.0 - viability[rows],
        curve_a=_curve(study, study.combos.drugs[first, 0], first),
        curve_b=_curve(study, study.combos.drugs[first, 1], first),
        singles=singles,
    )
    # The published Loewe is a volume (docs/benchmarks/synergy_scores.md).
    found = synergy_scores(wells) | {LOEWE: loewe_volume(wells)}
    return pd.DataFrame(found, index=pd.MultiIndex.from_tuples(list(unique)))


def scored(score: str, way: str, truth: Scored, parts: list[Scored]) -> dict:
    """Validation and test scores of the linear map of ``parts`` that validation rows fitted."""
    made: dict[str, float | str] = {"score": score, "way": way}
    weights = None
    for half in ("validation", "test"):
        labels = getattr(truth, half)[score]
        columns = [getattr(p, half)[score].reindex(labels.index).to_numpy() for p in parts]
        x, y = np.column_stack([*columns, np.ones(len(labels))]), labels.to_numpy()
        weights = np.linalg.lstsq(x, y, rcond=None)[0] if weights is None else weights
        made |= {f"{half}_mse": float(np.mean((x @ weights - y) ** 2))}
        made |= {f"{half}_pearson": pearson(x @ weights, y)}
    return made


def compare(split: str, out: Path, seed: int, overrides: list[str]) -> tuple[list[dict], dict]:
    """One line a score and way, and notes on the network of wells."""
    folder = out / split / f"seed{seed}"
    runs = {"direct": (DIRECT, seed), "direct_again": (DIRECT, seed + 1), "beside": (BESIDE, seed)}
    own = {
        name: trained_on_scores(split, folder / name, experiment=experiment, seed=at)
        for name, (experiment, at) in runs.items()
    }
    truth, (first, again, beside) = own["direct"][1], (own[n][0] for n in runs)
    ways, notes = trained_on_wells(split, folder / "dosed", seed=seed, overrides=overrides)
    named = {"direct": [first], "direct, another seed": [again], "viability beside": [beside]}
    named |= {f"derived, {name}": [part] for name, part in ways.items()}
    named |= {"blend of two direct": [first, again], "blend of direct and beside": [first, beside]}
    named["blend of direct and derived"] = [first, ways["measured singles"]]
    rows = [scored(s, way, truth, parts) for s in SCORES for way, parts in named.items()]
    epochs = {f"{n}_epoch": o[2] for n, o in own.items()}
    return [{"split": split, "seed": seed} | r for r in rows], {"split": split} | notes | epochs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--splits", nargs="+", default=SPLITS, choices=SPLITS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dosed", nargs="*", default=[], help="settings of the network of wells")
    args = parser.parse_args()
    found = [compare(split, args.out, args.seed, args.dosed) for split in args.splits]
    table = pd.DataFrame([row for rows, _ in found for row in rows])
    write_text(args.out / "compare.csv", table.to_csv(index=False))
    print(table.round(3).to_string())
    print(pd.DataFrame([notes for _, notes in found]).round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
