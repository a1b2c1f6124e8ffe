"""``evaluate``: the model beside its baselines, on the same folds, in one table."""

import csv
import io
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import write_json, write_text
from combo_dl.core.study import Study
from combo_dl.evaluate.baselines import baseline, predict_test
from combo_dl.nn.build import NetworkSpec
from combo_dl.stats.replicates import replicate_ceiling
from combo_dl.train.bundle_writer import versions
from combo_dl.train.member import Work
from combo_dl.train.results import column_scores, fold_scores
from combo_dl.train.run import prepare, train
from combo_dl.train.settings import TrainSettings

TWIN = "one_hot"
SHOWN = (
    "mse",
    "mse_sd",
    "rmse",
    "pearson",
    "spearman",
    "pearson_per_profile",
    "auroc",
    "auprc",
    "coverage_80",
    "width_80",
)


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings:
    """train: the model.  baselines: names of closed forms, and ``one_hot`` for the model's twin
    that knows drugs and profiles by name only."""

    train: TrainSettings
    baselines: tuple[str, ...]

    def validate(self) -> "EvaluateSettings":
        """Itself. Raises ConfigError."""
        for name in self.baselines:
            if name != TWIN:
                baseline(name)
        if self.train.folds == "none":
            raise ConfigError("folds is none: nothing is held out to evaluate on; say folds=all")
        return self


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """rows: one a model, fold and endpoint column.  table: means of folds.  ceiling: replicates."""

    rows: list[dict]
    table: list[dict]
    ceiling: dict[str, float]
    cpu_minutes: float
    folder: Path


def one_hot_twin(spec: NetworkSpec) -> NetworkSpec:
    """The same network without structures, targets, classes, relations or profile fields."""
    return replace(
        spec,
        model=spec.model | {"ids": True, "targets": False, "classes": False, "id_dropout": 0.0},
        molecule={},
        relation={"_target_": "combo_dl.nn.relation.no_relation.NoRelation"},
        profile={"_target_": "combo_dl.nn.profile.one_hot.OneHotProfile"},
    )


def evaluate(settings: EvaluateSettings, studies: list[Study]) -> Benchmark:
    """Fit what is not there yet, score everything, write ``benchmark.csv`` and ``benchmark.md``."""
    settings.validate()
    started = _cpu_seconds()
    main = replace(settings.train, out=settings.train.out / "model")
    work = prepare(main, [s.validate() for s in studies])
    rows = [r for name in settings.baselines if name != TWIN for r in _closed_form(work, name)]
    if TWIN in settings.baselines:
        rows += _network_rows(_twin(settings), studies, "one-hot twin")
    rows += _network_rows(main, studies, "model")
    made = Benchmark(
        rows=rows,
        table=_means(rows),
        ceiling=_ceiling(studies[0], next(iter(settings.train.endpoints)), settings.train),
        cpu_minutes=(_cpu_seconds() - started) / 60,
        folder=settings.train.out,
    )
    _write(made, settings)
    return made


def _twin(settings: EvaluateSettings) -> TrainSettings:
    out = settings.train.out / TWIN
    return replace(settings.train, network=one_hot_twin(settings.train.network), out=out, seeds=1)


def _closed_form(work: Work, name: str) -> list[dict]:
    found, study, rows = baseline(name), work.studies[0], []
    for endpoint in work.settings.endpoints.values():
        for column in endpoint.columns:
            if column not in study.combos.labels:
                continue
            for fold in work.folds:
                mean = predict_test(found, study, column, fold)
                scores = column_scores(study, fold.test, column, mean, endpoint.threshold)
                rows.append({"model": found.title, "fold": fold.name, "endpoint": column} | scores)
    return rows


def _network_rows(settings: TrainSettings, studies: list[Study], title: str) -> list[dict]:
    train(settings, studies)
    work = prepare(settings, studies)
    counts = sorted({1, settings.seeds})
    rows = []
    for seeds in counts:
        named = title if seeds == 1 and len(counts) == 1 else f"{title}, {_networks(seeds)}"
        for fold in range(len(work.folds)):
            rows += [{"model": named} | row for row in fold_scores(work, fold, seeds=seeds)]
    return rows


def _networks(seeds: int) -> str:
    return "1 network" if seeds == 1 else f"{seeds} networks"


def _means(rows: list[dict]) -> list[dict]:
    """One row a model and endpoint: means over folds, and the deviation of the MSE over folds."""
    keys = list(dict.fromkeys((r["endpoint"], r["model"]) for r in rows))
    table = []
    for endpoint, model in keys:
        chosen = [r for r in rows if (r["endpoint"], r["model"]) == (endpoint, model)]
        numbers = [k for k in chosen[0] if k not in ("model", "fold", "endpoint")]
        means = {k: float(np.nanmean([r[k] for r in chosen])) for k in numbers}
        spread = float(np.std([r["mse"] for r in chosen]))
        table.append(
            {"endpoint": endpoint, "model": model, "folds": len(chosen)}
            | means
            | {"mse_sd": spread}
        )
    return sorted(table, key=lambda r: (r["endpoint"], -r["mse"]))


def _ceiling(study: Study, endpoint: str, settings: TrainSettings) -> dict[str, float]:
    column = settings.endpoints[endpoint].columns[0]
    try:
        return replicate_ceiling(study.combos.labels[column][:, 0], study.combos.group)
    except InputError:
        # A study without replicates has no ceiling to show.
        return {}


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _write(made: Benchmark, settings: EvaluateSettings) -> None:
    buffer = io.StringIO()
    columns = list(dict.fromkeys(key for row in made.rows for key in row))
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(made.rows)
    write_text(made.folder / "benchmark.csv", buffer.getvalue())
    write_text(made.folder / "benchmark.md", markdown(made))
    record = {"table": made.table, "ceiling": made.ceiling, "cpu_minutes": made.cpu_minutes}
    record |= {"config": settings.train.config, "versions": versions()}
    write_json(made.folder / "benchmark.json", record)


def markdown(made: Benchmark) -> str:
    """The table of means as Markdown, with the replicate ceiling under it."""
    shown = [k for k in SHOWN if any(k in row for row in made.table)]
    lines = ["| endpoint | model | folds | " + " | ".join(shown) + " |"]
    lines.append("|---|---|---:|" + "---:|" * len(shown))
    for row in made.table:
        cells = " | ".join(_cell(row, key) for key in shown)
        lines.append(f"| {row['endpoint']} | {row['model']} | {row['folds']} | {cells} |")
    if made.ceiling:
        lines += ["", _ceiling_line(made.ceiling)]
    spent = f"CPU minutes (what was fitted before is not counted): {made.cpu_minutes:.1f}"
    return "\n".join([*lines, "", spent, ""])


def _cell(row: dict, key: str) -> str:
    if key not in row:
        return ""
    return f"{row[key]:.1f}" if key.startswith(("mse", "width")) else f"{row[key]:.3f}"


def _ceiling_line(ceiling: dict[str, float]) -> str:
    return (
        f"Replicates ({ceiling['groups']:.0f} conditions measured twice) agree at "
        f"r = {ceiling['pearson']:.2f}; "
        f"a noiseless model would reach about r = {ceiling['ceiling']:.2f} against one measurement."
    )
