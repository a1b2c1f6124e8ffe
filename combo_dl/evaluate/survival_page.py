"""Survival on the page of a benchmark: scores, differences, calibration, subgroups, decisions."""

from combo_dl.train.survivals import DAYS, FEWEST

SHOWN = (
    "uno_c",
    "uno_c_sd",
    "harrell_c",
    *(f"auc_{d}" for d in DAYS),
    "ibs",
    "rmst_error_days",
    *(f"gap_{d}" for d in DAYS),
    *(f"slope_{d}" for d in DAYS),
)
OF_FOLD = ("patients", "events", "days", *(k for k in SHOWN if k != "uno_c_sd"))
WHOLE = ("patients", "events", "days", "groups")
DESCRIBED = (
    "Each fold is scored to `days`: the horizon of the endpoint, or before it the last event that "
    f"was learned from or the last day beyond which {FEWEST} test patients are seen. uno_c and "
    "harrell_c order patients by the mean days to it. auc_N: time-dependent AUC at day N. ibs: "
    "integrated Brier score, 0 is perfect. rmst_error_days: mean days, predicted less "
    "observed (Kaplan-Meier). gap_N: survival at day N, predicted less observed. slope_N: "
    "calibration slope at day N, 1 is perfect. uno_c, auc_N and ibs weigh by the censoring of the "
    f"test rows themselves and are empty where patients enter late. Counts from 1 to {FEWEST - 1} "
    "are not told."
)
Rows = list[dict]


def survival_section(record: dict, endpoint: str) -> list[str]:
    """Lines of Markdown on one endpoint of survival."""
    about = record["survival"]["endpoints"][endpoint]
    horizon = f"to day {about['horizon_days']:g}"
    lines = [f"## {endpoint} (survival {horizon})", "", DESCRIBED, ""]
    rows = [r for r in record["table"] if r["endpoint"] == endpoint]
    lines += table(rows, ("model", "folds"), _shown(rows, SHOWN))
    lines += ["", *_left_out(about), *_folds(record, endpoint), *_differences(record, endpoint)]
    for part in (_calibration, _intervals, _subgroups, _decisions):
        lines += part(record, endpoint)
    return lines


def table(rows: Rows, heads: tuple[str, ...], numbers: list[str]) -> list[str]:
    """A Markdown table; a number that is not known is empty."""
    lines = ["| " + " | ".join((*heads, *numbers)) + " |"]
    lines.append("|" + "---|" * len(heads) + "---:|" * len(numbers))
    for row in rows:
        cells = [str(row[h]) for h in heads] + [_cell(row.get(k), k) for k in numbers]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _left_out(about: dict) -> list[str]:
    lines = [f"{fold} is not scored: {why}." for fold, why in about["unscored"].items()]
    for model, rows in about["not_predicted"].items():
        count = f"fewer than {FEWEST}" if rows is None else f"{rows:,}"
        lines.append(
            f"{model}: {count} test rows lack a field that it needs and are not in its scores; it "
            "is compared with the headline on the others."
        )
    return [part for line in lines for part in (line, "")]


def _folds(record: dict, endpoint: str) -> list[str]:
    rows = [r for r in record["rows"] if r["endpoint"] == endpoint]
    rows = sorted(rows, key=lambda r: r["fold"])
    return [*table(rows, ("fold", "model"), _shown(rows, OF_FOLD)), ""]


def _differences(record: dict, endpoint: str) -> list[str]:
    means = [d for d in record["differences"] if d["endpoint"] == endpoint]
    each = []
    if record["protocol"]["folds_differ"]:
        each = [d for d in record["survival"]["fold_differences"] if d["endpoint"] == endpoint]
    if not means:
        return []
    lines = [
        f"Differences of C of {endpoint}: {means[0]['model']} less the other, with the 95 % "
        f"interval (bootstrap over {means[0]['clusters']}s within folds); above 0 it is better.",
        "",
        "| fold | against | score | difference | 95 % interval |",
        "|---|---|---|---:|---:|",
    ]
    for row in [*(d | {"fold": "mean"} for d in means), *each]:
        if row["mean"] is not None:
            ends = f"{_signed(row['low'])} to {_signed(row['high'])}"
            cells = (row["fold"], row["against"], row["metric"], _signed(row["mean"]), ends)
            lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _calibration(record: dict, endpoint: str) -> list[str]:
    rows = _of_headline(record, "calibration", endpoint)
    if not rows:
        return []
    heads, numbers = ("fold", "day", "group"), ["patients", "predicted", "observed", "low", "high"]
    return [
        "Calibration of the headline: survival predicted and observed (Kaplan-Meier, 95 % "
        "interval), in groups of like numbers of patients from the lowest prediction.",
        "",
        *table(rows, heads, numbers),
        "",
    ]


def _intervals(record: dict, endpoint: str) -> list[str]:
    rows = [r for r in record["survival"]["intervals"] if r["endpoint"] == endpoint]
    if not rows:
        return []
    numbers = ["groups", "held_80", "held_95", "width_80_days", "width_95_days", "spread"]
    return [
        "Intervals of the headline's mean days: the share of groups of test patients (of like "
        "predictions within a cohort) whose mean days they hold, the sampling error of the group "
        "added. networks alone: how far they disagree; else with the spread, in log-odds, that "
        "held-out groups showed, of the fold's validation patients or of the other folds. Widths "
        "are without the sampling error.",
        "",
        *table(rows, ("calibrated_on",), numbers),
        "",
    ]


def _subgroups(record: dict, endpoint: str) -> list[str]:
    rows = _of_headline(record, "subgroups", endpoint)
    if not rows:
        return []
    return [
        f"The headline in groups of at least {FEWEST} patients, all folds together; harrell_c is "
        "of pairs within a fold, gap_365 of the folds that are followed so long.",
        "",
        *table(rows, ("field", "level"), ["patients", "events", "harrell_c", "gap_365"]),
        "",
    ]


def _decisions(record: dict, endpoint: str) -> list[str]:
    rows = _of_headline(record, "decisions", endpoint)
    rows = [r for r in rows if r["threshold"] in (0.3, 0.5, 0.7)]
    if not rows:
        return []
    return [
        "Net benefit of acting on the headline's risk of an event by day 365, and of acting on "
        "all (on nobody: 0); every threshold is in `benchmark.json`.",
        "",
        *table(rows, ("fold", "threshold"), ["net_benefit", "net_benefit_all"]),
        "",
    ]


def _of_headline(record: dict, key: str, endpoint: str) -> Rows:
    own = (endpoint, record["protocol"]["headline"])
    return [r for r in record["survival"][key] if (r["endpoint"], r["model"]) == own]


def _shown(rows: Rows, keys: tuple[str, ...]) -> list[str]:
    return [k for k in keys if any(_known(r.get(k)) for r in rows)]


def _known(value: float | None) -> bool:
    return value is not None and value == value


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.4f}"


def _cell(value: float | None, key: str) -> str:
    if value is None or not _known(value):
        return ""
    if key in WHOLE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if key.endswith("_days") else f"{value:.3f}"
