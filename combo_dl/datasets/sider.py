"""SIDER 4.1: side effects named on the labels of marketed drugs, one drug a row.

The layout of the source folder is in docs/data.md.
"""

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.side_effects import (
    EffectLabel,
    EffectRows,
    KeyedDrugs,
    check_whole,
    effect_study,
    keyed_drugs,
    refuse_all_positive,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="sider4",
    version="1",
    citation="Kuhn M et al. The SIDER database of drugs and side effects. "
    "Nucleic Acids Res 2016;44:D1075-D1079",
    labels={"umls_cui": "ae_sider"},
)
_SIDER = "github.com/dhimmel/SIDER4 at be3adebc"

EFFECTS = SourceFile(
    file="toxicity/sider4/drug_side_effects.parquet",
    what="table of SIDER side effects",
    origin=f"{_SIDER} (MedDRA preferred terms)",
    licence="CC BY-NC-SA 4.0",
    digest="cf6de17f2760b38e8a998b3aa7fa8fca2c13f120dd8b872bca5f26eaff67beac",
)
DRUGS = SourceFile(
    file="toxicity/sider4/drugs.csv",
    what="table of SIDER drugs",
    origin=f"{_SIDER} (PubChem identifiers, names, SMILES)",
    licence="CC BY-NC-SA 4.0",
    digest="3f09c3fdeccb05e977374446a6b903358bbdacc74cdef287ab9100a4d9e4ebdd",
)


def load(*, folder: str | None, min_drugs: int, check_digests: bool) -> Study:
    """The database as a Study of single drugs with the label ``ae_sider`` float32[N, W]: 1 the
    label of the drug names the effect, 0 it does not (which is not proof of absence).

    folder: the source folder, laid out as in docs/data.md.
    min_drugs: an effect is a column when the labels of at least so many drugs name it.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_whole("data.sider4.min_drugs", min_drugs, least=1)
    files = find_files([EFFECTS, DRUGS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, repr(min_drugs), lambda: _build(files, min_drugs))


def _build(files: FoundFiles, min_drugs: int) -> Study:
    drugs = _drugs(files)
    kinds = {"pubchem_cid": "integer", "umls_cui": "text", "name": "text"}
    read = read_columns(files.paths[EFFECTS], kinds)
    placed = read.assign(drug=drugs.ids(read["pubchem_cid"])).query("drug >= 0")
    rows = placed.drop_duplicates(["drug", "umls_cui"])
    often = rows["umls_cui"].value_counts()
    effects = rows.drop_duplicates("umls_cui").sort_values("umls_cui")
    effects = effects[effects["umls_cui"].map(often) >= min_drugs]
    if effects.empty:
        raise InputError(
            f"no effect is named for {min_drugs} drugs (the most: {often.max()}); "
            "lower data.sider4.min_drugs"
        )
    # A drug whose effects are all rare is a row too: none of the columns was named for it.
    present, row = np.unique(rows["drug"], return_inverse=True)
    column = pd.Index(effects["umls_cui"]).get_indexer(rows["umls_cui"])
    positive = np.zeros((len(present), len(effects)), bool)
    positive[row[column >= 0], column[column >= 0]] = True
    refuse_all_positive("ae_sider", positive, list(effects["name"]))
    label = EffectLabel(
        name="ae_sider",
        values=positive.astype(np.float32),
        names=list(effects["name"]),
        codes=list(effects["umls_cui"]),
    )
    flow = (
        ("rows read", len(read)),
        ("rows of a drug with a name or a structure", len(placed)),
        ("rows of different drugs and effects", len(rows)),
        (f"rows of effects named for {min_drugs} drugs or more", int(positive.sum())),
        (f"effects named for {min_drugs} drugs or more", len(effects)),
        ("drugs", len(present)),
    )
    sets = present.astype(np.int32)[:, None]
    return effect_study(
        SCREEN,
        EffectRows(sets=sets, label=label),
        names=drugs.names,
        smiles=drugs.smiles,
        files=files,
        flow=flow,
    )


def _drugs(files: FoundFiles) -> KeyedDrugs:
    kinds = {"pubchem_cid": "integer"}
    kinds |= dict.fromkeys(("drug", "canonical_smiles", "inchikey14"), "optional_text")
    rows = read_columns(files.paths[DRUGS], kinds)
    named = rows.rename(columns={"pubchem_cid": "key", "canonical_smiles": "smiles"})
    return keyed_drugs(named, prefix="cid-")
