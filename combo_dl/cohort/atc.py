"""ATC codes of antineoplastic drugs, before and after the renumbering of 2022, and their names.

WHO moved the antibodies out of L01XC, the kinase inhibitors out of L01XE and a few groups out of
L01XX in 2022. Deliveries hold both generations, so a drug is found by either.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from combo_dl.core.drug_table import DrugTable, oncology_drugs

_MOVED = """
L01XC02 L01FA01 L01XC03 L01FD01 L01XC06 L01FE01 L01XC07 L01FG01 L01XC08 L01FE02 L01XC11 L01FX04
L01XC12 L01FX05 L01XC13 L01FD02 L01XC14 L01FD03 L01XC15 L01FA03 L01XC17 L01FF01 L01XC18 L01FF02
L01XC19 L01FX07 L01XC21 L01FG02 L01XC22 L01FE03 L01XC23 L01FX08 L01XC24 L01FC01 L01XC26 L01FB01
L01XC28 L01FF03 L01XC31 L01FF04 L01XC32 L01FF05 L01XC33 L01FF06 L01XC37 L01FX14 L01XC38 L01FC02
L01XE01 L01EA01 L01XE02 L01EB01 L01XE03 L01EB02 L01XE04 L01EX01 L01XE05 L01EX02 L01XE06 L01EA02
L01XE07 L01EH01 L01XE08 L01EA03 L01XE10 L01EG02 L01XE11 L01EX03 L01XE12 L01EX04 L01XE13 L01EB03
L01XE14 L01EA04 L01XE15 L01EC01 L01XE16 L01ED01 L01XE17 L01EK01 L01XE18 L01EJ01 L01XE21 L01EX05
L01XE23 L01EC02 L01XE24 L01EA05 L01XE25 L01EE01 L01XE26 L01EX07 L01XE27 L01EL01 L01XE28 L01ED02
L01XE29 L01EX08 L01XE31 L01EX09 L01XE33 L01EF01 L01XE35 L01EB04 L01XE36 L01ED03 L01XE38 L01EE02
L01XE41 L01EE03 L01XE42 L01EF02 L01XE43 L01ED04 L01XE44 L01ED05 L01XE46 L01EC03 L01XE50 L01EF03
L01XX46 L01XK01 L01XX54 L01XK02 L01XX55 L01XK03 L01XX60 L01XK04 L01XX32 L01XG01 L01XX45 L01XG02
L01XX19 L01CE02 L01XX17 L01CE01
"""


@cache
def moved_codes() -> dict[str, str]:
    """The code from 2022 of every code that was moved."""
    codes = _MOVED.split()
    return dict(zip(codes[::2], codes[1::2], strict=True))


def both_generations(atc: str) -> tuple[str, str]:
    """The code before 2022 and from 2022 of one code of either generation."""
    moved = moved_codes()
    if atc in moved:
        return atc, moved[atc]
    return {new: old for old, new in moved.items()}.get(atc, atc), atc


class DrugNames:
    """The drugs of the catalogue that an ATC code of either generation stands for."""

    def __init__(self, table: DrugTable | None = None) -> None:
        self._names: dict[str, list[str]] = {}
        for drug in (table or oncology_drugs()).drugs:
            for code in drug.atc:
                self._names.setdefault(code, []).append(drug.name)

    def of(self, atc: str) -> tuple[str, ...]:
        """Drug names, more than one for a fixed combination; empty where the catalogue has none."""
        return tuple(self._names.get(both_generations(atc)[1], ()))


def is_of(atc: str, prefixes: Iterable[str]) -> bool:
    """Whether a code, in either generation, begins with one of these."""
    return any(code.startswith(p) for code in both_generations(atc) for p in prefixes)
