"""The single-drug curves of a request: a user's wells, under the names of the drugs asked."""

import pandas as pd

from combo_dl.core.drug_table import DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.monotherapy import COLUMNS
from combo_dl.core.names import hint
from combo_dl.drugs.request import resolve_drug


def named_curves(wells: pd.DataFrame, table: DrugTable) -> pd.DataFrame:
    """``wells`` (``drug, profile, dose_um, viability``) with drugs under the catalogue's names.

    Raises InputError on a missing column and on a drug or profile that is empty, UnknownNameError
    on an unknown drug.
    """
    for column in COLUMNS:
        if column not in wells.columns:
            known = [str(c) for c in wells.columns]
            raise InputError(
                f"a table of single drugs needs the column {column!r}; {hint(column, known)}"
            )
    for column in ("drug", "profile"):
        empty = wells[column].isna().to_numpy()
        if empty.any():
            raise InputError(f"row {int(empty.argmax())} of the single drugs has no {column}")
    asked = wells["drug"].astype(str).unique()
    names = {d: resolve_drug(d, table=table, where="the single drugs").name for d in asked}
    return wells.assign(drug=wells["drug"].astype(str).map(names))
