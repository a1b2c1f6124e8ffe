"""From generated claims to combinations ranked by survival, beside the truth that was planted.

python scripts/recover_interaction.py --people 12000 --folder snds_recovered --network
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
from combo_dl.core.frames import profile_frame
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study
from combo_dl.infer.bundle import Bundle, load_bundle

TUMOURS = {"lung": "C34", "melanoma": "C43", "kidney": "C64", "colon": "C18", "breast": "C50"}
COVARIATES = {"metastatic": ("C77", "C78", "C79"), "lung_disease": ("J44",)}
LEAST = 30  # people of a set of drugs that is compared
ASKED = 400  # people of a comparison whose days are predicted
HORIZON_DAYS = 730
COLUMNS = "combination | against | people | truth | naive | adjusted"


def main() -> None:
    """Generate, read, follow the protocol, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("snds_recovered"))
    parser.add_argument("--network", action="store_true", help="train a network, rank by it too")
    asked = parser.parse_args()
    clock = time.process_time()
    words = [f"source.people={asked.people}", f"source.seed={asked.seed}"]
    fields = {name: (code,) for name, code in TUMOURS.items()} | COVARIATES
    listed = {name: ",".join(f"'ICD10:{c}*'" for c in own) for name, own in fields.items()}
    baseline = ",".join(
        f"{{name: {name}, kind: diagnosis, codes: [{own}]}}" for name, own in listed.items()
    )
    words += [f"protocol.baseline=[{baseline}]", "protocol.index.drugs=[]"]
    words += ["protocol.eligibility.rules=[]"]
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
    if asked.network:
        clock = time.process_time()
        bundle = trained(asked.folder)
        gained = days_gained(bundle, study, rows)
        print(f"\nnetwork, {time.process_time() - clock:.0f} CPU s")
        print("| rank | combination | against | truth | days gained |\n|---|---|---|---|---|")
        for rank, (days, drugs, against) in enumerate(gained, start=1):
            true = f"{truth(_set(drugs), _set(against), model):.2f}"
            print(f"| {rank} | {drugs} | {against} | {true} | {days:+.0f} |")


def people_of(study: Study) -> pd.DataFrame:
    """One row a person: days, event, drugs (joined by +), tumour, and covariates as numbers."""
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
    tumour = facts[[t for t in TUMOURS if t in facts]].idxmax(axis=1).rename("tumour")
    others = facts.drop(columns=[t for t in TUMOURS if t in facts])
    return pd.concat([rows, tumour, others.loc[:, others.nunique() > 1]], axis=1)


def trained(folder: Path) -> Bundle:
    """The network of hazards, trained on the study of the folder; a fifth of its rows held out."""
    words = [
        *("train", "data=[cohort]", f"data.cohort.folder={folder}/cohort/study", "endpoint=[os]"),
        *(f"endpoint.os.horizon_days={HORIZON_DAYS}", "head=[hazard]", "head.hazard.shapes=1"),
        *("molecule=[]", "kernel=none", "split=row", "folds=0", "model.width=32"),
        *("fusion.width=32", "fusion.pair_width=16", "trainer.max_epochs=25"),
        f"out={folder}/network",
    ]
    if combo_dl(words):
        raise SystemExit(2)
    return load_bundle(folder / "network" / "bundle")


def days_gained(bundle: Bundle, study: Study, rows: pd.DataFrame) -> list[tuple[float, str, str]]:
    """(mean days lived to the horizon that the combination adds, combination, against), the most
    first: the same people, predicted under the one and under the other."""
    people = profile_frame(study.profiles)
    found = []
    for drugs, against, own, _ in pairs_of(rows):
        chosen = own.sample(min(ASKED, len(own)), random_state=0).index
        who = people.iloc[study.combos.profile[chosen]].reset_index(drop=True)
        days = [predicted(bundle, one, who) for one in (drugs, against)]
        found.append((float((days[0] - days[1]).mean()), drugs, against))
    return sorted(found, reverse=True)


