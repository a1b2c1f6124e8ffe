"""Known interactions of drugs, of a study of pairs, as edges among the drugs of a training."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.names import normalise
from combo_dl.core.study import Study
from combo_dl.drugs.catalog import study_drugs
from combo_dl.drugs.chemistry import inchikey_of

_NO_STRUCTURE = "name:"


def interaction_edges(
    known: Study, *, names: Sequence[str], identity: Sequence[str], table: DrugTable
) -> np.ndarray:
    """int32[2, E] ids into ``names``: each pair of these drugs that ``known`` says to interact.

    known: a study of pairs whose labels are 0 and 1; a pair interacts where any label is 1, and a
    row of fewer or more than two drugs says nothing.  identity: what each drug is known by, as
    ``DrugCatalog.inchikey14``.  table: the catalogue; its structures come before the study's.
    Drugs are the same by the first block of the InChIKey of their standard form, under any name;
    where one of them has no structure, by its name without case, spaces and hyphens. A drug that
    ``names`` has twice has the edges under both.
    Raises InputError on a label that is neither 0 nor 1, or a SMILES that cannot be read.
    """
    keys = _identities(study_drugs(known.drugs.names, known.smiles, table=table))
    place = _places(known.drugs.names, keys, names, identity)
    pairs = place[_interacting(known)]
    ways = product(range(place.shape[1]), repeat=2)
    edges = np.concatenate([np.stack([pairs[:, 0, i], pairs[:, 1, j]]) for i, j in ways], axis=1)
    edges = np.sort(edges[:, (edges >= 0).all(axis=0)], axis=0)
    low, high = edges[:, edges[0] < edges[1]]
    code = np.unique(low * len(names) + high)
    return np.stack(np.divmod(code, max(len(names), 1))).astype(np.int32)


def _identities(drugs: Sequence[Drug]) -> list[str]:
    """As ``DrugCatalog.inchikey14``, without the cost of graphs and fingerprints."""
    keys = [
        (inchikey_of(d.smiles, where=f"drug {d.name!r}") if d.smiles.strip() else "") or d.inchikey
        for d in drugs
    ]
    return [k[:14] or f"{_NO_STRUCTURE}{d.name}" for k, d in zip(keys, drugs, strict=True)]


def _places(
    own: Sequence[str], keys: Sequence[str], names: Sequence[str], identity: Sequence[str]
) -> np.ndarray:
    """int64[D, M]: the places in ``names`` of each drug of ``own``, -1 pad; M = 1 or more."""
    by_key: dict[str, list[int]] = {}
    by_name: dict[str, list[int]] = {}
    for i, (name, key) in enumerate(zip(names, identity, strict=True)):
        by_key.setdefault(key, []).append(i)
        by_name.setdefault(normalise(name), []).append(i)
    found = []
    for name, key in zip(own, keys, strict=True):
        namesakes = by_name.get(normalise(name), [])
        nameless = key.startswith(_NO_STRUCTURE)
        same = [i for i in namesakes if nameless or identity[i].startswith(_NO_STRUCTURE)]
        found.append(sorted({*by_key.get(key, []), *same}))
    place = np.full((len(own), max(map(len, found), default=0) or 1), -1, np.int64)
    for d, ids in enumerate(found):
        place[d, : len(ids)] = ids
    return place


def _interacting(known: Study) -> np.ndarray:
    """int32[n, 2]: the pairs of drugs of the rows with a label of 1."""
    any_label = np.zeros(len(known), bool)
    for name, label in known.combos.labels.items():
        positive = label == 1
        if not (positive | (label == 0) | np.isnan(label)).all():
            raise InputError(
                f"study {known.name!r} cannot give known interactions: its label {name!r} has "
                "values other than 0 and 1; name a study of interactions, such as drugbank_ddi"
            )
        any_label |= positive.any(axis=1)
    two = (known.combos.present.sum(axis=1) == 2) & any_label
    # Drugs of a row are ascending, its pads at the end.
    return known.combos.drugs[two, :2]
