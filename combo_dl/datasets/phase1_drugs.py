"""The drugs of phase I trials: their names in the study, and what may be said of them."""

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from combo_dl.core.drug_table import Drug, oncology_drugs
from combo_dl.core.errors import InputError

# What learns from a structure takes over its licence; those of these two are non-commercial.
_NOT_FREE = ("DrugBank", "RepurposingHub")
_RADIOTHERAPY = "radiotherapy"
_SOURCE_MODALITIES = (
    "small_molecule",
    "biologic",
    "radiation_or_procedure",
    "regimen",
    "unresolved",
)
_BEAM = re.compile(
    r"radiation|irradiation|radioth|radiosurgery|beam|\brt\b|\bw?brt\b|\bimrt\b|\bxrt\b|-xrt|3d-crt"
)
# Not a beam alone, or another thing than the field that most trials treat.
_NOT_BEAM = re.compile(r"chemo|brachy|total body|immuno")
_MARKED = re.compile(
    r"\b(90y|y-?90|131 ?i|125i|177lu|213bi|188re|111in)|iodine.131|radioimmun|^re-hedp|"
    r"^i-metaiodo|brachy|total body irr|\bsirt\b|zevalin"
)
_CELLS = re.compile(r"progenitor|stem ?cell|\bpbpc\b|\bnscs\b")
_LOADED = re.compile(r"mab\b.*\b(vedotin|tesirine|emtansine|ozogamicin|mafodotin)")
_SINGLE_PROTEIN = re.compile(r"\bor\b|\+|regimen|virus")


@dataclass(frozen=True, kw_only=True)
class SourceDrugs:
    """names: {drug of the source: drug of the study}.  drugs: {drug of the study: its facts}.

    known: the drugs of the study that the catalogue has under one of their names.
    """

    names: dict[str, str]
    drugs: dict[str, Drug]
    known: frozenset[str]

    def table(self, names: tuple[str, ...]) -> pa.Table:
        """Those of ``names`` that the catalogue lacks, with its columns, all text (lists joined by
        |): what a network may know of them beside it."""
        lacking = [n for n in names if oncology_drugs().find(n) is None]
        rows = [asdict(self.drugs[n]) for n in lacking]
        columns = [f.name for f in fields(Drug)]
        return pa.table({c: pa.array([_cell(r[c]) for r in rows], pa.string()) for c in columns})


def _cell(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "|".join(value)


class _Row(NamedTuple):
    drug: str
    modality: str
    smiles: str
    smiles_source: str
    raw_names: str


def source_drugs(rows: pd.DataFrame) -> SourceDrugs:
    """Drugs of a table with the columns drug, modality, smiles, smiles_source and raw_names.

    A drug has the catalogue's name where it knows the source's, and external beams are one drug,
    whatever field they treat; any other drug keeps the source's name. Where the catalogue knows one
    drug by the other spellings of the source (a brand of a liposome), its structure and targets are
    lent to it. Raises InputError on an unknown modality.
    """
    table, known = oncology_drugs(), set()
    names: dict[str, str] = {}
    drugs: dict[str, Drug] = {}
    for row in map(_Row._make, zip(*(rows[c] for c in _Row._fields), strict=True)):
        if row.modality not in _SOURCE_MODALITIES:
            raise InputError(
                f"drug {row.drug!r} has modality {row.modality!r}; "
                f"expected one of {', '.join(_SOURCE_MODALITIES)}"
            )
        spelled = " ".join(row.drug.split())
        found = table.find(_RADIOTHERAPY if _is_beam(row) else spelled)
        name = found.name if found else spelled
        names[row.drug] = name
        lender = None if found else _lender(row.raw_names)
        # The lender keeps its synonyms: a brand must not come to name both.
        lent = replace(lender, name=name, synonyms=()) if lender else None
        drugs.setdefault(name, found or lent or _own(name, row))
        known |= {name} if found or lent else set()
    return SourceDrugs(names=names, drugs=drugs, known=frozenset(known))


def _is_beam(row: _Row) -> bool:
    may = row.modality in ("radiation_or_procedure", "unresolved")
    return may and bool(_BEAM.search(row.drug)) and not _NOT_BEAM.search(row.drug)


def _lender(raw_names: str) -> Drug | None:
    """The one drug that the catalogue knows by the other spellings, or None."""
    spelled = (" ".join(n.split()) for n in raw_names.split("|"))
    found = {d.name: d for d in map(oncology_drugs().find, spelled) if d}
    return next(iter(found.values())) if len(found) == 1 else None


def _own(name: str, row: _Row) -> Drug:
    free = bool(row.smiles) and not row.smiles_source.startswith(_NOT_FREE)
    return Drug(
        name=name, modality=_modality(name, row.modality), smiles=row.smiles if free else ""
    )


def _modality(name: str, of_source: str) -> str:
    """The catalogue's modality: the source's, made finer by how substances are named (INN)."""
    if of_source == "small_molecule":
        return of_source
    if _MARKED.search(name) or (_BEAM.search(name) and not _NOT_BEAM.search(name)):
        return "radiation"
    if _CELLS.search(name):
        return "cell_therapy"
    if _LOADED.search(name):
        return "adc"
    if of_source == "biologic" and not _SINGLE_PROTEIN.search(name):
        return "antibody" if re.search(r"mab\b", name) else "protein"
    return "other"
