"""Precision and recall of what is read in notes, against what people wrote down as true of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from combo_dl.cohort.notes_qualified import NoteReader
from combo_dl.cohort.notes_text import CTCAE, DRUG, ECOG, Found

FIELDS = ("drug", "dose", "tnm", "stage", "ecog", "metastasis", "ctcae")


@dataclass(frozen=True, kw_only=True)
class FieldScore:
    """Counts of statements: read and true, read and not true, true and not read."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what is read that is true; 1 where nothing is read."""
        return self.right / (self.right + self.extra) if self.right + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that is read; 1 where there is nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def statements(found: Iterable[Found]) -> set[str]:
    """What is found, a line each: ``dose nivolumab 240 mg``, ``tnm T2a``, ``ctcae colitis 3``."""
    made = set()
    for one in found:
        value = "" if one.value is None else f" {one.value:g}"
        if one.field == DRUG:
            made.add(f"drug {one.code}")
            made |= {f"dose {one.code}{value} {one.unit}"} if value else set()
        elif one.field == ECOG:
            made.add(f"ecog{value}")
        elif one.field == CTCAE:
            made.add(f"ctcae {one.code}{value}")
        else:
            made.add(f"{one.field.lower()} {one.code}")
    return made


def note_scores(
    notes: Iterable[tuple[str, Iterable[str]]], reader: NoteReader
) -> dict[str, FieldScore]:
    """{field: score} over notes (text, statements that are true): each statement of a note once.

    A dose or a grade that is wrong is one statement read and not true, and one missed.
    """
    scores = dict.fromkeys(FIELDS, FieldScore())
    for text, gold in notes:
        true, read = set(gold), statements(reader.read(text))
        for line in true | read:
            field = line.split()[0]
            old = scores[field]
            scores[field] = FieldScore(
                right=old.right + (line in true & read),
                extra=old.extra + (line in read - true),
                missed=old.missed + (line in true - read),
            )
    return scores
