"""Names of regimens, from a table that a user has (HemOnc's is not the package's to pass on)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import InputError, SourceError


def read_regimen_names(
    path: Path, *, name_column: str = "regimen", table: DrugTable | None = None
) -> Mapping[frozenset[str], str]:
    """{set of drugs under the catalogue's names: name} of a CSV or Parquet table with a column of
    names and a column ``drugs`` (``a+b``).

    Of several names of one set the shortest is kept, then the first of the alphabet. Regimens with
    a drug that the catalogue lacks are left out. Raises SourceError, InputError.
    """
    if not path.is_file():
        raise SourceError(f"no table of regimens at {path}; expected a CSV or Parquet file")
    frame = pq.read_table(path).to_pandas() if path.suffix == ".parquet" else pd.read_csv(path)
    lacking = [c for c in (name_column, "drugs") if c not in frame.columns]
    if lacking:
        raise InputError(
            f"{path} lacks the column {', '.join(lacking)}; it has {', '.join(frame.columns)}"
        )
    known = table or oncology_drugs()
    made: dict[frozenset[str], str] = {}
    rows = frame[[name_column, "drugs"]].dropna().astype(str)
    for name, drugs in sorted(
        rows.itertuples(index=False, name=None), key=lambda r: (len(r[0]), r)
    ):
        found = [known.find(d) for d in drugs.split("+")]
        if all(found):
            made.setdefault(frozenset(d.name for d in found if d), name)
    return made
