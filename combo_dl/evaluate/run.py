"""``evaluate``: the model beside its baselines, on the same folds, in one table."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.files import write_json, write_text
from combo_dl.core.json_values import json_value
from combo_dl.core.study import Study
from combo_dl.core.study_files import study_digest
from combo_dl.evaluate.files import markdown, write_folds, write_predictions, write_rows
from combo_dl.evaluate.leakage import audited, told
from combo_dl.evaluate.membership import write_membership
from combo_dl.evaluate.models import (
    AnyPredicted,
    Predicted,
    baseline_models,
    columns_of,
    network_models,
)
from combo_dl.evaluate.protocol import EvaluateSettings, folds_differ, title_of, unit_of
from combo_dl.evaluate.risk_labels import RiskPredicted, risks_of
from combo_dl.evaluate.risk_models import risk_baselines
from combo_dl.evaluate.risk_scoring import RiskScores
from combo_dl.evaluate.scoring import differences, fold_groups, means, scored, scored_groups
from combo_dl.evaluate.survival_files import write_survival
from combo_dl.evaluate.survival_labels import SurvivalPredicted, check_survivals, survivals_of
from combo_dl.evaluate.survival_models import survival_baselines
from combo_dl.evaluate.survival_scoring import SurvivalScores
from combo_dl.stats.replicates import replicate_ceiling
from combo_dl.train.bundle_writer import portable, versions
from combo_dl.train.run import prepare
from combo_dl.train.work import Work

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """rows: one a model, fold and label column or risk.  table: means of folds.  ceiling:
    replicates.  record: all that ``benchmark.json`` holds."""

    rows: list[dict]
    table: list[dict]
    ceiling: dict[str, float]
    cpu_minutes: float
    folder: Path
    record: dict


def evaluate(settings: EvaluateSettings, studies: list[Study]) -> Benchmark:
    """Audit, fit what is not there yet, score everything, write the files of a benchmark.

    Raises LeakageError before anything is fitted where training could see what is scored.
    """
    settings.validate()
    started = _cpu_seconds()
    main = replace(settings.train, out=settings.train.out / "model")
    work = prepare(main, [s.validate() for s in studies])
    check_survivals(work)
    leakage = audited(work)
    groups = fold_groups(work)
    found, risks, survivals = _sorted_out(_models(settings, work, studies), work, groups)
    headline = found[-1].model if found else risks.headline() or survivals.headline()
    rows = scored(work, found) + risks.rows + survivals.rows
    of_survival, survival = survivals.record(headline)
    record = {
        "format": FORMAT,
        "protocol": _protocol(settings, work, headline) | {"risks": risks.protocol()},
        "table": means(scored(work, found)) + risks.table() + survivals.table(),
        "rows": rows,
        "groups": scored_groups(work, found, groups) + risks.by_group,
        "differences": _differences(work, found, headline) + risks.differences() + of_survival,
        "cohorts": risks.cohorts(),
        "survival": survival,
        "ceiling": _ceiling(work),
        "leakage": told(leakage, work.studies[0]),
        "cpu_minutes": (_cpu_seconds() - started) / 60,
    } | _origin(settings, studies)
    folder = settings.train.out
    if found or risks.frames:
        write_predictions(folder / "predictions.parquet", work, found, groups, risks.frames)
        write_folds(folder / "folds.csv", work)
    if survivals.frames:
        write_survival(folder / "survival.parquet", survivals.frames)
    write_rows(folder / "benchmark.csv", rows)
    if risks.effects:
        write_rows(folder / "effects.csv", risks.effects)
    write_json(folder / "benchmark.json", json_value(record))
    write_text(folder / "benchmark.md", markdown(record))
    if settings.membership:
        write_membership(work)
    return Benchmark(
        rows=rows,
        table=record["table"],
        ceiling=record["ceiling"],
        cpu_minutes=record["cpu_minutes"],
        folder=folder,
        record=record,
    )


def _models(settings: EvaluateSettings, work: Work, studies: list[Study]) -> Iterator[AnyPredicted]:
    yield from baseline_models(settings, work)
    yield from risk_baselines(settings, work)
    yield from survival_baselines(settings, work)
    yield from network_models(settings, work, studies)


def _sorted_out(
    models: Iterator[AnyPredicted], work: Work, groups: list[np.ndarray]
) -> tuple[list[Predicted], RiskScores, SurvivalScores]:
    """Predicted numbers, and the scores of risks and of survival: these are scored as they come."""
    found, risks = [], RiskScores(work=work, groups=groups)
    survivals = SurvivalScores(work=work)
    for made in models:
        if isinstance(made, RiskPredicted):
            risks.add(made)
        elif isinstance(made, SurvivalPredicted):
            survivals.add(made)
        else:
            found.append(made)
    return found, risks, survivals


def _differences(work: Work, found: list[Predicted], headline: str) -> list[dict]:
    return differences(work, found, headline, columns_of(work)[0]) if found else []


def _protocol(settings: EvaluateSettings, work: Work, headline: str) -> dict:
    endpoints = {c: e for e in work.settings.endpoints.values() for c in e.columns}
    named = [*risks_of(work), *survivals_of(work)]
    endpoints |= {e.name: e for e in named}
    scored_columns = [*columns_of(work), *(e.name for e in named)]
    # A label 0 or 1 is an event as it stands.
    thresholds = {c: endpoints[c].threshold for c in columns_of(work)}
    return {
        "title": title_of(work.settings.split),
        "split": repr(work.settings.split),
        "studies": [s.name for s in work.studies],
        # What the gate of exports asks for: whether they are people, and how many were held out.
        "space": work.studies[0].profiles.space,
        "test_rows": len(np.unique(np.concatenate([f.test for f in work.folds]))),
        "flatters": unit_of(work.settings.split) == "group",
        "folds": [f.name for f in work.folds],
        "folds_differ": folds_differ(work.settings.split),
        "seeds": settings.train.seeds,
        "headline": headline,
        "endpoints": scored_columns,
        "thresholds": {c: t for c, t in thresholds.items() if t is not None},
        "units": {c: endpoints[c].unit for c in scored_columns},
        "directions": {c: endpoints[c].direction for c in scored_columns},
    }


def _origin(settings: EvaluateSettings, studies: list[Study]) -> dict:
    train = settings.train
    return {
        "command": settings.command,
        "config": portable(train.config),
        "versions": versions(),
        "digests": {s.name: study_digest(s) for s in studies},
        "seeds": [train.seed * 1009 + k for k in range(train.seeds)],
    }


def _ceiling(work: Work) -> dict[str, float]:
    study, columns = work.studies[0], columns_of(work)
    if not columns:
        return {}
    try:
        return replicate_ceiling(study.combos.labels[columns[0]][:, 0], study.combos.group)
    except InputError:
        # A study without replicates has no ceiling to show.
        return {}


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
