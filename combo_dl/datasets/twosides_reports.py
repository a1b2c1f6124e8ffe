"""The tables of TWOSIDES as in Decagon: where each comes from, and what is read of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.errors import InputError
from combo_dl.datasets.pair_screen import Flow, FoundFiles
from combo_dl.datasets.side_effects import KeyedDrugs, keyed_drugs
from combo_dl.datasets.source_table import SourceFile, read_columns

_TIP = "github.com/NYXFLOWER/TIP at cfe3df48"
_LICENCE = "MIT (the copy); terms of TWOSIDES and SIDER not stated by it"

REPORTS = SourceFile(
    file="toxicity/twosides_decagon/drug_pair_side_effects.parquet",
    what="table of side effects of pairs",
    origin=_TIP,
    licence=_LICENCE,
    digest="19d791e01ce4c75472c0b026b11b876f85445895d739bc425804f79da0494b4e",
)
EFFECTS = SourceFile(
    file="toxicity/twosides_decagon/side_effects.csv",
    what="table of side effects",
    origin=f"{_TIP} (UMLS concepts)",
    licence=_LICENCE,
    digest="a1bda7e9d0d5701cbe248e2ed01821394f8e35b58a2f1efb5ad4f114186cb2c2",
)
DRUGS = SourceFile(
    file="toxicity/twosides_decagon/drugs.csv",
    what="table of TWOSIDES drugs",
    origin=f"{_TIP} (PubChem identifiers), github.com/LARS-research/KnowDDI at bcd04dfc and "
    "github.com/AstraZeneca/chemicalx at a960bb13 (SMILES; a structure of DrugBank is not read)",
    licence=f"{_LICENCE}; Apache-2.0 (chemicalx); none stated (KnowDDI)",
    digest="acc0e19a306b560cbfe36c719e24346823e5cd3ab35d0c32b90d1d57862cf4fb",
)
SINGLE = SourceFile(
    file="toxicity/twosides_decagon/single_drug_side_effects.parquet",
    what="table of side effects of single drugs",
    origin=_TIP,
    licence=_LICENCE,
    digest="95d6db0fde90931301c7ca2da133711774d093c0e9f23a1ea91eb9af989b5261",
)


FILES = (REPORTS, EFFECTS, DRUGS, SINGLE)


@dataclass(frozen=True, kw_only=True)
class Reports:
    """R reports of W effects. pair: int64[R] its place in ``pairs``.  effect: int64[R], -1 for one
    that is too rare.  pairs: int64[P] codes, ascending.  effects: the W effects."""

    pair: np.ndarray
    effect: np.ndarray
    pairs: np.ndarray
    effects: pd.DataFrame
    flow: Flow


def pair_codes(sides: np.ndarray, drugs: KeyedDrugs) -> np.ndarray:
    """int64[n] one number a pair, whatever its order."""
    return sides.min(axis=1).astype(np.int64) * len(drugs.names) + sides.max(axis=1)


def pair_sides(codes: np.ndarray, drugs: KeyedDrugs) -> np.ndarray:
    """int64[n, 2] the two drugs of each code, ascending."""
    return np.stack(np.divmod(codes, len(drugs.names)), axis=1)


def read_reports(files: FoundFiles, drugs: KeyedDrugs, min_pairs: int) -> Reports:
    """The reports, each once; effects are those of at least ``min_pairs`` pairs. Raises InputError
    when there is none, or a number of an effect is unknown."""
    read = read_columns(
        files.paths[REPORTS], dict.fromkeys(("cid_a", "cid_b", "side_effect_idx"), "integer")
    )
    sides = np.stack([drugs.ids(read["cid_a"]), drugs.ids(read["cid_b"])], axis=1)
    kept = (sides >= 0).all(axis=1) & (sides[:, 0] != sides[:, 1])
    pairs, pair = np.unique(pair_codes(sides[kept], drugs), return_inverse=True)
    listed = _effects(files)
    effect = pd.Index(listed["side_effect_idx"]).get_indexer(read["side_effect_idx"][kept])
    if (effect < 0).any():
        number = read["side_effect_idx"][kept].iloc[int(np.argmax(effect < 0))]
        raise InputError(f"the table of side effects lacks {number}, which has rows; add its row")
    # Two keys of one drug may report the same.
    both = np.unique(pair.astype(np.int64) * len(listed) + effect)
    pair, effect = np.divmod(both, len(listed))
    often = np.bincount(effect, minlength=len(listed)) >= min_pairs
    if not often.any():
        raise InputError(
            f"no effect was reported of {min_pairs} pairs; lower data.twosides.min_pairs"
        )
    column = np.where(often, np.cumsum(often) - 1, -1)[effect]
    flow = (
        ("reports read", len(read)),
        ("reports of two different drugs", len(both)),
        (f"reports of effects with {min_pairs} pairs or more", int((column >= 0).sum())),
        (f"effects with {min_pairs} pairs or more", int(often.sum())),
        ("pairs with a report", len(pairs)),
    )
    return Reports(pair=pair, effect=column, pairs=pairs, effects=listed[often], flow=flow)


def _effects(files: FoundFiles) -> pd.DataFrame:
    kinds = {"side_effect_idx": "integer", "umls_cui": "text", "name": "text"}
    rows = read_columns(files.paths[EFFECTS], kinds)
    return rows.drop_duplicates("side_effect_idx").reset_index(drop=True)


def read_drugs(files: FoundFiles) -> KeyedDrugs:
    """The drugs. Structures that were taken from DrugBank are left out."""
    kinds = {"pubchem_cid": "integer", "drug": "optional_text"}
    kinds |= dict.fromkeys(("canonical_smiles", "inchikey14", "smiles_source"), "optional_text")
    rows = read_columns(files.paths[DRUGS], kinds).rename(columns={"pubchem_cid": "key"})
    # The licence of a structure of DrugBank would pass to what learns from it.
    free = ~rows["smiles_source"].str.startswith("DrugBank")
    return keyed_drugs(
        rows.assign(smiles=np.where(free, rows["canonical_smiles"], "")), prefix="cid-"
    )


def read_single(files: FoundFiles, drugs: KeyedDrugs) -> pa.Table:
    """drug, name ('' for half of them), code: side effects of single drugs, each once."""
    kinds = {"pubchem_cid": "integer", "umls_cui": "text", "name": "optional_text"}
    rows = read_columns(files.paths[SINGLE], kinds)
    at = drugs.ids(rows["pubchem_cid"])
    names = np.array([*drugs.names.names, ""], dtype=object)
    table = pd.DataFrame({"drug": names[at], "name": rows["name"], "code": rows["umls_cui"]})
    return pa.Table.from_pandas(table[at >= 0].drop_duplicates(), preserve_index=False)
