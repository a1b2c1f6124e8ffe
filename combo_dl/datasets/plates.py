"""A user's own plates: a long table of wells becomes a Study of synergy scores (docs/plates.md)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.drug_table import DrugTable, oncology_drugs, parse_drugs
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import read_text, sha256
from combo_dl.core.monotherapy import TABLE as CURVES
from combo_dl.core.study import Provenance, Source, Study
from combo_dl.datasets.dose_response import dose_response
from combo_dl.datasets.plate_checks import check_plates
from combo_dl.datasets.plate_table import PlateTable, read_csv, read_plates
from combo_dl.datasets.synergy import SCORES, Wells, loewe_volume, synergy_scores

LOEWE = ("mean", "volume")
_PAIR = ["drug_a", "drug_b", "profile"]
_MATRIX = [*_PAIR, "replicate"]
_DOSES = ["dose_a_um", "dose_b_um"]


def load(
    *,
    file: str,
    conc_unit: str | None,
    response: str | None,
    loewe: str,
    profiles: str | None,
    drugs: str | None,
) -> Study:
    """The study of a table of wells: one row a pair, profile and replicate (or plate).

    file: CSV; its columns are described in docs/plates.md.
    conc_unit: unit of concentrations where no column says it.
    response: what the column ``response`` holds, where no column is named after it.
    loewe: ``mean`` excess over the wells, or ``volume`` over the log-dose plane, the scale of
    Combenefit.
    profiles: CSV with ``profile`` and one column a field; None = names alone.
    drugs: CSV of drugs that the catalogue does not know.
    Single-drug wells are averaged over replicates and kept as the table ``monotherapy``. A row
    weighs by its number of wells; replicates of a pair in a profile share a group, and a pair in a
    profile weighs 1 on average.
    Raises ConfigError (a setting), SourceError (a file), InputError (a line, or a mix-up).
    """
    if loewe not in LOEWE:
        raise ConfigError(f"data.plates.loewe is {loewe!r}; expected one of {', '.join(LOEWE)}")
    path, table = Path(file).expanduser(), _drugs(drugs)
    plates = read_plates(path, table=table, conc_unit=conc_unit, response=response)
    check_plates(plates)
    rows, screen = _screen(plates)
    scores = synergy_scores(screen)
    if loewe == "volume":
        scores["synergy_loewe"] = loewe_volume(screen)
    rows = rows.assign(**scores)
    study = Study.from_frames(
        rows,
        _profiles(profiles, plates),
        name="plates",
        labels={name: [name] for name in SCORES},
        dose_unit="um",
        table=table,
        provenance=_provenance(plates, n_rows=len(rows)),
    )
    return replace(study, tables={CURVES: _single_drugs(plates)})


def _drugs(path: str | None) -> DrugTable:
    if path is None:
        return oncology_drugs()
    text = read_text(Path(path).expanduser(), what="table of drugs")
    return oncology_drugs().extended(parse_drugs(text))


def _profiles(path: str | None, plates: PlateTable) -> pd.DataFrame:
    """Fields of cell lines; without a file, the names that were measured."""
    if path is None:
        return pd.DataFrame({"profile": sorted(plates.both["profile"].unique())})
    fields = read_csv(Path(path).expanduser(), setting="data.plates.profiles")
    return fields.apply(_as_numbers)


def _as_numbers(column: pd.Series) -> pd.Series:
    """A field of numbers where every cell is one or empty; else text, None where empty."""
    filled = column.str.strip().replace("", None)
    numbers = pd.to_numeric(filled, errors="coerce")
    text = column.name == "profile" or (numbers.isna() & filled.notna()).any()
    return filled if text else numbers.astype(np.float64)


def _screen(plates: PlateTable) -> tuple[pd.DataFrame, Wells]:
    """(rows of the study without their labels, the wells of which they are made).

    Wells of one matrix at the same doses are averaged, so that no dose counts more than another.
    """
    both, alone = plates.both, plates.alone
    means = both.groupby([*_MATRIX, *_DOSES], sort=True)["viability"].agg(["mean", "size"])
    means = means.reset_index()
    rows = means.groupby(_MATRIX, sort=True)["size"].sum().reset_index()
    curves = pd.MultiIndex.from_frame(alone[["drug_a", "profile"]].drop_duplicates())
    a, b = ([*map(tuple, rows[[d, "profile"]].to_numpy())] for d in ("drug_a", "drug_b"))
    matrices = pd.MultiIndex.from_frame(rows[_MATRIX])
    screen = Wells(
        matrix=matrices.get_indexer(pd.MultiIndex.from_frame(means[_MATRIX])),
        dose_a_um=means["dose_a_um"].to_numpy(np.float64),
        dose_b_um=means["dose_b_um"].to_numpy(np.float64),
        inhibition=1.0 - means["mean"].to_numpy(np.float64),
        curve_a=curves.get_indexer(pd.MultiIndex.from_tuples(a)),
        curve_b=curves.get_indexer(pd.MultiIndex.from_tuples(b)),
        singles=dose_response(
            curves.get_indexer(pd.MultiIndex.from_frame(alone[["drug_a", "profile"]])),
            alone["dose_a_um"].to_numpy(np.float64),
            1.0 - alone["viability"].to_numpy(np.float64),
            n_curves=len(curves),
        ),
    )
    group = rows.groupby(_PAIR, sort=True)
    weight = rows["size"] / (rows["size"].sum() / group.ngroups)
    made = rows.assign(group=group.ngroup(), weight=weight.astype(np.float32))
    return made.drop(columns="size"), screen


def _single_drugs(plates: PlateTable) -> pa.Table:
    """Mean viability of each drug, profile and dose, in the columns of ``core.monotherapy``."""
    wells = plates.alone.rename(columns={"drug_a": "drug", "dose_a_um": "dose_um"})
    means = wells.groupby(["drug", "profile", "dose_um"], sort=True)["viability"].mean()
    return pa.Table.from_pandas(means.reset_index(), preserve_index=False)


def _provenance(plates: PlateTable, *, n_rows: int) -> Provenance:
    source = Source(
        file=plates.path.name,
        sha256=sha256(plates.path),
        licence="none stated",
        origin="the user's own plates",
    )
    flow = (
        ("wells read", len(plates.wells)),
        ("wells of one drug", len(plates.alone)),
        ("wells of two drugs", len(plates.both)),
        ("matrices of a pair in a profile", n_rows),
    )
    return Provenance(sources=(source,), flow=flow)
