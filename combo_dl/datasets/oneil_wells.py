"""The raw wells of the O'Neil screen in the form that synergy scores are computed from."""

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.dose_response import dose_response
from combo_dl.datasets.synergy import Wells

_REPLICATES = [f"viability_{i}" for i in range(1, 5)]


def oneil_wells(study: Study) -> Wells:
    """Wells of a study made by ``oneil.load`` with ``wells`` and ``replicates='mean'``: matrix i is
    row i of the study. Viability is the mean over replicate wells.

    Raises InputError when the study has no wells, or has rows that they lack.
    """
    if "wells_combination" not in study.tables:
        raise InputError("the study has no wells; load it with data.oneil.wells=true")
    both, alone = (_text(study, name) for name in ("wells_combination", "wells_single"))
    return matrix_wells(both, alone, _rows(study))


def triples_of(both: pd.DataFrame) -> pd.MultiIndex:
    """(first drug, second drug, cell line) of each matrix of raw wells, drugs in the order of
    names, ascending."""
    return pd.MultiIndex.from_arrays([*_ordered(both), both["cell_line"]]).unique().sort_values()


def matrix_wells(both: pd.DataFrame, alone: pd.DataFrame, rows: pd.MultiIndex) -> Wells:
    """Wells of the raw tables (``oneil_sources.WELLS_COMBINATION`` and ``WELLS_SINGLE``, texts as
    text); matrix i is row i of ``rows``, as ``triples_of`` has them.

    Raises InputError when a row has no wells.
    """
    first, second = _ordered(both)
    matrix = rows.get_indexer(pd.MultiIndex.from_arrays([first, second, both["cell_line"]]))
    curves = pd.MultiIndex.from_frame(alone[["drug", "cell_line"]].drop_duplicates())
    viability = both[_REPLICATES].mean(axis=1).to_numpy(np.float64)
    kept = (matrix >= 0) & np.isfinite(viability)
    if len(np.unique(matrix[kept])) < len(rows):
        raise InputError("the study has rows without wells; load it with replicates='mean'")
    swapped = (first != both["drug_a"]).to_numpy()
    doses = both[["conc_a_um", "conc_b_um"]].to_numpy(np.float64)
    doses[swapped] = doses[swapped, ::-1]
    return Wells(
        matrix=matrix[kept],
        dose_a_um=doses[kept, 0],
        dose_b_um=doses[kept, 1],
        inhibition=1.0 - viability[kept],
        curve_a=curves.get_indexer(rows.droplevel(1)),
        curve_b=curves.get_indexer(rows.droplevel(0)),
        singles=dose_response(
            curves.get_indexer(pd.MultiIndex.from_frame(alone[["drug", "cell_line"]])),
            alone["conc_um"].to_numpy(np.float64),
            1.0 - alone["viability"].to_numpy(np.float64),
            n_curves=len(curves),
        ),
    ).validate()


def _text(study: Study, name: str) -> pd.DataFrame:
    frame = study.tables[name].to_pandas()
    names = [c for c in ("drug", "drug_a", "drug_b", "cell_line") if c in frame]
    return frame.astype(dict.fromkeys(names, object))


def _ordered(wells: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The two drugs in the order of names, as a study has them."""
    a, b = wells["drug_a"], wells["drug_b"]
    return a.where(a < b, b), b.where(a < b, a)


def _rows(study: Study) -> pd.MultiIndex:
    """(first drug, second drug, cell line) of each row, drugs in the order of names."""
    names = np.array(study.drugs.names, dtype=object)[study.combos.drugs]
    lines = np.array(study.profiles.ids.names, dtype=object)[study.combos.profile]
    return pd.MultiIndex.from_arrays([names.min(axis=1), names.max(axis=1), lines])
