"""A risk over cohorts: each cohort counts the same, and the interval is that of new cohorts.

The bootstrap within folds (``stats.risk_difference``) says how sure the scores of these cohorts
are; here cohorts are drawn, so that what is said holds for the next one.
"""

import numpy as np

from combo_dl.stats.paired import paired_mean

LEAST = 10  # patients with and without the event, below which an AUROC is mostly luck
METRIC = "auroc"
Sizes = dict[tuple[str, str], tuple[int, int]]


def over_cohorts(rows: list[dict], sizes: Sizes, headline: str) -> dict[str, dict]:
    """{risk: its AUROC over cohorts} of score rows ``rows`` (model, fold, endpoint, auroc).

    sizes: {(risk, fold): patients with the event, patients without}.
    counted, left_out: folds with LEAST of both, and the others with their sizes.  models: mean over
    the counted folds of each model that predicts all of them, best last.  differences: ``headline``
    less each other, 95 % interval by bootstrap over folds, and in how many it is ahead. A risk of
    fewer than two counted folds is not there.
    """
    made = {}
    for endpoint in dict.fromkeys(e for e, _ in sizes):
        own = {fold: size for (e, fold), size in sizes.items() if e == endpoint}
        counted = [fold for fold, size in own.items() if min(size) >= LEAST]
        if len(counted) < 2:
            continue
        scores = _scores(rows, endpoint, counted)
        means = {model: float(np.mean(values)) for model, values in scores.items()}
        made[endpoint] = {
            "least": LEAST,
            "counted": counted,
            "left_out": {f: list(size) for f, size in own.items() if f not in counted},
            "models": [
                {"model": m, METRIC: means[m]} for m in sorted(means, key=means.__getitem__)
            ],
            "differences": _against_others(scores, headline),
        }
    return made


def _scores(rows: list[dict], endpoint: str, counted: list[str]) -> dict[str, np.ndarray]:
    """{model: float64[n]} in the order of ``counted``."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["endpoint"] == endpoint and row["fold"] in counted:
            found.setdefault(row["model"], {})[row["fold"]] = row[METRIC]
    return {
        model: np.array([by_fold[f] for f in counted])
        for model, by_fold in found.items()
        if set(counted) <= set(by_fold)
    }


def _against_others(scores: dict[str, np.ndarray], headline: str) -> list[dict]:
    made = []
    for other in (m for m in scores if m != headline and headline in scores):
        gap = scores[headline] - scores[other]
        found = paired_mean(gap, np.arange(len(gap)))
        ends = {"mean": found.mean, "low": found.low, "high": found.high}
        made.append({"against": other} | ends | {"ahead": int((gap > 0).sum())})
    return made


def cohort_lines(found: dict, headline: str) -> list[str]:
    """Lines of Markdown on one risk of ``over_cohorts``."""
    count = len(found["counted"])
    small = ", ".join(f"{f} ({a} and {b})" for f, (a, b) in found["left_out"].items())
    lines = [
        f"Mean AUROC of {count} cohorts with {found['least']} patients or more with the event and "
        f"as many without, each cohort the same; differences: {headline} less the other, 95 % "
        f"interval by bootstrap over cohorts. Left out, with and without the event: "
        f"{small or 'none'}.",
        "",
        "| model | mean AUROC | difference | 95 % interval | ahead in |",
        "|---|---:|---:|---:|---:|",
    ]
    gaps = {d["against"]: d for d in found["differences"]}
    for row in found["models"]:
        start = f"| {row['model']} | {row[METRIC]:.3f} |"
        gap = gaps.get(row["model"])
        if gap is None:
            lines.append(f"{start} | | |")
            continue
        ends = f"{gap['low']:+.3f} to {gap['high']:+.3f}"
        lines.append(f"{start} {gap['mean']:+.3f} | {ends} | {gap['ahead']} of {count} |")
    return [*lines, ""]
