"""Which tables and columns of a hospital record hold what: the YAML of ``source=hospital``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import PATIENT_FIELDS


@dataclass(frozen=True, kw_only=True)
class PeopleTable:
    """A row a person. female, male: how the column ``sex`` writes them. seen_from, seen_to: the
    days between which events of the person would be in the record."""

    table: str
    person: str
    birth: str
    sex: str
    seen_from: str
    seen_to: str
    death: str | None = None
    female: str = "F"
    male: str = "M"


@dataclass(frozen=True, kw_only=True)
class DrugsTable:
    """Doses given, a row each. vocabulary: ``name`` (of the catalogue), ``ATC``, or that of your
    own table of codes (``codes=FILE``). dose and unit go together."""

    table: str
    person: str
    day: str
    drug: str
    vocabulary: str = "name"
    dose: str | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class LabsTable:
    """Values of laboratories. names: {what ``name`` writes: field of the contract of patients}."""

    table: str
    person: str
    day: str
    name: str
    value: str
    unit: str
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CodedTable:
    """Coded facts of ``kind`` (diagnosis, procedure, visit) in one vocabulary."""

    table: str
    person: str
    day: str
    code: str
    vocabulary: str
    kind: str = "diagnosis"


@dataclass(frozen=True, kw_only=True)
class StatusTable:
    """ECOG, RECIST, and TNM with its stage; each column that is given is read."""

    table: str
    person: str
    day: str
    ecog: str | None = None
    recist: str | None = None
    t: str | None = None
    n: str | None = None
    m: str | None = None
    stage: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotesTable:
    """French notes. fields: which become events."""

    table: str
    person: str
    day: str
    text: str
    fields: tuple[str, ...] = ("drug", "TNM", "stage", "ECOG", "metastasis", "CTCAE")


@dataclass(frozen=True, kw_only=True)
class HospitalTables:
    """The tables of a record; what is not listed is not read."""

    people: PeopleTable
    drugs: tuple[DrugsTable, ...]
    labs: tuple[LabsTable, ...] = ()
    coded: tuple[CodedTable, ...] = ()
    status: tuple[StatusTable, ...] = ()
    notes: tuple[NotesTable, ...] = field(default_factory=tuple)

    def validate(self) -> HospitalTables:
        """Itself. Raises ConfigError on what no table could mend."""
        if not self.drugs:
            raise ConfigError("source.tables.drugs is empty; name the table of the doses given")
        for drugs in self.drugs:
            if (drugs.dose is None) != (drugs.unit is None):
                raise ConfigError(
                    f"table {drugs.table}: dose and unit go together; name both columns or none"
                )
        for labs in self.labs:
            for written, name in labs.names.items():
                known = PATIENT_FIELDS.get(name)
                if known is None or known.levels:
                    numbers = [n for n, f in PATIENT_FIELDS.items() if not f.levels]
                    raise ConfigError(
                        f"table {labs.table}: {written!r} is to be {name!r}, no number of the "
                        f"contract of patients; {hint(name, numbers)}"
                    )
        for coded in self.coded:
            if coded.kind not in ("diagnosis", "procedure", "visit"):
                raise ConfigError(
                    f"table {coded.table} has kind {coded.kind!r}; "
                    "expected diagnosis, procedure or visit"
                )
        return self