def predicted(bundle: Bundle, drugs: str, who: pd.DataFrame) -> np.ndarray:
    """float[n] mean days lived to the horizon of people under these drugs."""
    names = dict(zip(("drug_a", "drug_b", "drug_c"), drugs.split(" + "), strict=False))
    asked = pd.DataFrame({k: [v] * len(who) for k, v in names.items()})
    found = bundle.predict(asked.assign(profile=who["profile"].to_numpy()), profiles=who)
    return found["mean"].to_numpy()


def compared(rows: pd.DataFrame, model: dict) -> list[tuple[str, ...]]:
    """Each combination against the part of it that most people had in a tumour of both; the best
    first, by the adjusted contrast."""
    found = []
    for drugs, against, own, n in pairs_of(rows):
        naive = contrast(rows[rows["drugs"].isin([drugs, against])], drugs, adjust=False)
        adjusted = contrast(own, drugs, adjust=True)
        people = f"{int((own['drugs'] == drugs).sum())} and {n}"
        true = f"{truth(_set(drugs), _set(against), model):.2f}"
        found.append((adjusted[0], (drugs, against, people, true, said(naive), said(adjusted))))
    return [cells for _, cells in sorted(found)]


def pairs_of(rows: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame, int]]:
    """(combination, the part of it that most people had, the people of both, how many of these had
    the part), where enough had either."""
    found = []
    size = rows["drugs"].value_counts()
    for drugs in (d for d in size.index if " + " in d and size[d] >= LEAST):
        parts = [(d, of_both(rows, drugs, d)) for d in size.index if _set(d) < _set(drugs)]
        smaller = [(int((own["drugs"] == d).sum()), d, own) for d, own in parts]
        if smaller and max(one[0] for one in smaller) >= LEAST:
            n, against, own = max(smaller, key=lambda one: one[:2])
            found.append((drugs, against, own, n))
    return found


def of_both(rows: pd.DataFrame, drugs: str, against: str) -> pd.DataFrame:
    """The people of both sets, in tumours in which at least ``LEAST`` had either."""
    own = rows[rows["drugs"].isin([drugs, against])]
    counts = own.groupby(["tumour", "drugs"]).size().unstack(fill_value=0)
    both = counts.reindex(columns=[drugs, against], fill_value=0).min(axis=1) >= LEAST
    return own[own["tumour"].isin(both.index[both])]


def contrast(own: pd.DataFrame, drugs: str, *, adjust: bool) -> tuple[float, float, float]:
    """Log hazard ratio of death with its interval of 95 %, by Cox regression on the people of both
    sets; with ``adjust``, at equal covariates of the profile, each tumour with a hazard of its own.
    """
    data = own[["days", "event"]].assign(several=(own["drugs"] == drugs).astype(float))
    if adjust:
        covariates = own.drop(columns=["days", "event", "drugs"])
        data = data.join(covariates.loc[:, covariates.nunique() > 1])
    strata = ["tumour"] if "tumour" in data else None
    fitted = CoxPHFitter().fit(data, "days", "event", strata=strata)
    low, high = fitted.confidence_intervals_.loc["several"]
    return float(fitted.params_["several"]), float(low), float(high)


def truth(drugs: set[str], against: set[str], model: dict) -> float:
    """The planted log hazard ratio of what is added. Unnamed chemotherapy that is added is that of
    the lung, carboplatin and paclitaxel; where both sets have it, its molecules have equal effects.
    """
    added = drugs - against
    if UNNAMED_CHEMOTHERAPY in added:
        added = added - {UNNAMED_CHEMOTHERAPY} | {"carboplatin", "paclitaxel"}
    alone = sum(model["drug_effects"][name] for name in added)
    pairs = [(set(pair.split(" + ")), v) for pair, v in model["interactions"].items()]
    return alone + sum(v for pair, v in pairs if pair <= drugs and not pair <= against)


def _set(drugs: str) -> set[str]:
    return set(drugs.split(" + "))


def said(found: tuple[float, float, float]) -> str:
    """A log hazard ratio with its interval."""
    return f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})"


if __name__ == "__main__":
    main()
