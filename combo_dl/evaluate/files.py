"""The files of a benchmark: predictions row by row, scores, and a page of tables for people."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.core.files import write_bytes, write_text
from combo_dl.evaluate.models import Predicted
from combo_dl.evaluate.risk_files import risk_section
from combo_dl.evaluate.survival_page import survival_section
from combo_dl.train.work import Work

SHOWN = (
    "mse",
    "mse_sd",
    "rmse",
    "mae",
    "pearson",
    "spearman",
    "pearson_per_profile",
    "pearson_per_pair",
    "auroc",
    "auprc",
    "precision_at_10",
    "enrichment_at_10",
    "ndcg_per_profile",
    "coverage_50",
    "coverage_80",
    "coverage_95",
    "width_80",
    "crps",
)
BY_GROUP = ("mse", "pearson", "coverage_80", "width_80")


def write_predictions(
    path: Path,
    work: Work,
    found: list[Predicted],
    groups: list[np.ndarray],
    risks: list[pd.DataFrame],
) -> None:
    """``predictions.parquet``: one row a model, label column or risk, and test row; ``risks`` are
    the rows of risks."""
    parts = [*(_frame(work, p, groups[p.fold]) for p in found), *risks]
    frame = pd.concat(parts, ignore_index=True)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())


def _frame(work: Work, p: Predicted, group: np.ndarray) -> pd.DataFrame:
    study, fold = work.studies[0], work.folds[p.fold]
    combos, rows = study.combos, fold.test
    names = np.array([*study.drugs.names, ""], dtype=object)
    drugs = [" + ".join(n for n in names[row] if n) for row in combos.drugs[rows]]
    columns = {
        "endpoint": _category(p.column, len(rows)),
        "model": _category(p.model, len(rows)),
        "fold": _category(fold.name, len(rows)),
        "row": rows.astype(np.int32),
        "group": combos.group[rows].astype(np.int32),
        "profile": pd.Categorical(study.profiles.told_names(combos.profile[rows])),
        "drugs": pd.Categorical(drugs),
        "shift": pd.Categorical(group),
        "truth": combos.labels[p.column][rows, 0],
        "mean": p.mean.astype(np.float32),
        "abstain": p.abstain,
    }
    for level, (low, high) in p.intervals.items():
        columns |= {
            f"low_{level}": low.astype(np.float32),
            f"high_{level}": high.astype(np.float32),
        }
    # Categories differ between parts, and pandas would join them as objects of Python.
    frame = pd.DataFrame(columns)
    named = ("endpoint", "model", "fold", "profile", "drugs", "shift")
    return frame.astype(dict.fromkeys(named, "string[pyarrow]"))


def _category(value: str, count: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(count, np.int8), [value])


def write_rows(path: Path, rows: list[dict]) -> None:
    """Rows as CSV; a score that a model has not is empty."""
    buffer = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def write_folds(path: Path, work: Work) -> None:
    """``folds.csv``: the test rows of each fold, so that another program can use the same."""
    study = work.studies[0]
    rows = []
    profiles = study.profiles.told_names(study.combos.profile)
    for fold in work.folds:
        for i in fold.test:
            drugs = [study.drugs.names[d] for d in study.combos.drugs[i] if d >= 0]
            named = {"drugs": " + ".join(drugs), "profile": profiles[i]}
            rows.append({"row": i, "fold": fold.name} | named)
    write_rows(path, rows)


def markdown(record: dict) -> str:
    """The tables as Markdown: means over folds, groups of support, differences, ceiling, audit."""
    protocol = record["protocol"]
    lines = [f"# {', '.join(protocol['studies'])}: {protocol['title']}", ""]
    lines += ["```", record["command"], "```", ""] if record["command"] else []
    for endpoint in dict.fromkeys(row["endpoint"] for row in record["table"]):
        if endpoint in protocol["risks"]:
            lines += risk_section(record, endpoint)
        elif endpoint in record["survival"]["endpoints"]:
            lines += survival_section(record, endpoint)
        else:
            lines += [f"## {endpoint}", "", *_means(record, endpoint), ""]
            lines += [*_groups(record, endpoint), ""]
    lines += [*_differences(record), "", *audit_lines(record["leakage"]), ""]
    if record["ceiling"]:
        lines += [ceiling_line(record["ceiling"]), ""]
    spent = f"CPU minutes (what was fitted before is not counted): {record['cpu_minutes']:.1f}"
    return "\n".join([*lines, spent, ""])


def _means(record: dict, endpoint: str) -> list[str]:
    rows = [r for r in record["table"] if r["endpoint"] == endpoint]
    shown = [k for k in SHOWN if any(r.get(k) is not None for r in rows)]
    lines = ["| model | folds | " + " | ".join(shown) + " |", "|---|---:|" + "---:|" * len(shown)]
    for row in rows:
        cells = " | ".join(_cell(row, key) for key in shown)
        lines.append(f"| {row['model']} | {row['folds']} | {cells} |")
    return lines


def _groups(record: dict, endpoint: str) -> list[str]:
    rows = [r for r in record["groups"] if r["endpoint"] == endpoint]
    shifts = list(dict.fromkeys(r["shift"] for r in rows))
    if not shifts:
        return []
    lines = ["By how much training says of a row (means over folds):", ""]
    lines.append("| group | rows | model | " + " | ".join(BY_GROUP) + " |")
    lines.append("|---|---:|---|" + "---:|" * len(BY_GROUP))
    for shift in shifts:
        for model in dict.fromkeys(r["model"] for r in rows):
            own = [r for r in rows if (r["shift"], r["model"]) == (shift, model)]
            if own:
                mean = {k: _mean([r.get(k) for r in own]) for k in BY_GROUP}
                cells = " | ".join(_cell(mean, key) for key in BY_GROUP)
                total = sum(r["rows"] for r in own)
                lines.append(f"| {shift} | {total:,} | {model} | {cells} |")
    return lines


def _mean(values: list) -> float | None:
    known = [v for v in values if v is not None and v == v]
    return float(np.mean(known)) if known else None


def _differences(record: dict) -> list[str]:
    apart = {*record["protocol"]["risks"], *record["survival"]["endpoints"]}
    found = [d for d in record["differences"] if d["endpoint"] not in apart]
    if not found:
        return []
    first = found[0]
    lines = [
        f"Differences of {first['endpoint']}: {first['model']} less the other, mean over folds "
        f"with its 95 % interval (bootstrap over {first['clusters']}s within folds).",
        "",
        "| against | score | difference | 95 % interval |",
        "|---|---|---:|---:|",
    ]
    for row in found:
        if row["mean"] is not None:
            ends = f"{row['low']:.3f} to {row['high']:.3f}"
            lines.append(f"| {row['against']} | {row['metric']} | {row['mean']:.3f} | {ends} |")
    return lines


def audit_lines(leakage: list[dict]) -> list[str]:
    """The findings of a leakage audit as a table of Markdown."""
    lines = ["Leakage audit:", "", "| check | kind | found | examples |", "|---|---|---:|---|"]
    for row in leakage:
        examples = "; ".join(row["examples"][:2]).replace("|", "/")
        lines.append(f"| {row['check']} | {row['severity']} | {row['found']} | {examples} |")
    return lines


def _cell(row: dict, key: str) -> str:
    value = row.get(key)
    if value is None or value != value:
        return ""
    # Squares of shares are small where those of excess points are not.
    large = key.startswith(("mse", "width")) and abs(value) >= 1
    return f"{value:.1f}" if large else f"{value:.3f}"


def ceiling_line(ceiling: dict[str, float]) -> str:
    """What replicates say of the best that can be reached."""
    return (
        f"Replicates ({ceiling['groups']:.0f} conditions measured twice) agree at "
        f"r = {ceiling['pearson']:.2f}; "
        f"a noiseless model would reach about r = {ceiling['ceiling']:.2f} against one measurement."
    )
