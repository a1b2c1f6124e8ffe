"""The NCI-ALMANAC screen: 87 drugs, 55 cell lines, 1,663 pairs, scored by ComboScore.

The layout of the source folder is in docs/data.md.
"""

from combo_dl.core.study import Study
from combo_dl.datasets.oneil_profiles import cell_line_profiles
from combo_dl.datasets.pair_screen import (
    REPLICATES,
    FoundFiles,
    Screen,
    cached_study,
    check_choice,
    find_files,
    pair_study,
    read_pairs,
    source_drugs,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="almanac",
    version="1",
    citation="Holbeck SL et al. The National Cancer Institute ALMANAC: a comprehensive screening "
    "resource for the detection of anticancer drug pairs with enhanced therapeutic activity. "
    "Cancer Res 2017;77:3564-3576",
    labels={"synergy_comboscore": "synergy_comboscore"},
)
_HYPERGRAPH = "github.com/liuxuan666/HypergraphSynergy at d8332472"

MEASUREMENTS = SourceFile(
    file="almanac/measurements.parquet",
    what="table of ALMANAC scores",
    origin=f"{_HYPERGRAPH} (the same table in github.com/littlewei-lazy/PermuteDDS, MIT)",
    licence="none stated",
    digest="68c2b0f6e15f11777e23dab309a9d53d139cc8883bdd46d468f3483b798d4e8f",
)
DRUGS = SourceFile(
    file="almanac/drugs.csv",
    what="table of ALMANAC drugs",
    origin=f"{_HYPERGRAPH} (names, SMILES)",
    licence="none stated",
    digest="8a1dda99899cb5350df31dc0040a1b34c4b23a40a44fd5822b533f1af74c30ff",
)
CELL_LINES = SourceFile(
    file="almanac/cell_lines.csv",
    what="table of ALMANAC cell lines",
    origin=f"{_HYPERGRAPH} (names) with tissue and identifiers of DepMap and CCLE "
    "(github.com/kimmo1019/DeepCDR at 4dc5a901)",
    licence="none stated (names); MIT (tissue, identifiers)",
    digest="fdc7c50634958aa7ee974eca86c62654cfc06ffa9ce6f362227c6becf0cde877",
)
EXPRESSION = SourceFile(
    file="almanac/expression_cosmic651.parquet",
    what="table of ALMANAC gene expression",
    origin=f"{_HYPERGRAPH} (651 COSMIC genes)",
    licence="none stated",
    digest="c1eacfddcdcfd075c02047ce46ddf0019fee501203ae108e27cae82b9b842aa9",
)


def load(*, folder: str | None, replicates: str, expression: bool, check_digests: bool) -> Study:
    """The screen as a Study with the label ``synergy_comboscore`` (positive = synergy).

    folder: the source folder, laid out as in docs/data.md.
    replicates: ``keep`` has every row, the two measurements of a triple in one ``group`` and
    weighted so that it counts once; ``mean`` has one row a triple.
    expression: whether profiles have expression, beside tissue.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_choice("data.almanac.replicates", replicates, REPLICATES)
    wanted = [MEASUREMENTS, DRUGS, CELL_LINES] + [EXPRESSION] * expression
    files = find_files(wanted, folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, replicates, lambda: _build(files, replicates))


def _build(files: FoundFiles, replicates: str) -> Study:
    rows = read_pairs(files.paths[MEASUREMENTS], SCREEN)
    columns = dict.fromkeys(("drug", "generic_name", "smiles", "inchikey14"), "text")
    profiles = cell_line_profiles(
        files.paths[CELL_LINES],
        expression=files.paths.get(EXPRESSION),
        mutation=None,
        mutation_min_lines=0,
    )
    return pair_study(
        SCREEN,
        rows,
        drugs=source_drugs(read_columns(files.paths[DRUGS], columns)),
        profiles=profiles,
        files=files,
        replicates=replicates,
        flow=(("rows read", len(rows)),),
    )
