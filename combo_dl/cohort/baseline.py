"""The profile of each person, from what was recorded up to the first dose."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from combo_dl.cohort.codes import CodeList
from combo_dl.cohort.people import last_values, with_event
from combo_dl.cohort.protocol import BaselineField, Protocol
from combo_dl.core.patient_fields import PATIENT_FIELDS, YES_NO, refuse_problems, unit_factor


def baseline_of(
    events: ir.Table,
    people: pd.DataFrame,
    protocol: Protocol,
    codes: Mapping[str, CodeList],
) -> pd.DataFrame:
    """One row a person in their order: ``age_years``, ``sex``, ``prior_therapies`` (lines before)
    and the fields of the protocol.

    A value in another unit of the contract of patients' fields is converted. Raises InputError on a
    unit that the contract does not know, and on a value that cannot be.
    """
    frame = pd.DataFrame(
        {
            "age_years": people["age_years"].astype(float),
            "prior_therapies": people["line"].astype(float) - 1,
            "sex": people["sex"].astype(object).where(people["sex"].notna(), None),
        }
    )
    window = (protocol.baseline_to_day - protocol.baseline_days, protocol.baseline_to_day)
    for one in protocol.baseline:
        frame[one.name] = _column(events, people, one, codes[f"field {one.name}"], window)
    refuse_problems(frame)
    return frame


def _column(
    events: ir.Table,
    people: pd.DataFrame,
    one: BaselineField,
    codes: CodeList,
    window: tuple[int, int],
) -> pd.Series:
    first, last = window
    if one.take == "any":
        having = with_event(events, people, kind=one.kind, codes=codes, first=first, last=last)
        return pd.Series(np.where(people["person"].isin(having), YES_NO[1], YES_NO[0])).astype(
            object
        )
    found = last_values(events, people, kind=one.kind, codes=codes, first=first, last=last)
    if PATIENT_FIELDS[one.name].levels:
        level = found["value"].map("{:g}".format)
        return people["person"].map(dict(zip(found["person"], level, strict=True))).astype(object)
    units = {u: unit_factor(one.name, u) for u in found["unit"].unique()}
    values = found["value"] * found["unit"].map(units)
    return people["person"].map(dict(zip(found["person"], values, strict=True))).astype(float)
