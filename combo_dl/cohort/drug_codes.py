"""Codes of drugs become names of the catalogue: ATC of both generations, names, and own tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.atc import DrugNames, both_generations
from combo_dl.cohort.codes import bare
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import InputError
from combo_dl.core.files import read_text
from combo_dl.core.regimens import UNNAMED

# A session of infused chemotherapy is seen in claims and the molecule is not: it is a drug class of
# its own, never dropped.
UNNAMED_CHEMOTHERAPY = UNNAMED.name
ATC, NAME = "ATC", "name"  # vocabularies that the catalogue itself reads
_ANTINEOPLASTIC = ("L01", "L02")
_COLUMNS = ("vocabulary", "code", "drug")


@dataclass(frozen=True, kw_only=True)
class DrugCodes:
    """Names of drugs by (vocabulary, code).

    own: {(vocabulary, code): name} beyond ATC and names, such as UCD or OMOP concepts; it wins.
    table: the catalogue.
    """

    own: Mapping[tuple[str, str], str] = field(default_factory=dict)
    table: DrugTable = field(default_factory=oncology_drugs)

    def name(self, vocabulary: str, code: str) -> str | None:
        """The catalogue's name; of an antineoplastic ATC code (L01, L02) that the catalogue lacks,
        ``ATC`` and the code, so that no cancer drug vanishes; of all else None."""
        key = bare(code)
        if (vocabulary, key) in self.own:
            return self.own[vocabulary, key]
        if vocabulary == NAME:
            if code.strip() == UNNAMED_CHEMOTHERAPY:
                return UNNAMED_CHEMOTHERAPY
            found = self.table.find(code)
            return found.name if found else None
        if vocabulary == ATC:
            return self._of_atc(key)
        return None

    def _of_atc(self, code: str) -> str | None:
        found = self._by_atc.of(code)
        if found:
            return found[0]
        current = both_generations(code)[1]
        return f"ATC {current}" if current.startswith(_ANTINEOPLASTIC) and len(code) > 4 else None

    @cached_property
    def _by_atc(self) -> DrugNames:
        return DrugNames(self.table)

    def with_codes(self, more: Mapping[tuple[str, str], str]) -> DrugCodes:
        """These and ``more`` codes; those that are here already win.

        Raises UnknownNameError on a drug that is not of the catalogue.
        """
        own = {(v, bare(c)): _checked(n, self.table) for (v, c), n in more.items()}
        return DrugCodes(own={**own, **self.own}, table=self.table)


def named(drugs: ir.Table, codes: DrugCodes) -> ir.Table:
    """Drug events with a column ``drug``, the name of each; those that have none are left out.

    The different codes alone are looked up, not the rows.
    """
    pairs = drugs.select("vocabulary", "code").distinct().to_pandas()
    found = [
        (v, c, codes.name(v, c))
        for v, c in zip(pairs["vocabulary"], pairs["code"], strict=True)
        if isinstance(v, str) and isinstance(c, str)
    ]
    frame = pd.DataFrame(
        [row for row in found if row[2] is not None], columns=list(_COLUMNS), dtype=object
    )
    names = ibis.memtable(frame, schema=dict.fromkeys(_COLUMNS, "string"))
    return drugs.join(names, ["vocabulary", "code"], how="inner")


def unnamed_codes(drugs: ir.Table, codes: DrugCodes) -> int:
    """How many different codes of drug events have no name here (most are no cancer drugs)."""
    pairs = drugs.select("vocabulary", "code").distinct().to_pandas()
    pairs = pairs.dropna()
    return sum(
        codes.name(v, c) is None for v, c in zip(pairs["vocabulary"], pairs["code"], strict=True)
    )


def read_drug_codes(path: Path, table: DrugTable | None = None) -> DrugCodes:
    """A user's table of codes: CSV with the columns vocabulary, code, drug.

    Raises SourceError when it is absent, InputError on a missing column, UnknownNameError on a drug
    that is not of the catalogue.
    """
    rows = list(csv.DictReader(io.StringIO(read_text(path, what="table of drug codes"))))
    lacking = [c for c in _COLUMNS if rows and c not in rows[0]]
    if not rows or lacking:
        raise InputError(
            f"{path} lacks {', '.join(lacking) or 'rows'}; "
            f"expected the columns {', '.join(_COLUMNS)}"
        )
    given = {(r["vocabulary"].strip(), r["code"]): r["drug"].strip() for r in rows}
    return DrugCodes(table=table or oncology_drugs()).with_codes(given)


def _checked(name: str, table: DrugTable) -> str:
    return name if name == UNNAMED_CHEMOTHERAPY else table.get(name).name
