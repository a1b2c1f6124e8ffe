"""ATC codes of antineoplastic drugs, before and after the renumbering of 2022, and their names.

WHO moved the antibodies out of L01XC, the kinase inhibitors out of L01XE and a few groups out of
L01XX in 2022. Deliveries hold both generations, so a drug is found by either.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import cache
from importlib import resources

from combo_dl.core.drug_table import DrugTable, oncology_drugs


@cache
def moved_codes() -> dict[str, str]:
    """{code before the changes of 2021 and 2022: the code since then}."""
    text = resources.files("combo_dl.cohort").joinpath("atc_2022.csv").read_text("utf-8")
    return {row["old"]: row["new"] for row in csv.DictReader(io.StringIO(text))}


@cache
def _earlier() -> dict[str, str]:
    return {new: old for old, new in moved_codes().items()}


def both_generations(atc: str) -> tuple[str, str]:
    """The code before 2022 and from 2022 of one code of either generation."""
    moved = moved_codes()
    if atc in moved:
        return atc, moved[atc]
    return _earlier().get(atc, atc), atc


class DrugNames:
    """The drugs of the catalogue that an ATC code of either generation stands for."""

    def __init__(self, table: DrugTable | None = None) -> None:
        self._names: dict[str, list[str]] = {}
        for drug in (table or oncology_drugs()).drugs:
            for code in drug.atc:
                self._names.setdefault(both_generations(code)[1], []).append(drug.name)

    def of(self, atc: str) -> tuple[str, ...]:
        """Drug names, more than one for a fixed combination; empty where the catalogue has none."""
        return tuple(self._names.get(both_generations(atc)[1], ()))


def is_of(atc: str, prefixes: Iterable[str]) -> bool:
    """Whether a code, in either generation, begins with one of these."""
    return any(code.startswith(p) for code in both_generations(atc) for p in prefixes)
