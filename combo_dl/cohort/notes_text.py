"""Text of a note as rules read it, and what a rule finds in it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

DRUG, TNM, STAGE, ECOG, METASTASIS, CTCAE = "drug", "TNM", "stage", "ECOG", "metastasis", "CTCAE"
# What may stand between the items of one list, so that what is said of the first is said of all.
BETWEEN = r"(?:[\s,/+]|\bet\b|\bou\b|\bni\b|\bde\b|\bd'|\bdes\b|\bl[ae]s?\b)*"

_CONDITION = re.compile(r"\ben cas d|\bsi\b(?! bien)|\bs'ils?\b|\bau cas ou\b|\ba condition\b")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A mention in a note, from character ``begin`` to ``end`` (which are not kept afterwards).

    field: one of the names above.  code: such as ``nivolumab``, ``T2a``, ``IV``, ``liver``.
    value, unit: a dose, a grade, an ECOG; None where the note states none.
    follows: the item of a list whose earlier item came just before.
    """

    field: str
    code: str
    begin: int
    end: int
    value: float | None = None
    unit: str | None = None
    follows: bool = False


def fold(text: str) -> str:
    """Lower case without accents, every character in its place (``é`` is ``e``, ``²`` is ``2``)."""
    return "".join(_plain(c) for c in text)


@cache
def _plain(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character)[:1].lower()
    return {"’": "'", "‘": "'", "–": "-", "\xa0": " ", "\n": " "}.get(bare, bare)[:1] or " "


@cache
def terms(field: str) -> tuple[tuple[str, str], ...]:
    """(code, pattern) of a field, patterns of folded text, as the package lists them."""
    text = resources.files("combo_dl.cohort").joinpath("notes_terms.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return tuple((r["code"], r["term"]) for r in rows if r["field"] == field)


def any_of(patterns: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One pattern of whole words for many; the longest wins where two begin at one place."""
    parts = sorted((p for _, p in patterns), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def sentence_end(folded: str, begin: int) -> int:
    """Where the sentence that holds ``begin`` ends: a point that is in no number."""
    stop = re.compile(r"[.;!?](?=\s|$)|\n").search(folded, begin)
    return stop.start() if stop else len(folded)


def is_conditional(folded: str, begin: int) -> bool:
    """Whether a condition stands before this place in its sentence, whatever commas come between:
    ``en cas de progression, docétaxel``."""
    stops = [m.end() for m in re.finditer(r"[.;!?](?=\s)|\n", folded[:begin])]
    before = folded[stops[-1] if stops else 0 : begin]
    return _CONDITION.search(before) is not None


def is_list(folded: str, after: int, before: int) -> bool:
    """Whether only what joins the items of a list stands between two places."""
    return after <= before and re.fullmatch(BETWEEN, folded[after:before]) is not None
