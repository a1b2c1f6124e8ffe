"""The O'Neil screen from sources with a licence alone: scores computed from its raw wells, profiles
of DepMap, structures of the package's own catalogue.

The published score columns, profiles and folds of ``oneil`` come from repositories that state no
licence; what is trained on this study may be passed on (Artistic-2.0 and MIT).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from combo_dl.core import frames
from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.monotherapy import TABLE as CURVES
from combo_dl.core.study import Provenance, Study
from combo_dl.datasets import census_profiles as census
from combo_dl.datasets.oneil import averaged_wells, named_wells
from combo_dl.datasets.oneil_sources import CELL_LINES, WELLS_COMBINATION, WELLS_SINGLE
from combo_dl.datasets.oneil_wells import matrix_wells, triples_of
from combo_dl.datasets.pair_screen import (
    FoundFiles,
    Screen,
    cached_study,
    check_count,
    find_files,
    triple_table,
)
from combo_dl.datasets.source_table import read_columns
from combo_dl.datasets.synergy import SCORES, loewe_volume, synergy_scores

SCREEN = Screen(
    name="oneil_computed",
    version="1",
    citation="O'Neil J et al. An unbiased oncology compound screen to identify novel combination "
    "strategies. Mol Cancer Ther 2016;15:1155-1162; profiles: DepMap, Broad Institute",
    labels={name: name for name in SCORES},
)
# Of the table of lines the identifiers alone are read; its names are those of the wells.
_LINES = replace(
    CELL_LINES,
    origin="DepMap and CCLE identifiers by github.com/kimmo1019/DeepCDR at 4dc5a901 (other columns "
    "are not read)",
    licence="MIT",
)
_FILES = (_LINES, WELLS_COMBINATION, WELLS_SINGLE, census.EXPRESSION, census.COPY_NUMBER)


def load(
    *, folder: str | None, mutation_min_lines: int, monotherapy: bool, check_digests: bool
) -> Study:
    """One row a triple of two drugs and a cell line, with the scores of ``datasets.synergy`` in
    percentage points (positive = synergy); ``synergy_loewe`` is the volume over the log-dose plane,
    as the published column is. Profiles have ``expr:GENE``, ``cn:GENE`` and ``mut:GENE``, missing
    in the lines that DepMap's tables lack.

    folder: the source folder, laid out as in docs/data.md.
    mutation_min_lines: a mutated gene is a field when at least so many lines carry it (0 = none).
    monotherapy: keep what each drug does alone in each line, as the table ``monotherapy``.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_count("data.oneil_computed.mutation_min_lines", mutation_min_lines)
    wanted = [*_FILES, *[census.MUTATION] * (mutation_min_lines > 0)]
    files = find_files(wanted, folder=folder, check_digests=check_digests)
    settings = f"{mutation_min_lines} {monotherapy}"
    return cached_study(
        SCREEN, files, settings, lambda: _build(files, mutation_min_lines, monotherapy)
    )


def _build(files: FoundFiles, mutation_min_lines: int, monotherapy: bool) -> Study:
    table = oncology_drugs()
    single = named_wells(files.paths[WELLS_SINGLE], ("drug",), table)
    double = named_wells(files.paths[WELLS_COMBINATION], ("drug_a", "drug_b"), table)
    both = double.to_pandas().astype(dict.fromkeys(("drug_a", "drug_b", "cell_line"), object))
    alone = single.to_pandas().astype(dict.fromkeys(("drug", "cell_line"), object))
    triples = triples_of(both)
    wells = matrix_wells(both, alone, triples)
    scores = synergy_scores(wells) | {"synergy_loewe": loewe_volume(wells)}
    rows = triples.to_frame(index=False, name=["drug_a", "drug_b", "cell_line"])
    rows = rows.assign(group=np.arange(len(rows)), **scores)
    drugs, sets, dose = frames.drug_sets(rows, table)
    fields = _profiles(files, sorted(rows["cell_line"].unique()), mutation_min_lines)
    units = {c: census.UNITS[c.split(":")[0]] for c in fields}
    profiles = frames.profiles_from_frame(fields, space="cell_line", units=units)
    flow = (
        ("combination wells", len(both)),
        ("triples of two drugs and a cell line", len(rows)),
        ("cell lines", len(profiles)),
    )
    return Study(
        name=SCREEN.name,
        version=SCREEN.version,
        dose_unit="um",
        drugs=drugs,
        smiles=tuple(table.smiles(n) or "" for n in drugs.names),
        combos=triple_table(rows, SCORES, sets=sets, dose=dose, cell_lines=profiles.ids),
        profiles=profiles,
        tables={CURVES: averaged_wells(single)} if monotherapy else {},
        provenance=Provenance(sources=files.records, flow=flow, citation=SCREEN.citation),
    ).validate()


def _profiles(files: FoundFiles, lines: list[str], mutation_min_lines: int) -> pd.DataFrame:
    names = {"cell_line": "text", "depmap_id": "optional_text", "in_depmap_census": "text"}
    table = read_columns(files.paths[_LINES], names).set_index("cell_line")
    known = table["depmap_id"].where(table["in_depmap_census"] == "True", "")
    blocks = census.census_blocks(files.paths, mutation_min_lines=mutation_min_lines)
    ids = known.reindex(lines).fillna("")
    return census.census_fields(blocks, ids.rename_axis("profile"))
