"""Risks in the files of a benchmark: predictions row by row, and a section of the page."""

import numpy as np
import pandas as pd

from combo_dl.evaluate.risk_cohorts import cohort_lines
from combo_dl.evaluate.risk_labels import RiskPredicted
from combo_dl.train.work import Work

SHOWN = (
    "columns",
    "prevalence",
    "auroc",
    "auroc_sd",
    "auprc",
    "ap_at_50",
    "micro_auroc",
    "micro_auprc",
    "brier",
    "brier_skill",
    "log_loss",
    "calibration_slope",
    "calibration_intercept",
    "ece",
    "width_80",
)
BY_GROUP = (
    "prevalence",
    "auroc",
    "auprc",
    "micro_auroc",
    "micro_auprc",
    "brier",
    "calibration_slope",
    "ece",
)
DESCRIBED = (
    "A risk is the probability that a label is 1. Rows of one group count together as one row. "
    "calibration_slope and calibration_intercept: logit of the chance against logit of the risk, 1 "
    "and 0 are perfect. brier_skill: 0 for the prevalence of the test rows themselves. width_80: "
    "mean width of the 80 % interval of the risk."
)


def prediction_frame(
    work: Work, p: RiskPredicted, truth: np.ndarray, group: np.ndarray
) -> pd.DataFrame:
    """Rows of ``predictions.parquet``; of a risk of many columns the means over those whose label
    in ``truth`` float[n, W] is known, as truth and as mean, and no single column."""
    study, rows = work.studies[0], work.folds[p.fold].test
    combos = study.combos
    names = np.array([*study.drugs.names, ""], dtype=object)
    columns = {
        "endpoint": p.endpoint,
        "model": p.model,
        "fold": work.folds[p.fold].name,
        "row": rows.astype(np.int32),
        "group": combos.group[rows].astype(np.int32),
        "profile": study.profiles.told_names(combos.profile[rows]),
        "drugs": [" + ".join(n for n in names[row] if n) for row in combos.drugs[rows]],
        "shift": group,
        "truth": _mean_of_known(truth, truth),
        "mean": _mean_of_known(p.mean, truth),
        "abstain": np.zeros(len(rows), bool),
    }
    if p.low is not None and p.high is not None and truth.shape[1] == 1:
        columns |= {"low_80": p.low[:, 0], "high_80": p.high[:, 0]}
    frame = pd.DataFrame(columns)
    numbers = [c for c in ("truth", "mean", "low_80", "high_80") if c in frame]
    text = ("endpoint", "model", "fold", "profile", "drugs", "shift")
    return frame.astype(dict.fromkeys(numbers, np.float32) | dict.fromkeys(text, "string[pyarrow]"))


