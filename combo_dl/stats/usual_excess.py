"""What sets of drugs do beside what their drugs do alone, counted: without a model."""

from dataclasses import dataclass

import numpy as np

# Rows alone that a drug needs, and how many it is taken to have at the common rate.
MIN_ALONE, SHRINKAGE = 8, 4.0
MIN_SETS = 50


@dataclass(frozen=True, kw_only=True)
class UsualExcess:
    """Sets of one size whose drugs were all given alone too.  rows: how many.  rate: of a label 1
    in them.  independent: the rate if their drugs were independent, at their rates alone."""

    rows: int
    rate: float
    independent: float

    @property
    def excess(self) -> float:
        """Rate less that of independent drugs."""
        return self.rate - self.independent

    def to_json(self) -> dict:
        """Plain values."""
        return dict(vars(self))


def usual_excess(drugs: np.ndarray, label: np.ndarray) -> dict[int, UsualExcess]:
    """The mean excess over independence (1 - prod(1 - p): Bliss CI. Ann Appl Biol 1939;26:585-615)
    of the sets ``drugs`` int[N, K] (-1 pads) with 0/1 ``label`` float[N] (NaN unseen), {size: it}.

    A drug counts with its rate in rows of it alone, whatever their doses, drawn to the rate of all
    rows of one drug by SHRINKAGE rows. A size is left out where fewer than MIN_SETS sets of it have
    drugs with MIN_ALONE rows alone each. A trial that seeks the dose that is barely tolerable
    finds it for a set as for a drug: there the mean excess is below 0 although no drug protects
    from another.
    """
    seen = ~np.isnan(label)
    drugs, label = drugs[seen], label[seen]
    there = drugs >= 0
    size = there.sum(axis=1)
    one = size == 1
    if not one.any():
        return {}
    width = int(drugs.max()) + 1
    alone = drugs[one].max(axis=1)
    rows = np.bincount(alone, minlength=width)
    hits = np.bincount(alone, weights=label[one], minlength=width)
    risk = (hits + SHRINKAGE * label[one].mean()) / (rows + SHRINKAGE)
    known = (there <= (rows >= MIN_ALONE)[drugs]).all(axis=1)
    survive = np.where(there, 1.0 - risk[drugs], 1.0).prod(axis=1)
    made = {}
    for drugs_in_set in range(2, drugs.shape[1] + 1):
        own = known & (size == drugs_in_set)
        if own.sum() >= MIN_SETS:
            made[drugs_in_set] = UsualExcess(
                rows=int(own.sum()),
                rate=float(label[own].mean()),
                independent=float(1.0 - survive[own].mean()),
            )
    return made
