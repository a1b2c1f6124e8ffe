"""DrugBank interactions of DeepDDI: pairs of drugs with 86 types of described interaction.

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
    effect_study,
    keyed_drugs,
    refuse_all_positive,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="drugbank_ddi",
    version="1",
    citation="Ryu JY, Kim HU, Lee SY. Deep learning improves prediction of drug-drug and drug-food "
    "interactions. Proc Natl Acad Sci USA 2018;115:E4304-E4311",
    labels={"label": "ddi_type"},
)
_KNOWDDI = "github.com/LARS-research/KnowDDI at bcd04dfc"
_SSI = "github.com/kanz76/SSI-DDI at 23e958f6"
_LICENCE = "none stated by the copy; content of DrugBank, CC BY-NC 4.0"

INTERACTIONS = SourceFile(
    file="toxicity/drugbank_ddi/interactions.parquet",
    what="table of DrugBank interactions",
    origin=f"{_KNOWDDI} and {_SSI}",
    licence=_LICENCE,
    digest="f29e72787147f6e678fd28f05e4168b8774d204f707bde7cdab729ef913d2523",
)
TYPES = SourceFile(
    file="toxicity/drugbank_ddi/interaction_types.csv",
    what="table of interaction types",
    origin=f"{_KNOWDDI} (numbering of DeepDDI)",
    licence=_LICENCE,
    digest="1e4b4636ea3fb0beb3a18e719134425f66639e336af1735d3d1416f394d37fbf",
)
DRUGS = SourceFile(
    file="toxicity/drugbank_ddi/drugs.csv",
    what="table of interacting drugs",
    origin=f"{_KNOWDDI} and {_SSI} (DrugBank identifiers, names, SMILES)",
    licence=_LICENCE,
    digest="6ac8bb62eef93666cd134d22f6fee065bb4162650f92a1f03973bc1cd0373ab2",
)
FIRST, SECOND = "#Drug1", "#Drug2"


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The interactions as a Study of pairs with the label ``ddi_type`` float32[N, W], W types: 1
    described for the pair, 0 not described. Which drug acts on which is dropped.

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises SourceError (a file missing or different), InputError (a column or a row).
    """
    files = find_files([INTERACTIONS, TYPES, DRUGS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    drugs = _drugs(files)
    types = read_columns(files.paths[TYPES], {"label": "integer", "description": "text"})
    kinds = {"drug1": "text", "drug2": "text", "label": "integer"}
    read = read_columns(files.paths[INTERACTIONS], kinds)
    sides = np.sort(np.stack([drugs.ids(read["drug1"]), drugs.ids(read["drug2"])], axis=1), axis=1)
    known = sides[:, 0] >= 0
    kept = known & (sides[:, 0] != sides[:, 1])
    sets, row = np.unique(sides[kept], axis=0, return_inverse=True)
    names = [undirected(d) for d in types["description"]]
    positive = np.zeros((len(sets), len(types)), bool)
    positive[row.reshape(-1), _columns(read["label"][kept], types["label"])] = True
    refuse_all_positive("ddi_type", positive, names)
    label = EffectLabel(
        name="ddi_type",
        values=positive.astype(np.float32),
        names=names,
        codes=[str(n) for n in types["label"]],
    )
    flow = (
        ("interactions read", len(read)),
        ("interactions of drugs with a name or a structure", int(known.sum())),
        ("interactions of two different drugs", int(kept.sum())),
        ("types of pairs, whichever drug acts", int(positive.sum())),
        ("pairs", len(sets)),
    )
    return effect_study(
        SCREEN,
        EffectRows(sets=sets, label=label),
        names=drugs.names,
        smiles=drugs.smiles,
        files=files,
        flow=flow,
    )


def undirected(description: str) -> str:
    """The description of a type without its direction: the drug that is named first is ``one
    drug``, whichever of the two it is."""
    first, second = sorted((FIRST, SECOND), key=description.find)
    text = description.replace(first, "one drug").replace(second, "the other drug").rstrip(".")
    return text[:1].upper() + text[1:]


def _columns(labels: pd.Series, types: pd.Series) -> np.ndarray:
    """int64[n] column of each label. Raises InputError for one that has no type."""
    found = pd.Index(types).get_indexer(labels)
    if (found < 0).any():
        number = labels.iloc[int(np.argmax(found < 0))]
        raise InputError(f"the table of interaction types lacks {number}, which has rows")
    return found


def _drugs(files: FoundFiles) -> KeyedDrugs:
    kinds = {"drugbank_id": "text"}
    kinds |= dict.fromkeys(("drug", "canonical_smiles", "inchikey14"), "optional_text")
    rows = read_columns(files.paths[DRUGS], kinds)
    named = rows.rename(columns={"drugbank_id": "key", "canonical_smiles": "smiles"})
    return keyed_drugs(named, prefix="")
