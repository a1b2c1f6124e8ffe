"""The README of a bundle that learned from patients, in the order of TRIPOD+AI.

Collins GS et al. BMJ 2024;385:e078378 (doi 10.1136/bmj-2023-078378): its items, numbered as there.
What a card cannot know (approval, funding, where it will be used) is said to be missing, since a
reader who looks for an item must find it.
"""

from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.profile_table import PATIENT

MEMBERSHIP = "membership.json"  # in a folder of held-out rows, what an attack on it found
HOSPITAL = "; in a hospital that was not learned from they are too narrow"
NOT_KNOWN = "Not known to the program that wrote this: to be stated by whoever passes the model on."


def has_patients(card: dict) -> bool:
    """Whether any study of the bundle is of patients."""
    return any(study["space"] == PATIENT for study in card["studies"].values())


def patient_sections(card: dict, *, scores: list[str], laws: list[str]) -> list[str]:
    """Lines of Markdown: title to usability. scores, laws: the tables of any model card."""
    return [
        *_introduction(card),
        *_methods(card),
        *_open_science(card),
        *_results(card, scores=scores, laws=laws),
        *_discussion(card),
    ]


def _introduction(card: dict) -> list[str]:
    told = "; ".join(
        f"`{name}` ({e['kind']}, {e['unit']}{_horizon(e)})" for name, e in card["endpoints"].items()
    )
    return [
        "The items of TRIPOD+AI (Collins et al. 2024), numbered as there.",
        "",
        "## 1 Title",
        "",
        f"Prediction of {told} of a patient under a set of drugs: development of a model.",
        "",
        "## 3 and 4 Background and objectives",
        "",
        f"**{DISCLAIMER}** Treatment was chosen by clinicians, so that a "
        "prediction for a regimen is prognostic, conditional on having been given it: it is no "
        "effect of the regimen. Known inequalities between groups of patients were not looked at.",
        "",
    ]


def _horizon(endpoint: dict) -> str:
    days = endpoint.get("horizon_days")
    return f", to day {days:g}" if days else ""


def _methods(card: dict) -> list[str]:
    lines = ["## 5 to 7 Data, participants, preparation", ""]
    for name, study in card["studies"].items():
        lines += [f"### {name}", "", study["citation"], ""]
        lines += [f"- {step}: {count}" for step, count in study["flow"]]
        lines += [f"- rows that trained: {study.get('training_rows', 'not counted')}"]
        lines += [f"- source: `{s['file']}`, licence: {s['licence']}" for s in study["sources"]]
        lines += [f"- outcomes: {', '.join(study.get('endpoints', []))}", ""]
    lines += ["## 8 and 9 Outcomes and predictors", ""]
    for name, study in card["studies"].items():
        if study["space"] == PATIENT:
            lines += [f"- `{name}`: {_fields(study['fields'])}"]
    lines += [
        "- of drugs: targets, class and modality, as in the package's catalogue",
        "",
        "## 10 to 16 Sample size, missing data, analysis",
        "",
        "No sample size was calculated: all rows of the sources were used. A missing field is told "
        "to the network as missing and is not imputed. Scalers and levels were fitted on training "
        f"rows. {_ensemble(card)} Groups were not re-weighted for fairness nor for imbalance of "
        "classes. What is given out is a probability, or a curve of survival with its mean days, "
        "each with an interval.",
        "",
        f"How rows were held out in the folders that scored it: {_rules(card)}.",
        "",
        "## 17 Ethical approval",
        "",
        NOT_KNOWN + " The sources are published tables without names.",
        "",
    ]
    return lines


def _ensemble(card: dict) -> str:
    return f"Predictions are the mean of {card['members']} networks with the same settings."


def _rules(card: dict) -> str:
    return f"`{card['split']['rule']}`"


def _fields(fields: list[dict]) -> str:
    shown = [f"{f['name']}{_unit(f)}" for f in fields[:40]]
    more = f", and {len(fields) - 40} more in card.json" if len(fields) > 40 else ""
    return ", ".join(shown) + more


def _unit(field: dict) -> str:
    return f" ({field['unit']})" if field.get("unit") else ""


def _open_science(card: dict) -> list[str]:
    made = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    return [
        "## 18 and 19 Open science, involvement of patients",
        "",
        "Code and settings are open (`card.json` holds the settings, `combo-dl train` the code); "
        f"data are where their sources say. Made with {made}. Funding, conflicts, a protocol and a "
        "registration: " + NOT_KNOWN[0].lower() + NOT_KNOWN[1:] + " No patient was involved.",
        "",
    ]


def _results(card: dict, *, scores: list[str], laws: list[str]) -> list[str]:
    rows = card["split"]["training_rows"]
    lines = [
        "## 20 to 22 Participants, development, specification",
        "",
        f"{rows} rows of the first study trained, with those of the others above. The weights are "
        "in `weights.safetensors`, the specification in `card.json`; `combo-dl predict` uses them.",
        "",
        "## 23 Performance",
        "",
        *(
            [line.replace("## ", "### ") for line in scores]
            or ["No folder of held-out rows was given, so that there is no score.", ""]
        ),
        *(line.replace("## ", "### ") for line in laws),
    ]
    told = card.get("membership", [])
    if told:
        lines += [
            "### Membership",
            "",
            "Whether it can be told by the loss who was learned from (Yeom et al. 2018), in "
            "networks of the same settings whose held-out rows are known; 0.5 tells nothing.",
            "",
            "| endpoint | members | others | AUC of the attack (95 %) |",
            "|---|---:|---:|---:|",
        ]
        for row in told:
            auc = f"{row['auc']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            lines.append(f"| {row['endpoint']} | {row['members']} | {row['others']} | {auc} |")
        lines.append("")
    return lines


def _intervals(card: dict) -> list[str]:
    """What the intervals of mean days are, as far as there are any."""
    survival = [n for n, e in card["endpoints"].items() if e["kind"] == "survival"]
    laws = card.get("days_laws", {})
    lines = []
    if rest := [n for n in survival if n not in laws]:
        lines.append(
            f"- Intervals of mean days of {', '.join(rest)} are the disagreement of networks, not "
            "calibrated."
        )
    known = [n for n in survival if n in laws]
    if known:
        hospital = "" if all(laws[n]["new_cohorts"] for n in known) else HOSPITAL
        lines += [
            f"- Intervals of mean days of {', '.join(known)} are those of groups of patients, not "
            f"of one patient's time{hospital}.",
            "- The interval of days gained over independent drugs takes the errors of the "
            "combination and of its null to be independent: no patient shows a gain, so that none "
            "calibrates it.",
        ]
    return lines


def _discussion(card: dict) -> list[str]:
    return [
        "## 24 to 27 Updating, interpretation, limitations, use",
        "",
        "- Risks do not carry over from one hospital to another by themselves: calibrate them "
        "where they are to be read.",
        "- Predictions far from what was learned (the column `support`) are guesses.",
        *_intervals(card),
        "- A prediction abstains, or says so in its support, where a drug was never given alone or "
        "a drug or combination was never seen.",
        "- Not a medical device, not evaluated for use on a patient. No patient of the sources is "
        "in the bundle.",
        "",
    ]
