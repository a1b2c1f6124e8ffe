"""Regimens as a study holds them: sets of drugs, and facts of drugs that the catalogue lacks."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from combo_dl.core.drug_table import Drug
from combo_dl.core.vocab import Vocab

# Infused chemotherapy of which a record says no more than that it was given: a drug of its own, of
# the class that platinum doublets are of.
UNNAMED = Drug(name="chemotherapy, unnamed", modality="other", drug_class="chemotherapy")


def regimen_sets(regimens: Sequence[tuple[str, ...]]) -> tuple[Vocab, np.ndarray]:
    """The drugs of all regimens, and int32[N, K] their ids in each, ascending, -1 pads."""
    drugs = Vocab.of("drug", (d for regimen in regimens for d in regimen))
    sets = np.full((len(regimens), max(map(len, regimens))), -1, np.int32)
    for row, regimen in enumerate(regimens):
        sets[row, : len(regimen)] = np.sort(drugs.ids(list(regimen)))
    return drugs, sets


def facts_of(own: Sequence[Drug], names: Iterable[str], *, synonyms: bool = False) -> pa.Table:
    """What a study says of those of ``own`` that are in ``names`` (its table ``drugs``), with their
    ``synonyms`` or without."""
    wanted = set(names)
    drugs = [d for d in own if d.name in wanted]
    cells = {"name": [d.name for d in drugs]}
    if synonyms:
        cells["synonyms"] = ["|".join(d.synonyms) for d in drugs]
    cells |= {
        "modality": [d.modality for d in drugs],
        "targets": ["|".join(d.targets) for d in drugs],
        "drug_class": [d.drug_class for d in drugs],
    }
    return pa.table({name: pa.array(cell, pa.string()) for name, cell in cells.items()})
