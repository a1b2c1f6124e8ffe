"""Small trials: sets of dosed drugs with one risk that rises with dose and a wide one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import tiny
import tiny_risk

from combo_dl.core.dose_units import DOSE_UNIT_TABLE, STANDARD
from combo_dl.core.label_names import label_table, table_name
from combo_dl.core.study import Study

UNITS = {
    "paclitaxel": ("mg", 300.0),
    "carboplatin": ("mg", 575.0),
    "cisplatin": ("mg", 135.0),
    "olaparib": ("mg", 600.0),
    "bevacizumab": ("mg", 700.0),
    "radiotherapy": ("Gy", 2.0),
}
EFFECTS = 24
DLT = replace(tiny_risk.TOXIC, name="dlt", columns=("dlt",), head="dosed_risk")
AE = replace(tiny_risk.TOXIC, name="ae", columns=("ae",))
DOSED = {
    "_target_": "combo_dl.nn.head.dosed_risk.DosedRiskHead",
    "monotone": True,
    "interaction_precision": 0.0,
}
HEADS = tiny.NETWORK.head | {"dosed_risk": DOSED, "risk": tiny_risk.RISK}


def trials(*, n_rows: int = 240) -> Study:
    """Sets of one to three drugs at doses in standard units; more is more often toxic. The wide
    label ``ae`` has named columns. Each row is a trial's own profile of an age and a tumour."""
    rng = np.random.default_rng(0)
    names = list(UNITS)
    rows = []
    for i in range(n_rows):
        chosen = rng.choice(len(names), size=1 + i % 3, replace=False)
        factor = 2.0 ** rng.normal(size=len(chosen))
        row = {"profile": f"trial{i}", "dlt": float(rng.random() < 0.2 * factor.sum())}
        for letter, d, times in zip("abc", chosen, factor, strict=False):
            row |= {f"drug_{letter}": names[d], f"dose_{letter}": UNITS[names[d]][1] * times}
        row |= {f"ae{j}": float(rng.random() < 0.02 * (1 + j)) for j in range(EFFECTS)}
        rows.append(row)
    people = pd.DataFrame(
        {
            "profile": [f"trial{i}" for i in range(n_rows)],
            "age": rng.normal(60, 10, n_rows),
            "tumour": rng.choice(["lung", "ovary"], n_rows),
        }
    )
    made = Study.from_frames(
        pd.DataFrame(rows),
        people,
        name="trials",
        space="trial",
        dose_unit=STANDARD,
        labels={"dlt": ["dlt"], "ae": [f"ae{j}" for j in range(EFFECTS)]},
    )
    units = pa.table({"drug": names, "unit": [unit for unit, _ in UNITS.values()]})
    effects = label_table([f"effect {j}" for j in range(EFFECTS)], [""] * EFFECTS)
    return replace(made, tables={DOSE_UNIT_TABLE: units, table_name("ae"): effects})
