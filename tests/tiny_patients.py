"""A tiny study of patients who live the longer the more albumin they have; no one is real."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import tiny
import tiny_risk

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.data.published_split import PublishedTest
from combo_dl.train.settings import TrainSettings

OS = Endpoint(
    name="os",
    kind="survival",
    columns=("os",),
    unit="days",
    direction="good",
    head="hazard",
    bounds=(0.0, 1.0),
    horizon_days=500.0,
)
HAZARD = {
    "_target_": "combo_dl.nn.head.hazard.HazardHead",
    "bins": 8,
    "risks": 1,
    "shapes": 1,
    "hidden": 0,
    "dropout": 0.0,
}
SPLIT = PublishedTest(column="fold_published", validation_share=0.2, seed=0, by="cohort")
COHORTS = ("First", "Second", "Third", "Small")
SIZES = (220, 90, 60, 6)


def study(*, last_days: float = 900.0, late: bool = False) -> Study:
    """376 patients of four cohorts; the first is learned from. Four of the second, and all of the
    third, lack the ratio of neutrophils to lymphocytes, the last has 6 patients. Everyone is
    censored by ``last_days``.

    late: the label has a third column, the day of entry.
    """
    n = sum(SIZES)
    base = tiny_risk.study(n_rows=n)
    rng = np.random.default_rng(0)
    cohort = np.repeat(np.arange(len(SIZES)), SIZES).astype(np.int32)
    albumin = rng.uniform(2.5, 5.0, n)
    nlr = np.where(cohort == 2, np.nan, rng.uniform(1, 10, n))
    nlr[SIZES[0] : SIZES[0] + 4] = np.nan
    frame = pd.DataFrame(
        {
            "profile": [f"secret {i}" for i in range(n)],
            "albumin_g_dl": albumin,
            "nlr": nlr,
            "age_years": rng.uniform(30, 85, n),
            "tmb_mut_per_mb": rng.exponential(8, n),
            "prior_systemic_therapy": rng.choice(["no", "yes"], n),
            "cancer_type": rng.choice(["Melanoma", "Renal"], n),
            "sex": rng.choice(["female", "male"], n),
        }
    )
    time = rng.exponential(300 * np.exp(albumin - 3.75))
    seen = np.minimum(time, rng.uniform(100, last_days, n)) + 1
    columns = [seen, time <= seen, *([seen * rng.random(n) * 0.4] if late else [])]
    combos = replace(
        base.combos,
        profile=np.arange(n, dtype=np.int32),
        labels={"os": np.stack(columns, axis=1).astype(np.float32)},
        group=np.arange(n, dtype=np.int32),
        weight=np.ones(n, np.float32),
    )
    table = pa.table({"code": list(range(len(COHORTS))), "name": list(COHORTS)})
    return replace(
        base,
        name="tiny_patients",
        profiles=profiles_from_frame(frame, space=PATIENT),
        combos=combos,
        columns={
            "cohort": cohort,
            "fold_published": np.choose(cohort, [0, 1, -1, -1]).astype(np.int32),
        },
        tables={"cohorts": table},
    ).validate()


def with_label(made: Study, rows: np.ndarray, column: int, value: float) -> Study:
    """The study with another number in a column of the follow-up of some rows."""
    label = made.combos.labels["os"].copy()
    label[rows, column] = value
    return replace(made, combos=replace(made.combos, labels={"os": label}))


def settings(out: Path, **changes: object) -> TrainSettings:
    """``tiny.settings`` of survival, cohort by cohort."""
    network = replace(tiny.NETWORK, molecule={}, head={"hazard": HAZARD}, endpoints={"os": OS})
    fit = replace(tiny.FIT, max_epochs=12, lr=0.03)
    named: dict = {"split": SPLIT, "folds": "all", "kernel": None, "network": network, "fit": fit}
    return tiny.settings(out, **(named | changes))  # type: ignore[arg-type]
