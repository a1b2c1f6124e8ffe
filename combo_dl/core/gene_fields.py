"""Which fields of a profile speak of one gene, and of what about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from combo_dl.core.patient_fields import YES_NO
from combo_dl.core.profile_table import ProfileField

# Of numbers: expression, copies, mutations and marker genes, ``expr:EGFR`` of cell lines and
# ``expr_EGFR`` of patients.
NUMBER_KINDS = ("cn", "expr", "marker", "mut")
MUTATION = "mut"
_NUMBER = re.compile(rf"({'|'.join(NUMBER_KINDS)})[:_]([A-Za-z0-9][A-Za-z0-9.-]*)")
# Fields of the contract of patients that measure the product of one gene.
PROTEIN = "protein"
_PROTEINS = {"pdl1_tps_pct": "CD274"}
# Of categories no and yes: a variant that changes the protein, or any alteration of a driver.
_CATEGORY = re.compile(r"mut_([A-Za-z0-9][A-Za-z0-9.-]*)|([a-z0-9-]+)_altered")


@dataclass(frozen=True, kw_only=True)
class GeneField:
    """A field about ``gene`` (its symbol). kind: one of NUMBER_KINDS or PROTEIN; of yes and no
    MUTATION.
    number: whether it is a number field.  column: its place among the number (or category)
    fields."""

    kind: str
    gene: str
    number: bool
    column: int


def gene_fields(fields: Sequence[ProfileField]) -> tuple[GeneField, ...]:
    """Those of ``fields`` that speak of one gene; the first of several of one kind and gene."""
    found: dict[tuple[str, str], GeneField] = {}
    places = {"number": 0, "category": 0}
    for field in fields:
        named = _named(field)
        if named is not None:
            found.setdefault(
                named,
                GeneField(
                    kind=named[0],
                    gene=named[1],
                    number=field.kind == "number",
                    column=places[field.kind],
                ),
            )
        places[field.kind] += 1
    return tuple(found.values())


def says_mutation(name: str) -> bool:
    """Whether a category of this name is no or yes of one gene."""
    return _CATEGORY.fullmatch(name) is not None


def _named(field: ProfileField) -> tuple[str, str] | None:
    """(kind, gene) of a field, or None."""
    if field.kind == "number":
        if field.name in _PROTEINS:
            return PROTEIN, _PROTEINS[field.name]
        number = _NUMBER.fullmatch(field.name)
        return None if number is None else (number[1], number[2])
    category = _CATEGORY.fullmatch(field.name)
    if category is None or field.levels != YES_NO:
        return None
    return MUTATION, category[1] or category[2].upper()
