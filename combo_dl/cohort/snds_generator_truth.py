"""What is true of a generated world, as tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY
from combo_dl.cohort.snds_generator_rows import as_dates
from combo_dl.cohort.snds_generator_world import CHANNELS, DRUGS, NEVER, SITES, World, line_regimens

TRUTH_TABLES = ("people", "tumours", "doses", "exposures", "lines", "deaths", "outcomes")


def truth_tables(world: World) -> dict[str, pa.Table]:
    """people: person, sex, birth, age_years, metastatic, comorbid, channel, twin.
    tumours: person, icd10, start.  doses: person, drug, visible_as, day, units, line.
    exposures: person, drug, visible_as, line, start, end (first and last dose).
    lines: person, line, drugs, visible_drugs (sorted, joined by +), start, end (as above).
    deaths: person, death.  outcomes: person, code (ICD-10 of a toxic stay), start.

    ``visible_as`` is what SNDS can show of a drug: its name, or ``chemotherapy, unnamed``.
    """
    people, person = world.people, world.names["person"]
    ill = np.flatnonzero(people["site"] >= 0)
    dead = np.flatnonzero(people["death"] < NEVER)
    icd = np.array([site.icd for site in SITES])
    doses = _doses(world)
    return {
        "people": pa.table(
            {
                "person": person,
                "sex": np.where(people["sex"] == 1, "male", "female"),
                "birth": as_dates(people["birth"]),
                "age_years": people["age"],
                "metastatic": people["metastatic"],
                "comorbid": people["comorbid"],
                "channel": np.array(CHANNELS)[people["channel"]],
                "twin": people["twin"],
            }
        ),
        "tumours": pa.table(
            {
                "person": person[ill],
                "icd10": icd[people["site"][ill]],
                "start": as_dates(people["diagnosis"][ill]),
            }
        ),
        "doses": doses,
        "exposures": _exposures(doses),
        "lines": _lines(world, doses),
        "deaths": pa.table({"person": person[dead], "death": as_dates(people["death"][dead])}),
        "outcomes": pa.table(
            {
                "person": person[world.toxic["p"]],
                "code": world.toxic["icd"].astype("U4"),
                "start": as_dates(world.toxic["day"]),
            }
        ),
    }


def _doses(world: World) -> pa.Table:
    doses, names = world.doses, np.array(list(DRUGS))
    shown = np.array(
        [UNNAMED_CHEMOTHERAPY if d.way == "tariff" else name for name, d in DRUGS.items()]
    )
    return pa.table(
        {
            "person": world.names["person"][doses["p"]],
            "drug": names[doses["drug"]],
            "visible_as": shown[doses["drug"]],
            "day": as_dates(doses["day"]),
            "units": doses["units"],
            "line": doses["line"],
        }
    )


def _exposures(doses: pa.Table) -> pa.Table:
    spans = doses.group_by(["person", "drug", "visible_as", "line"]).aggregate(
        [("day", "min"), ("day", "max")]
    )
    return spans.rename_columns({"day_min": "start", "day_max": "end"})


def _lines(world: World, doses: pa.Table) -> pa.Table:
    """Lines in which a dose was given; the drugs are those of the regimen."""
    spans = doses.group_by(["person", "line"]).aggregate([("day", "min"), ("day", "max")])
    regimens = line_regimens(world.people, world.lines)
    shown = [
        " + ".join(
            sorted({UNNAMED_CHEMOTHERAPY if DRUGS[d].way == "tariff" else d for d in regimen})
        )
        for regimen in regimens
    ]
    known = pa.table(
        {
            "person": world.names["person"][world.lines["p"]],
            "line": world.lines["number"],
            "drugs": pa.array([" + ".join(regimen) for regimen in regimens], pa.string()),
            "visible_drugs": pa.array(shown, pa.string()),
        }
    )
    joined = known.join(spans, ["person", "line"], join_type="inner")
    return joined.rename_columns({"day_min": "start", "day_max": "end"})
