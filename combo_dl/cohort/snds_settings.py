"""What a reading of the SNDS is told: the span, the parts, and the lists that rules stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from combo_dl.cohort.snds_columns import SndsNames
from combo_dl.core.errors import ConfigError

PARTS = ("dcir", "mco", "had", "ald", "causes")
# Antineoplastic, hormonal and immune drugs; the dispensings that betray toxicity (levothyroxine,
# systemic steroids, growth factors); denosumab; folinic acid and the like.
DRUG_PREFIXES = ("L01", "L02", "L03", "L04", "H02AB", "H03AA", "B03XA", "M05BX04", "V03AF")


@dataclass(frozen=True, kw_only=True)
class SndsSettings:
    """How to read a delivery.

    first_day, last_day: care dates that are read; last_day is the last one with complete flow, and
    censors everybody. flow_months: months of flow read after last_day. twins: ``exclude`` drops
    people who share a pseudonym, ``flag`` keeps them without their hospital stays. listing: per
    drug the days between which its expensive-drug rows are believed. partner_codes: indications
    (COD_LES) that state chemotherapy beside the drug. duplicate_finess: geographic FINESS numbers
    that report twice up to 2017. contact_grace_days: end observation so long after the last claim
    or stay.
    """

    first_day: date
    last_day: date
    parts: tuple[str, ...] = PARTS
    flow_months: int = 6
    twins: str = "exclude"
    drug_prefixes: tuple[str, ...] = DRUG_PREFIXES
    act_prefixes: tuple[str, ...] = ("ZZNL",)
    listing: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    partner_codes: tuple[str, ...] = ()
    duplicate_finess: tuple[str, ...] = ()
    contact_grace_days: int | None = None
    names: SndsNames = field(default_factory=SndsNames)

    def validate(self) -> SndsSettings:
        """Itself. Raises ConfigError when settings contradict one another."""
        if self.first_day > self.last_day:
            raise ConfigError(f"first_day {self.first_day} is after last_day {self.last_day}")
        unknown = [p for p in self.parts if p not in PARTS]
        if unknown or not self.parts:
            raise ConfigError(f"parts are {self.parts}; expected some of {', '.join(PARTS)}")
        if self.twins not in ("exclude", "flag"):
            raise ConfigError(f"twins is {self.twins!r}; expected exclude or flag")
        if self.flow_months < 0:
            raise ConfigError(f"flow_months is {self.flow_months}; expected 0 or more")
        grace = self.contact_grace_days
        if grace is not None and (grace < 0 or not {"dcir", "mco", "had"} & set(self.parts)):
            raise ConfigError(
                f"contact_grace_days is {grace} with parts {', '.join(self.parts)}; expected 0 or "
                "more, and one of the parts dcir, mco and had, which hold the contacts"
            )
        self.names.validate()
        return self

    @property
    def years(self) -> tuple[int, ...]:
        """The years that the span touches: those of discharge, for hospital tables."""
        return tuple(range(self.first_day.year, self.last_day.year + 1))

    @property
    def archive_years(self) -> tuple[int, ...]:
        """The years whose archive of claims may hold care of the span: from the year before, where
        claims of January and February can lie, to that of the last flow."""
        return tuple(range(self.first_day.year - 1, self.last_flow.year + 1))

    @property
    def last_flow(self) -> date:
        """The last month of flow that is read (its first day)."""
        month = self.last_day.month - 1 + self.flow_months
        return date(self.last_day.year + month // 12, month % 12 + 1, 1)

    @property
    def first_flow(self) -> date:
        """The first month of flow in which care of the span can appear."""
        return self.first_day.replace(day=1)

    @property
    def day_after(self) -> date:
        """The day after the span."""
        return self.last_day + timedelta(days=1)
