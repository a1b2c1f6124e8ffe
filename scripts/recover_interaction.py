"""From generated claims to combinations ranked by survival, beside the truth that was planted.

python scripts/recover_interaction.py --people 12000 --folder snds_recovered
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from combo_dl.cli.main import main as combo_dl
from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study

LEAST = 30  # people of a set of drugs that is compared
COLUMNS = "combination | against | people | truth | naive | adjusted"


def main() -> None:
    """Generate, read, follow the protocol, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("snds_recovered"))
    asked = parser.parse_args()
    clock = time.process_time()
    words = [f"source.people={asked.people}", f"source.seed={asked.seed}"]
    words += [f"source.folder={asked.folder}/snds", f"out={asked.folder}/cohort"]
    if combo_dl(["cohort", "protocol=demo_snds", *words]):
        raise SystemExit(2)
    study = read_study(asked.folder / "cohort" / "study")
    model = json.loads((asked.folder / "snds" / "truth" / "model.json").read_text("utf-8"))
    rows = people_of(study)
    print(f"\n{len(rows)} people of the cohort, {time.process_time() - clock:.0f} CPU s")
    print(f"| rank | {COLUMNS} |\n|{'---|' * 7}")
    for rank, row in enumerate(compared(rows, model), start=1):
        print(f"| {rank} | {' | '.join(row)} |")


def people_of(study: Study) -> pd.DataFrame:
    """One row a person: days, event, drugs (joined by +), and the covariates as numbers."""
    names, combos = study.drugs.names, study.combos
    os = combos.labels["os"]
    rows = pd.DataFrame({"days": os[:, 0], "event": os[:, 1]})
    rows["drugs"] = [" + ".join(sorted(names[d] for d in one if d >= 0)) for one in combos.drugs]
    profiles = study.profiles
    numbers = [f.name for f in profiles.fields if f.kind == "number"]
    categories = [f.name for f in profiles.fields if f.kind != "number"]
    number = pd.DataFrame(np.asarray(profiles.number), columns=numbers)
    category = pd.DataFrame(np.asarray(profiles.category), columns=categories)
    facts = pd.concat([number, category], axis=1).iloc[combos.profile].reset_index(drop=True)
    return pd.concat([rows, facts.loc[:, facts.nunique() > 1]], axis=1)


def compared(rows: pd.DataFrame, model: dict) -> list[tuple[str, ...]]:
    """Each combination against the drug of it that most people had alone, the best first."""
    size = rows["drugs"].value_counts()
    size = size[size >= LEAST]
    found = []
    for drugs in (d for d in size.index if " + " in d):
        alone = [d for d in drugs.split(" + ") if d in size.index]
        if alone:
            against = max(alone, key=lambda d: size[d])
            naive, adjusted = (contrast(rows, drugs, against, adjust=a) for a in (False, True))
            people = f"{size[drugs]} and {size[against]}"
            true = truth(drugs, model) - truth(against, model)
            cells = (drugs, against, people, f"{true:.2f}", said(naive), said(adjusted))
            found.append((adjusted[0], cells))
    return [cells for _, cells in sorted(found)]


def contrast(
    rows: pd.DataFrame, drugs: str, against: str, *, adjust: bool
) -> tuple[float, float, float]:
    """Log hazard ratio of death with its interval of 95 %, by Cox regression on the people of both
    sets; with ``adjust``, at equal covariates of the profile, each tumour with a hazard of its own.
    """
    own = rows[rows["drugs"].isin([drugs, against])]
    data = own[["days", "event"]].assign(several=(own["drugs"] == drugs).astype(float))
    if adjust:
        covariates = own.drop(columns=["days", "event", "drugs"])
        data = data.join(covariates.loc[:, covariates.nunique() > 1])
    strata = [c for c in ("melanoma", "kidney_cancer") if c in data] or None
    fitted = CoxPHFitter().fit(data, "days", "event", strata=strata)
    low, high = fitted.confidence_intervals_.loc["several"]
    return float(fitted.params_["several"]), float(low), float(high)


def truth(drugs: str, model: dict) -> float:
    """The planted log hazard ratio of a set; unnamed chemotherapy is carboplatin + paclitaxel, the
    only one of these tumours."""
    names = set(drugs.split(" + "))
    if UNNAMED_CHEMOTHERAPY in names:
        names = names - {UNNAMED_CHEMOTHERAPY} | {"carboplatin", "paclitaxel"}
    alone = sum(model["drug_effects"][name] for name in names)
    pairs = model["interactions"].items()
    return alone + sum(v for pair, v in pairs if set(pair.split(" + ")) <= names)


def said(found: tuple[float, float, float]) -> str:
    """A log hazard ratio with its interval."""
    return f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})"


if __name__ == "__main__":
    main()
