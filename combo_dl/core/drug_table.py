"""The package's catalogue of named oncology drugs: facts about a drug, without chemistry."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib import resources

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint, normalise

DRUGS_TABLE = "drugs"  # of a study: the facts of drugs that the catalogue lacks
MODALITIES = (
    "small_molecule",
    "antibody",
    "adc",
    "protein",
    "peptide",
    "oligonucleotide",
    "cell_therapy",
    "vaccine",
    "radiation",
    "other",
)


@dataclass(frozen=True, kw_only=True)
class Drug:
    """One named drug. ``smiles`` and ``inchikey`` are empty for a drug without a structure."""

    name: str
    synonyms: tuple[str, ...] = ()
    modality: str = "small_molecule"
    smiles: str = ""
    inchikey: str = ""
    targets: tuple[str, ...] = ()
    drug_class: str = ""
    atc: tuple[str, ...] = ()

    def validate(self) -> "Drug":
        """Itself. Raises InputError on an unknown modality or an empty name."""
        if not self.name.strip():
            raise InputError("a drug has an empty name; every drug needs one")
        if self.modality not in MODALITIES:
            raise InputError(
                f"drug {self.name!r} has modality {self.modality!r}; "
                f"expected one of {', '.join(MODALITIES)}"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class DrugTable:
    """Named drugs, found by name or synonym whatever the case, spaces and hyphens."""

    drugs: tuple[Drug, ...]

    @cached_property
    def _by_name(self) -> dict[str, Drug]:
        table: dict[str, Drug] = {}
        for drug in self.drugs:
            for name in (drug.name, *drug.synonyms):
                table.setdefault(normalise(name), drug)
        return table

    @cached_property
    def all_names(self) -> tuple[str, ...]:
        """Every name and synonym."""
        return tuple(n for d in self.drugs for n in (d.name, *d.synonyms))

    def find(self, name: str) -> Drug | None:
        """The drug of this name or synonym, or None."""
        return self._by_name.get(normalise(name))

    def get(self, name: str) -> Drug:
        """The drug of this name or synonym. Raises UnknownNameError with the nearest names."""
        drug = self.find(name)
        if drug is None:
            raise UnknownNameError(
                f"unknown drug {name!r}; {hint(name, self.all_names)}; "
                "give a SMILES, or describe it in a drugs table (drugs=FILE)"
            )
        return drug

    def canonical(self, name: str) -> str:
        """The catalogue's name of a drug it knows; any other name as it is."""
        drug = self.find(name)
        return drug.name if drug else name

    def smiles(self, name: str) -> str:
        """SMILES of a drug it knows, else an empty text."""
        drug = self.find(name)
        return drug.smiles if drug else ""

    def extended(self, drugs: Iterable[Drug]) -> "DrugTable":
        """A table in which ``drugs`` come first (a user's own facts win over the catalogue's)."""
        return DrugTable(drugs=(*(d.validate() for d in drugs), *self.drugs))

    def validate(self) -> "DrugTable":
        """Itself. Raises InputError when one name stands for two drugs."""
        owner: dict[str, str] = {}
        for drug in self.drugs:
            drug.validate()
            for name in {normalise(n) for n in (drug.name, *drug.synonyms)}:
                if owner.setdefault(name, drug.name) != drug.name:
                    raise InputError(
                        f"{name!r} names both {owner[name]!r} and {drug.name!r}; keep one"
                    )
        return self


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


_COLUMNS = tuple(field.name for field in fields(Drug))


def parse_drugs(text: str) -> tuple[Drug, ...]:
    """Drugs of a CSV text with the catalogue's columns; only ``name`` is required.

    Raises InputError on a missing ``name`` column, an empty name, an unknown modality, broken CSV.
    """
    rows = csv.DictReader(io.StringIO(text))
    try:
        if len(rows.fieldnames or ()) == 1 and ";" in (rows.fieldnames or ("",))[0]:
            raise InputError("a drugs table is separated by semicolons; expected commas")
        if "name" not in (rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ()) or "no columns"
            raise InputError(f"a drugs table needs the column 'name'; it has {found}")
        for column in rows.fieldnames or ():
            if column not in _COLUMNS:
                near = hint(column, _COLUMNS)
                raise InputError(f"a drugs table has the unknown column {column!r}; {near}")
        return tuple(_drug_of(row).validate() for row in rows)
    except csv.Error as error:
        raise InputError(
            f"a drugs table is not CSV after line {rows.line_num}: {error}; mend the next line"
        ) from error


def _drug_of(row: dict[str, str | None]) -> Drug:
    cell = {key: (value or "").strip() for key, value in row.items() if key}
    smiles = cell.get("smiles", "")
    return Drug(
        name=cell["name"],
        synonyms=_split(cell.get("synonyms", "")),
        modality=cell.get("modality") or ("small_molecule" if smiles else "other"),
        smiles=smiles,
        inchikey=cell.get("inchikey", ""),
        targets=_split(cell.get("targets", "")),
        drug_class=cell.get("drug_class", ""),
        atc=_split(cell.get("atc", "")),
    )


@cache
def oncology_drugs() -> DrugTable:
    """The hand-written catalogue that ships with the package."""
    text = resources.files("combo_dl.core").joinpath("oncology_drugs.csv").read_text("utf-8")
    return DrugTable(drugs=parse_drugs(text))


@cache
def target_genes() -> tuple[str, ...]:
    """The gene symbols that are targets in the catalogue, sorted."""
    text = resources.files("combo_dl.core").joinpath("target_genes.txt").read_text("utf-8")
    return tuple(text.split())
