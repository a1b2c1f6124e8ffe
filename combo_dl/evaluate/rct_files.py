"""The files of a benchmark of randomised contrasts: a row a comparison, and a page for people."""

from collections.abc import Mapping, Sequence

import numpy as np

from combo_dl.evaluate.files import audit_lines
from combo_dl.evaluate.rct_baselines import Told
from combo_dl.evaluate.rct_comparisons import Comparison

_COLUMNS = {
    "model": "model",
    "spearman": "Spearman",
    "interval": "95 % interval",
    "spearman_log_hr": "of log HR",
    "answered": "answers",
    "own_spearman": "on its own",
    "headline_on_own": "regression there",
    "failed_in_lower_half": "failed, lower half",
    "mean_absolute_error_days": "error, days",
}


def comparison_rows(
    compared: Sequence[Comparison], told: Mapping[str, Told], held: np.ndarray
) -> list[dict]:
    """One row a comparison: arms, the randomised contrast, and what each model says, NaN where it
    abstains: the data of a plot of ranks."""
    rows = []
    for i, c in enumerate(compared):
        row: dict = {
            "trial": c.trial,
            "stratum": c.control.stratum,
            "study": c.control.study,
            "cancer": c.control.cancer,
            "line": c.control.line,
            "experimental": " + ".join(c.experimental.drugs),
            "control": " + ".join(c.control.drugs),
            "patients": len(c.experimental.seen) + len(c.control.seen),
            "fold": int(held[i]),
            "rmst_days": c.truth.rmst_days,
            "rmst_se": c.truth.rmst_se,
            "log_hr": c.truth.log_hr,
            "log_hr_se": c.truth.log_hr_se,
            "failed_combination": c.is_combination and c.failed,
        }
        for name, own in told.items():
            row[f"rmst_days: {name}"] = float(own.rmst_days[i])
            row[f"log_hr: {name}"] = float(own.log_hr[i])
        rows.append(row)
    return rows


def markdown(record: dict) -> str:
    """The page of tables of a record."""
    protocol = record["protocol"]
    lines = [
        f"# {protocol['title']}",
        "",
        f"`{record['command']}`",
        "",
        f"{protocol['comparisons']} comparisons of {protocol['trials']} trials in "
        f"{protocol['folds']} folds; {protocol['endpoint']}, difference of restricted mean times "
        f"to day {protocol['horizon_days']:g}. True contrasts would correlate with the measured "
        f"ones by {record['ceiling']:.2f}.",
        "",
        "| " + " | ".join(_COLUMNS.values()) + " |",
        "| --- |" + " ---: |" * (len(_COLUMNS) - 1),
        *(_line(row) for row in sorted(record["table"], key=_order)),
        "",
        "Where a model abstains, the mean contrast of the classes compared stands in, else that of "
        "all training comparisons; `on its own` is without these, and `regression there` is the "
        "regression of arms on the same comparisons.",
        "",
    ]
    if protocol["left_out"]:
        lines += ["Left out:", "", *(f"- {text}" for text in protocol["left_out"]), ""]
    lines += [*audit_lines(record["leakage"]), ""]
    return "\n".join(lines)


def _order(row: dict) -> float:
    return float(np.nan_to_num(row["spearman"], nan=-2.0))


def _line(row: dict) -> str:
    low, high = row["spearman_low"], row["spearman_high"]
    shown = row | {"interval": f"{_number(low)} to {_number(high)}"}
    return "| " + " | ".join(_cell(name, shown[name]) for name in _COLUMNS) + " |"


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("_days") and value == value else _number(value)
    return str(value)


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"
