"""DrugCombDB: 572 drugs, 73 cell lines, 2,299 pairs of several screens, scored by ZIP.

The layout of the source folder is in docs/data.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets import drugcombdb_profiles as lines
from combo_dl.datasets.pair_screen import (
    REPLICATES,
    Flow,
    FoundFiles,
    Screen,
    SourceDrugs,
    cached_study,
    check_choice,
    check_count,
    find_files,
    pair_study,
    read_pairs,
    source_drugs,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="drugcombdb",
    version="1",
    citation="Liu H et al. DrugCombDB: a comprehensive database of drug combinations toward the "
    "discovery of combinatorial therapy. Nucleic Acids Res 2020;48:D871-D881",
    labels={"synergy_zip": "synergy_zip_drugcombdb"},
)
# A deviation from what two drugs do alone is a share of the cells: it cannot be more than all.
LARGEST_ZIP = 100.0
OVERLAPS = {
    "keep": (),
    "drop_oneil": ("in_oneil",),
    "drop_almanac": ("in_almanac",),
    "drop_both": ("in_oneil", "in_almanac"),
}
_GRAPHSYNERGY = "github.com/JasonJYang/GraphSynergy at e2e69e9b"

MEASUREMENTS = SourceFile(
    file="drugcombdb/measurements.parquet",
    what="table of DrugCombDB scores",
    origin=f"{_GRAPHSYNERGY} (ZIP)",
    licence="none stated",
    digest="a4489d91f1b9a7c0c173a7951f3dad6d35baabb9d4871f7881430c7a5250bb0e",
)
DRUGS = SourceFile(
    file="drugcombdb/drugs.csv",
    what="table of DrugCombDB drugs",
    origin="github.com/rezavahidi/DrugCombPred_DrugCombDB at db647af3 (names, SMILES of PubChem; a "
    "structure of DrugBank is not read)",
    licence="none stated",
    digest="e3b2f7a459879eca75b14eb496455c8ea923457190fec0b6d376c18cc0082f91",
)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What to build of the rows."""

    replicates: str
    overlap: str
    fields: lines.Fields


def load(
    *,
    folder: str | None,
    replicates: str,
    overlap: str,
    expression: bool,
    copy_number: bool,
    mutation_min_lines: int,
    marker_min_lines: int,
    check_digests: bool,
) -> Study:
    """The database as a Study with the label ``synergy_zip_drugcombdb`` (percentage points,
    positive = synergy).

    folder: the source folder, laid out as in docs/data.md.
    replicates: ``keep`` has every row, those of a triple in one ``group`` and weighted so that it
    counts once; ``mean`` has one row a triple.
    overlap: ``drop_oneil``, ``drop_almanac`` or ``drop_both`` leaves out triples that the O'Neil
    or ALMANAC screen has too, for training together with it; ``keep`` leaves out none.
    expression, copy_number: whether profiles have them, in the lines that DepMap knows.
    mutation_min_lines: a mutated gene is a field when at least so many lines carry it (0 = none).
    marker_min_lines: the same for a gene that is expressed more or less than in other lines.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_choice("data.drugcombdb.replicates", replicates, REPLICATES)
    check_choice("data.drugcombdb.overlap", overlap, tuple(OVERLAPS))
    check_count("data.drugcombdb.mutation_min_lines", mutation_min_lines)
    check_count("data.drugcombdb.marker_min_lines", marker_min_lines)
    fields = lines.Fields(
        expression=expression,
        copy_number=copy_number,
        mutation_min_lines=mutation_min_lines,
        marker_min_lines=marker_min_lines,
    )
    plan = _Plan(replicates=replicates, overlap=overlap, fields=fields)
    wanted = [MEASUREMENTS, DRUGS, *fields.files()]
    files = find_files(wanted, folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, repr(plan), lambda: _build(plan, files))


def _build(plan: _Plan, files: FoundFiles) -> Study:
    rows, flow = _measurements(files, plan.overlap)
    return pair_study(
        SCREEN,
        rows,
        drugs=_drugs(files),
        profiles=lines.profiles(plan.fields, files.paths),
        files=files,
        replicates=plan.replicates,
        flow=flow,
    )


def _measurements(files: FoundFiles, overlap: str) -> tuple[pd.DataFrame, Flow]:
    """(rows that are possible and wanted, how many were left after each step)."""
    read = read_pairs(files.paths[MEASUREMENTS], SCREEN, flags=("in_oneil", "in_almanac"))
    rows = read[read["synergy_zip_drugcombdb"].abs() <= LARGEST_ZIP]
    flow = [("rows read", len(read)), (f"rows with ZIP within +-{LARGEST_ZIP:g}", len(rows))]
    for flag in OVERLAPS[overlap]:
        rows = rows[rows[flag] == 0]
        flow.append((f"rows without {flag}", len(rows)))
    return rows.reset_index(drop=True), tuple(flow)


def _drugs(files: FoundFiles) -> SourceDrugs:
    """Structures by the drug's name in PubChem. What does not agree with DrugBank is kept: there it
    was the link to DrugBank that was wrong, or the way a salt or a metal is drawn."""
    columns = dict.fromkeys(("drug", "smiles", "inchikey14", "smiles_source"), "text")
    rows = read_columns(files.paths[DRUGS], columns)
    # The licence of a structure of DrugBank would pass to what learns from it.
    free = ~rows["smiles_source"].str.startswith("DrugBank")
    smiles = np.where(free, rows["smiles"], "")
    return source_drugs(rows.assign(generic_name=rows["drug"], smiles=smiles))