def _mean_of_known(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """float64[n] of values [n, W]; where no label of a row is known, over all its columns."""
    seen = ~np.isnan(truth)
    seen |= ~seen.any(axis=1, keepdims=True)
    return np.where(seen, values, 0.0).sum(axis=1) / seen.sum(axis=1)


def risk_section(record: dict, endpoint: str) -> list[str]:
    """Lines of Markdown on one risk: means over folds, groups of support, differences."""
    about = record["protocol"]["risks"][endpoint]
    lines = [f"## {endpoint} (risk)", "", DESCRIBED, *_wide(about["columns"]), ""]
    rows = [r for r in record["table"] if r["endpoint"] == endpoint]
    shown = [k for k in SHOWN if any(_known(r.get(k)) for r in rows)]
    lines += ["| model | folds | " + " | ".join(shown) + " |", "|---|---:|" + "---:|" * len(shown)]
    for row in rows:
        cells = " | ".join(_cell(row.get(k), k) for k in shown)
        lines.append(f"| {row['model']} | {row['folds']} | {cells} |")
    lines += ["", *_not_predicted(about), *_cohorts(record, endpoint), *_folds(record, endpoint)]
    return [*lines, "", *_groups(record, endpoint), "", *_differences(record, endpoint), ""]


def _cohorts(record: dict, endpoint: str) -> list[str]:
    """The means over cohorts and their differences, where folds are cohorts."""
    found = record["cohorts"].get(endpoint)
    return ["", *cohort_lines(found, record["protocol"]["headline"])] if found else []


def _folds(record: dict, endpoint: str) -> list[str]:
    """The scores of each fold, where folds have names that say what they test on."""
    if not record["protocol"].get("folds_differ"):
        return []
    rows = [r for r in record["rows"] if r["endpoint"] == endpoint]
    shown = [k for k in BY_GROUP if any(_known(r.get(k)) for r in rows)]
    lines = ["", "| fold | model | " + " | ".join(shown) + " |", "|---|---|" + "---:|" * len(shown)]
    for row in sorted(rows, key=lambda r: r["fold"]):
        cells = " | ".join(_cell(row.get(k), k) for k in shown)
        lines.append(f"| {row['fold']} | {row['model']} | {cells} |")
    return lines


def _not_predicted(about: dict) -> list[str]:
    """Models that cannot be computed of some rows: their scores are of the others."""
    return [
        f"{model}: {rows:,} test rows lack a field that it needs and are not in its scores; it is "
        "compared with the headline on the others."
        for model, rows in about.get("not_predicted", {}).items()
    ]


def _wide(columns: int) -> list[str]:
    if columns == 1:
        return []
    return [
        "",
        f"{columns:,} columns: scores are means over those that hold both classes in the test rows "
        "(`columns`, the mean over folds); each alone is in `effects.csv`. `predictions.parquet` "
        "holds of each row the mean over its known columns, not the columns. micro_auroc and "
        "micro_auprc: of all entries at once, which reward also to know which columns are common.",
    ]


def _groups(record: dict, endpoint: str) -> list[str]:
    rows = [r for r in record["groups"] if r["endpoint"] == endpoint]
    if not rows:
        return []
    shown = [k for k in BY_GROUP if any(_known(r.get(k)) for r in rows)]
    lines = ["By how much training says of a row (means over folds):", ""]
    lines.append("| group | rows | model | " + " | ".join(shown) + " |")
    lines.append("|---|---:|---|" + "---:|" * len(shown))
    for shift, model in sorted({(r["shift"], r["model"]): None for r in rows}, key=lambda k: k[0]):
        own = [r for r in rows if (r["shift"], r["model"]) == (shift, model)]
        cells = " | ".join(_cell(_mean([r.get(k) for r in own]), k) for k in shown)
        lines.append(f"| {shift} | {sum(r['rows'] for r in own):,} | {model} | {cells} |")
    return lines


def _differences(record: dict, endpoint: str) -> list[str]:
    rows = [d for d in record["differences"] if d["endpoint"] == endpoint]
    if not rows:
        return []
    wide = record["protocol"]["risks"][endpoint]["columns"] > 1
    how = "linear bootstrap" if wide else "bootstrap"
    lines = [
        f"Differences of {endpoint}: {rows[0]['model']} less the other, mean over folds with its "
        f"95 % interval ({how} over {rows[0]['clusters']}s within folds).",
        "",
        "| against | score | difference | 95 % interval |",
        "|---|---|---:|---:|",
    ]
    for row in rows:
        if row["mean"] is not None:
            ends = f"{_signed(row['low'])} to {_signed(row['high'])}"
            lines.append(
                f"| {row['against']} | {row['metric']} | {_signed(row['mean'])} | {ends} |"
            )
    return lines


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.4f}"


def _mean(values: list) -> float | None:
    known = [v for v in values if _known(v)]
    return float(np.mean(known)) if known else None


def _known(value: float | None) -> bool:
    return value is not None and value == value


def _cell(value: float | None, key: str) -> str:
    if value is None or not _known(value):
        return ""
    return f"{value:,.0f}" if key == "columns" else f"{value:.3f}"
