"""A cohort becomes a Study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY
from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DRUGS_TABLE, Drug, DrugTable
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.label_names import label_table, table_name
from combo_dl.core.patient_fields import patient_units
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import HOSPITAL, Provenance, Source, Study
from combo_dl.core.vocab import Vocab

SURVIVAL = ("time_days", "event", "entry_days")
UNNAMED = Drug(name=UNNAMED_CHEMOTHERAPY, modality="other", drug_class="chemotherapy_unnamed")


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
    drugs, sets = _sets(list(people["drugs"]))
    n = len(people)
    own = fields.dropna(axis=1, how="all").assign(profile=[f"{name} row {i}" for i in range(n)])
    return Study(
        name=name,
        version="1",
        dose_unit="",
        drugs=drugs,
        smiles=tuple(table.smiles(d) for d in drugs.names),
        combos=ComboTable(
            drugs=sets,
            dose=np.full(sets.shape, np.nan, np.float32),
            profile=np.arange(n, dtype=np.int32),
            labels=dict(labels),
            weight=np.ones(n, np.float32),
            group=np.arange(n, dtype=np.int32),
            day=np.full(n, np.nan, np.float32),
        ),
        profiles=profiles_from_frame(own, space=PATIENT, units=patient_units(list(own.columns))),
        columns={HOSPITAL: np.zeros(n, np.int32), "line": people["line"].to_numpy(np.int32)},
        tables={DRUGS_TABLE: _facts(drugs.names, table)}
        | {
            table_name(k): label_table(
                SURVIVAL[: v.shape[1]], [f"{k}_{s}" for s in SURVIVAL[: v.shape[1]]]
            )
            for k, v in labels.items()
            if v.shape[1] > 1
        },
        provenance=Provenance(sources=tuple(files), flow=tuple(flow)),
    ).validate()


def _columns(name: str, width: int) -> pa.Table:
    """What the columns of a survival label are."""
    kinds = SURVIVAL[:width]
    return label_table(kinds, [f"{name}_{kind}" for kind in kinds])


def _sets(regimens: list[tuple[str, ...]]) -> tuple[Vocab, np.ndarray]:
    drugs = Vocab.of("drug", (d for regimen in regimens for d in regimen))
    sets = np.full((len(regimens), max(map(len, regimens))), -1, np.int32)
    for row, regimen in enumerate(regimens):
        sets[row, : len(regimen)] = np.sort(drugs.ids(list(regimen)))
    return drugs, sets


def _facts(names: Sequence[str], table: DrugTable) -> pa.Table:
    """What the study says of drugs that the catalogue lacks."""
    lacking = [n for n in names if table.find(n) is None]
    facts = [
        UNNAMED if n == UNNAMED_CHEMOTHERAPY else Drug(name=n, modality="other") for n in lacking
    ]
    cells = {
        "name": [d.name for d in facts],
        "modality": [d.modality for d in facts],
        "targets": ["" for _ in facts],
        "drug_class": [d.drug_class for d in facts],
    }
    return pa.table({k: pa.array(v, pa.string()) for k, v in cells.items()})
