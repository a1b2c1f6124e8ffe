"""A cohort becomes a Study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DRUGS_TABLE, Drug, DrugTable
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.label_names import follow_up_tables
from combo_dl.core.patient_fields import patient_units
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.regimens import UNNAMED, facts_of, regimen_sets
from combo_dl.core.study import HOSPITAL, Provenance, Source, Study


def study_of(
    name: str,
    people: pd.DataFrame,
    fields: pd.DataFrame,
    labels: Mapping[str, np.ndarray],
    *,
    table: DrugTable,
    flow: Sequence[tuple[str, int]],
    files: Sequence[Source],
) -> Study:
    """The validated Study of a cohort: a row and a profile (space ``patient``) a person.

    Neither identifiers nor dates are in it: a profile is named by its row. All are of one
    ``hospital`` (code 0), the source. Raises InputError.
    """
    drugs, sets = regimen_sets(list(people["drugs"]))
    n = len(people)
    own = fields.dropna(axis=1, how="all").assign(profile=[f"{name} row {i}" for i in range(n)])
    return Study(
        name=name,
        version="1",
        dose_unit="",
        drugs=drugs,
        smiles=tuple(table.smiles(d) for d in drugs.names),
        combos=ComboTable.undosed(sets, profile=np.arange(n), labels=dict(labels)),
        profiles=profiles_from_frame(own, space=PATIENT, units=patient_units(list(own.columns))),
        columns={HOSPITAL: np.zeros(n, np.int32), "line": people["line"].to_numpy(np.int32)},
        tables={DRUGS_TABLE: _facts(drugs.names, table)} | follow_up_tables(labels),
        provenance=Provenance(sources=tuple(files), flow=tuple(flow)),
    ).validate()


def _facts(names: Sequence[str], table: DrugTable) -> pa.Table:
    """What the study says of drugs that the catalogue lacks."""
    lacking = [n for n in names if table.find(n) is None]
    own = [UNNAMED if n == UNNAMED.name else Drug(name=n, modality="other") for n in lacking]
    return facts_of(own, lacking)
