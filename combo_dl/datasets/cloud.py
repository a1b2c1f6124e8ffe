"""The CLOUD screen: 242 drugs in single-dose pairs in one cell line (KBM-7).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.study import Study
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
    name="cloud",
    version="1",
    citation="Licciardello MP et al. A combinatorial screen of the CLOUD uncovers a synergy "
    "targeting the androgen receptor. Nat Chem Biol 2017;13:771-778",
    labels={"synergy_bliss": "synergy_bliss_cloud", "synergy_hsa": "synergy_hsa_cloud"},
)
_MGAE = "github.com/yushenshashen/MGAE-DC at ed1e64e7"

MEASUREMENTS = SourceFile(
    file="cloud/measurements.parquet",
    what="table of CLOUD scores",
    origin=f"{_MGAE} (Bliss, HSA)",
    licence="none stated",
    digest="f7bb7f1de5edd41989809cd77a2c951b53a355929312930fb3ac2a60778a23fb",
)
DRUGS = SourceFile(
    file="cloud/drugs.csv",
    what="table of CLOUD drugs",
    origin=f"{_MGAE} (names, SMILES)",
    licence="none stated",
    digest="c72ba2c6c13fdfaa34ec3789f61929b6af76f6698b434a6661c4087835d96fe2",
)


def load(*, folder: str | None, replicates: str, check_digests: bool) -> Study:
    """The screen as a Study with the labels ``synergy_bliss_cloud`` and ``synergy_hsa_cloud``
    (percentage points, positive = synergy). Its one profile, KBM-7, has no fields.

    folder: the source folder, laid out as in docs/data.md.
    replicates: ``keep`` has every row, the two measurements of a pair in one ``group`` and weighted
    so that it counts once; ``mean`` has one row a pair.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_choice("data.cloud.replicates", replicates, REPLICATES)
    files = find_files([MEASUREMENTS, DRUGS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, replicates, lambda: _build(files, replicates))


def _build(files: FoundFiles, replicates: str) -> Study:
    rows = read_pairs(files.paths[MEASUREMENTS], SCREEN)
    columns = dict.fromkeys(("drug", "generic_name", "smiles", "inchikey14"), "text")
    lines = pd.DataFrame(index=sorted(rows["cell_line"].unique()))
    return pair_study(
        SCREEN,
        rows,
        drugs=source_drugs(read_columns(files.paths[DRUGS], columns)),
        profiles=profiles_from_frame(lines, space="cell_line"),
        files=files,
        replicates=replicates,
        flow=(("rows read", len(rows)),),
    )
