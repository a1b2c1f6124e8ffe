"""Which drugs and which pairs of drugs a screen may hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.drugs.request import resolve_drug


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """apart: bool[D, D], pairs that no set may hold.  new: bool[D], drugs that training never saw;
    most_new: how many of them a set may hold, None = any number.  not_alone: bool[D], drugs that
    are no set by themselves, None = any is."""

    apart: np.ndarray
    new: np.ndarray
    most_new: int | None
    not_alone: np.ndarray | None = None

    def of(self, sets: np.ndarray) -> np.ndarray:
        """bool[n] of sets int64[n, K]."""
        fine = np.ones(len(sets), bool)
        if self.apart.any():
            for i, j in combinations(range(sets.shape[1]), 2):
                fine &= ~self.apart[sets[:, i], sets[:, j]]
        if self.most_new is not None:
            fine &= self.new[sets].sum(axis=1) <= self.most_new
        if self.not_alone is not None and sets.shape[1] == 1:
            fine &= ~self.not_alone[sets[:, 0]]
        return fine


def shared_targets(drugs: Sequence[Drug]) -> np.ndarray:
    """bool[D, D]: two different drugs have a target in common. A drug whose targets nobody wrote
    down shares none."""
    targets = [set(d.targets) for d in drugs]
    made = np.array([[bool(a & b) for b in targets] for a in targets], dtype=bool)
    np.fill_diagonal(made, False)
    return made


def never_together(known: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """bool[D, D]: no training row has both drugs.

    known: int64[D] catalog id of each screened drug, -1 where training lacks it.  pairs: int[n, 2]
    ascending catalog ids of the pairs that training rows have.
    """
    seen = {(int(a), int(b)) for a, b in pairs}
    made = np.array(
        [[(min(a, b), max(a, b)) not in seen for b in known.tolist()] for a in known.tolist()],
        dtype=bool,
    ).reshape(len(known), len(known))
    np.fill_diagonal(made, False)
    return made


def contraindicated(frame: pd.DataFrame, drugs: Sequence[Drug], table: DrugTable) -> np.ndarray:
    """bool[D, D] of a table of pairs (``drug_a, drug_b``). A pair of which a drug is not screened
    says nothing. Raises InputError on a missing column, UnknownNameError on an unknown drug."""
    for column in ("drug_a", "drug_b"):
        if column not in frame.columns:
            raise InputError(
                f"a table of contraindicated pairs needs the columns drug_a and drug_b; it has "
                f"{', '.join(map(str, frame.columns))}"
            )
    index = {d.inchikey or d.name: i for i, d in enumerate(drugs)}
    made = np.zeros((len(drugs), len(drugs)), bool)
    for row, pair in enumerate(frame[["drug_a", "drug_b"]].itertuples(index=False)):
        found = []
        for entry in pair:
            if pd.isna(entry):
                raise InputError(f"row {row} of the contraindicated pairs lacks a drug")
            where = f"row {row} of the contraindicated pairs"
            drug = resolve_drug(str(entry), table=table, where=where)
            found.append(index.get(drug.inchikey or drug.name))
        if None not in found:
            a, b = found
            made[a, b] = made[b, a] = True
    return made
