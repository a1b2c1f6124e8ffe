"""Lists of codes: which facts a rule is about, in whatever vocabulary a source writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from combo_dl.core.errors import ConfigError


def bare(code: str) -> str:
    """A code without dots, spaces and case: ``C34.1 `` and ``c341`` are one code of ICD-10."""
    return "".join(c for c in code.upper() if c not in ". \t")


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code of a vocabulary; ``below``: all codes that begin with it too (``C34*``)."""

    vocabulary: str
    code: str
    below: bool = False

    def __str__(self) -> str:
        return f"{self.vocabulary}:{self.code}{'*' if self.below else ''}"

    @classmethod
    def parse(cls, text: str) -> Code:
        """Of a text ``vocabulary:code`` or ``vocabulary:code*``. Raises ConfigError."""
        vocabulary, colon, code = str(text).strip().partition(":")
        below = code.endswith("*")
        code = code.removesuffix("*").strip()
        if not colon or not vocabulary or not code or "*" in code:
            raise ConfigError(
                f"{text!r} is no code; expected vocabulary:code, or vocabulary:code* for all "
                "that begin with it, such as ICD10:C34*"
            )
        return cls(vocabulary=vocabulary.strip(), code=code, below=below)


CodeList = tuple[Code, ...]
# Public code systems: beside codes of the source at hand, a list may have those of another source,
# so that one protocol serves both.
STANDARD = frozenset(
    {
        *("ATC", "CCAM", "CIM10", "CIP13", "COD_LES", "GHM", "HemOnc", "ICD10", "ICD10CM"),
        *("ICD9CM", "ICDO3", "LOINC", "OMOP", "RxNorm", "RxNorm Extension", "SNOMED", "UCD"),
    }
)


def code_list(texts: Iterable[str]) -> CodeList:
    """The codes of these texts, each once, in order. Raises ConfigError on one that is none."""
    return tuple(dict.fromkeys(Code.parse(text) for text in texts))


def check_systems(lists: Mapping[str, CodeList], held: frozenset[str]) -> None:
    """Raises ConfigError on a list of codes ({what it is of: codes}) with a code system that nobody
    knows, or with none that the source holds: it would match nothing without a word."""
    for what, codes in lists.items():
        systems = {c.vocabulary for c in codes}
        unknown = systems - held - STANDARD
        if unknown or (systems and not systems & held):
            raise ConfigError(
                f"{what} has codes of {', '.join(sorted(unknown or systems))}; the code systems of "
                f"the source are {', '.join(sorted(held))}"
            )


def matches(events: ir.Table, codes: CodeList) -> ir.BooleanValue:
    """bool of each event: its code is of the list. Dots, blanks and case of a code do not count;
    the name of a vocabulary does. An empty list matches nothing."""
    if not codes:
        return ibis.literal(False)
    own = events.code.upper().replace(".", "").replace(" ", "")
    found = []
    for vocabulary in dict.fromkeys(c.vocabulary for c in codes):
        mine = [c for c in codes if c.vocabulary == vocabulary]
        exact = [bare(c.code) for c in mine if not c.below]
        hits = [own.isin(exact)] if exact else []
        hits += [own.startswith(bare(c.code)) for c in mine if c.below]
        found.append((events.vocabulary == vocabulary) & reduce(or_, hits))
    return reduce(or_, found).fill_null(False)
