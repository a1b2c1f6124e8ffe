"""The README of a bundle, generated from its card."""

from combo_dl.core.endpoint import RISK_UNIT
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.stats.conformal import LEVELS, POOLED
from combo_dl.train.gene_graph import GENE_PAIRS
from combo_dl.train.patient_card import has_patients, patient_sections

SHOWN = ("mse", "pearson", "pearson_per_profile", "auroc", "auprc", "brier")
SHOWN_SURVIVAL = ("uno_c", "harrell_c", "ibs")  # where there is an endpoint of survival


def model_card(card: dict) -> str:
    """Markdown of a bundle's card: what it predicts, how well, from what, what it is not for.

    Of a bundle that learned from patients it is in the order of TRIPOD+AI."""
    own = card["split"]["test_rows"] > 0
    scores = _scores(card["scores"], own=own)
    laws = [
        *_laws(card["laws"]),
        *_risk_laws(card.get("risk_laws", {})),
        *_days_laws(card.get("days_laws", {})),
    ]
    if has_patients(card):
        body = patient_sections(card, scores=scores, laws=laws)
        return "\n".join(["# Model card", "", *body, _signed(card), ""])
    lines = ["# Model card", "", f"**{DISCLAIMER}** {card['intended_use']}", "", "## Predicts", ""]
    for name, endpoint in card["endpoints"].items():
        lines.append(
            f"- `{name}`: {endpoint['kind']}, {endpoint['unit']} ({endpoint['direction']})"
        )
    lines += ["", f"{_members(card['members'])} {_split(card['split'])}", ""]
    lines += [*scores, *laws, "## Learned from", ""]
    for name, study in card["studies"].items():
        lines += _study(name, study)
    for name, edges in card.get("edges", {}).items():
        what = "pairs of genes" if name == GENE_PAIRS else "known interactions"
        lines += [f"### {name}: {what}, as edges of the graph of drugs and their targets", ""]
        lines += [edges["citation"], "", *_files(edges["sources"]), ""]
    lines += ["## Limits", "", *_limits(card), "", "## Made with", ""]
    lines.append(", ".join(f"{name} {number}" for name, number in card["versions"].items()) + ".")
    lines += ["", _signed(card), ""]
    return "\n".join(lines)


def _signed(card: dict) -> str:
    return f"Bundle format {card['format']}, digest `{card['digest'][:16]}`."


def _members(count: int) -> str:
    return "One network." if count == 1 else f"An ensemble of {count} networks."


def _split(split: dict) -> str:
    rows = f"Trained on {split['training_rows']} rows"
    if not split["test_rows"]:
        return f"{rows}, none held out: this very network has no test score of its own."
    return f"{rows}, tested on {split['test_rows']} others ({split['rule']}, {split['fold']})."


def _scores(scores: list[dict], *, own: bool) -> list[str]:
    if not scores:
        return []
    title = "Scores on rows it never saw" if own else "Scores of the same settings, folds held out"
    of_survival = any(SHOWN_SURVIVAL[0] in row for row in scores)
    shown = (*SHOWN, *(SHOWN_SURVIVAL if of_survival else ()))
    lines = [
        f"## {title}",
        "",
        "| fold | endpoint | " + " | ".join(shown) + " |",
    ]
    lines.append("|---|---|" + "---:|" * len(shown))
    for row in scores:
        cells = [f"{row[key]:.3f}" if row.get(key) is not None else "" for key in shown]
        lines.append(f"| {row['fold']} | {row['endpoint']} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _laws(laws: dict) -> list[str]:
    """What held-out rows said: the share of the networks, and where predictions abstain."""
    if not laws:
        return []
    lines = [
        "## Calibrated on held-out rows",
        "",
        "Share of the networks beside the kernel ridge, and multiplier of the predicted deviation "
        "for an 80 % interval, by how much training says of a row.",
        "",
        "| endpoint | group | share of networks | multiplier at 80 % |",
        "|---|---|---:|---:|",
    ]
    at = LEVELS.index(0.8)
    for column, law in laws.items():
        for group, row in law["multiplier"].items():
            share = law["share"].get(group, law["share"].get(POOLED, 1.0))
            lines.append(f"| {column} | {group or 'all'} | {share:.2f} | {row[at]:.2f} |")
    limits = {c: law["abstain"] for c, law in laws.items() if law["abstain"] is not None}
    for column, width in limits.items():
        lines += ["", f"`{column}` abstains where that interval is wider than ± {width:.1f}."]
    return [*lines, ""]


def _study(name: str, study: dict) -> list[str]:
    lines = [f"### {name} (version {study['version']}, digest `{study['digest'][:16]}`)", ""]
    lines += [study["citation"], ""] if study["citation"] else []
    lines += [f"- {step}: {rows}" for step, rows in study["flow"]]
    if "training_rows" in study:
        lines.append(f"- rows that trained: {study['training_rows']}")
    return [*lines, *_files(study["sources"]), ""]


def _files(sources: list[dict]) -> list[str]:
    return [
        f"- `{source['file']}` from {source['origin']}; licence: {source['licence']}; "
        f"sha256 `{source['sha256'][:16]}`"
        for source in sources
    ]


def _risk_laws(laws: dict) -> list[str]:
    """What held-out rows said of risks: a line of log-odds, and how far new arms lie from it."""
    if not laws:
        return []
    lines = [
        "## Risks calibrated on held-out rows",
        "",
        "log-odds = intercept + slope x log-odds of the networks; spread: standard deviation of "
        "new arms (or sets of drugs) about that, in log-odds.",
        "",
        "| endpoint | group | intercept | slope | spread |",
        "|---|---|---:|---:|---:|",
    ]
    for name, groups in laws.items():
        for group, line in groups.items():
            numbers = " | ".join(f"{line[n]:.2f}" for n in ("intercept", "slope", "cluster"))
            lines.append(f"| {name} | {group or 'all'} | {numbers} |")
    return [*lines, ""]


def _days_laws(laws: dict) -> list[str]:
    """What held-out groups of patients said of mean days: how far they lie from predictions."""
    if not laws:
        return []
    lines = [
        "## Mean days calibrated on held-out groups of patients",
        "",
        "spread: how far the mean days of a group are from those predicted, beyond sampling error "
        "and what the networks disagree, as a standard deviation of the log-odds of their share of "
        "the horizon. Errors of single patients that average out over a group are not in it.",
        "",
        "| endpoint | spread | groups | held out |",
        "|---|---:|---:|---|",
    ]
    for name, law in laws.items():
        whose = "whole cohorts" if law["new_cohorts"] else "patients of the cohorts learned from"
        lines.append(f"| {name} | {law['spread']:.2f} | {law['groups']} | {whose} |")
    return [*lines, ""]


def _limits(card: dict) -> list[str]:
    spaces = {s["space"] for s in card["studies"].values()}
    limits = [
        "- A prediction for a pair of drugs that were both never seen is close to a guess; "
        "the `support` column says so.",
        "- Intervals were calibrated on held-out rows of the groups listed above; for harder "
        "groups they are at least as wide as the spread of all training labels.",
    ]
    if "cell_line" in spaces:
        limits.append(
            "- Cell lines are not patients: synergy in a dish is not benefit in the clinic."
        )
    if any(e["unit"] == RISK_UNIT for e in card["endpoints"].values()):
        limits.append(
            "- A risk is that of an arm of a trial like those learned from, not of one patient."
        )
    return limits
