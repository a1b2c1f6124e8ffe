"""Which tables and columns hold the molecular and the immune profile of samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import PATIENT_FIELDS

# Fields that a tumour's profile has beyond the contract: {prefix: (unit, lowest, highest)}.
FAMILIES: Mapping[str, tuple[str, float, float]] = {
    "signature_": ("fraction", 0.0, 1.0),
    "expr_": ("log2(TPM+1)", 0.0, 25.0),
    "immune_": ("score", -1e4, 1e4),
}
# A person is found by the key of a trusted third party, by nothing that the person is known by.
_KNOWN_BY = re.compile(
    r"(^|_)(nom|noms|prenom|name|names|surname|firstname|lastname|birth\w*|dob|ddn|naissance|sex|"
    r"sexe|nir|ins|ipp|nip|email|mail|phone|tel|address|adresse|postcode|zip|commune|age)(_|$)"
)


@dataclass(frozen=True, kw_only=True)
class KeyTable:
    """The delivered key: person, sample and the day of sampling, and no further column."""

    table: str = "key"
    person: str = "person"
    sample: str = "sample"
    day: str = "day"


@dataclass(frozen=True, kw_only=True)
class SamplesTable:
    """A row a sample that was looked at. fields: {column: field}; a field is of the contract of
    patients or begins with ``signature_``, ``expr_`` or ``immune_``. units: {column: unit} of those
    that are not in the unit of the field. msi: a column of MSI-H, MSS, dMMR ..."""

    table: str
    sample: str
    fields: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    msi: str | None = None


@dataclass(frozen=True, kw_only=True)
class VariantsTable:
    """A MAF, or a table of VCF rows with consequences of SO. genes: each becomes ``mut_GENE``, no
    or yes. panel_mb: the size of what was sequenced; TMB is then counted here."""

    table: str
    sample: str = "Tumor_Sample_Barcode"
    gene: str = "Hugo_Symbol"
    classification: str = "Variant_Classification"
    genes: tuple[str, ...] = ()
    panel_mb: float | None = None


@dataclass(frozen=True, kw_only=True)
class LongTable:
    """A row a sample and value, such as expression. names: {what ``name`` writes: field}."""

    table: str
    sample: str
    name: str
    value: str
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class MolecularTables:
    """The tables of a profile. days_before, to_day: the window of days from the first dose in which
    a sample was taken; the last sample of a person counts."""

    key: KeyTable
    samples: SamplesTable
    variants: VariantsTable | None = None
    long: tuple[LongTable, ...] = ()
    days_before: int = 3650
    to_day: int = 0

    def validate(self) -> MolecularTables:
        """Itself. Raises ConfigError on a join by anything but a key, a field that is none, a field
        made twice, and a window after the first dose."""
        for column in (self.key.person, self.key.sample):
            refuse_join(column)
        if self.to_day > 0:
            raise ConfigError(
                f"molecular.to_day is {self.to_day}, after the first dose: it would adjust by the "
                "future; expected 0 or less"
            )
        made = list(self.samples.fields.values())
        made += [name for one in self.long for name in one.names.values()]
        for name in made:
            _check_field(name)
        for column in self.samples.units:
            if self.samples.fields.get(column) not in PATIENT_FIELDS:
                raise ConfigError(
                    f"molecular.samples.units names {column!r}, which becomes no field of the "
                    "contract of patients; only those have other units"
                )
        counted = self.variants is not None
        made += ["nonsynonymous_mutations"] if counted else []
        made += ["tmb_mut_per_mb"] if self.variants and self.variants.panel_mb else []
        made += ["msi_unstable"] if self.samples.msi else []
        _refuse_twice(made)
        if self.variants and (self.variants.panel_mb or 1.0) <= 0:
            raise ConfigError(f"panel_mb is {self.variants.panel_mb}; expected more than 0")
        return self


def refuse_join(column: str) -> None:
    """Raise ConfigError on a column by which a person is known: no join is made by it."""
    plain = re.sub(r"[^a-z0-9]+", "_", column.strip().lower())
    if _KNOWN_BY.search(plain):
        raise ConfigError(
            f"samples would be joined by {column!r}, which people are known by; join by the key "
            "that was delivered for it (a table of person, sample and day)"
        )


def _check_field(name: str) -> None:
    known = PATIENT_FIELDS.get(name)
    if known is None and not name.startswith(tuple(FAMILIES)):
        numbers = [n for n, f in PATIENT_FIELDS.items() if not f.levels]
        raise ConfigError(
            f"molecular field {name!r} is not of the contract of patients and begins with none of "
            f"{', '.join(FAMILIES)}; {hint(name, numbers)}"
        )
    if known is not None and known.levels:
        raise ConfigError(f"molecular field {name!r} is a category; expected a number")


def _refuse_twice(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"the molecular field {name!r} is made twice; keep one")
        seen.add(name)
