"""The O'Neil triples with what their wells leave alive, as labels beside the scores.

Three numbers a matrix that do not depend on the order of the drugs: the mean viability where both
doses are in the lower half, where one is, and where none is. Trained together with a score, they
show a network what the score was made of.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets import oneil
from combo_dl.datasets.oneil_viability import combination_wells

LABELS = ("viability_low", "viability_mixed", "viability_high")


def load(
    *,
    folder: str | None,
    replicates: str,
    expression: bool,
    mutation_min_lines: int,
    monotherapy: bool,
    check_digests: bool,
) -> Study:
    """The study of ``oneil.load`` with the labels ``viability_low``, ``_mixed`` and ``_high`` (mean
    share of the control); replicates of a triple have those of all its wells. Errors as there."""
    screen = oneil.load(
        folder=folder,
        replicates=replicates,
        expression=expression,
        mutation_min_lines=mutation_min_lines,
        monotherapy=monotherapy,
        wells=True,
        check_digests=check_digests,
    )
    labels = screen.combos.labels | matrix_viability(screen)
    tables = {n: t for n, t in screen.tables.items() if not n.startswith("wells_")}
    ordered = {name: labels[name] for name in sorted(labels)}
    return replace(screen, combos=replace(screen.combos, labels=ordered), tables=tables).validate()


def matrix_viability(screen: Study) -> dict[str, np.ndarray]:
    """{label: float32[N, 1]} of the rows of ``screen``, NaN where it has no such well."""
    wells, triple = combination_wells(screen)
    high = sum(_upper_half(wells[f"dose_{s}"], triple).astype(int) for s in "ab")
    rows = screen.combos.group
    made = {}
    for count, name in enumerate(LABELS):
        chosen = high == count
        means = wells["viability"][chosen].groupby(triple[chosen]).mean()
        made[name] = means.reindex(rows).to_numpy(np.float32)[:, None]
    return made


def _upper_half(dose: pd.Series, triple: np.ndarray) -> np.ndarray:
    """bool[wells]: the dose is above the middle of those of its matrix."""
    return (dose > dose.groupby(triple).transform("median")).to_numpy()
