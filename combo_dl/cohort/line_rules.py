"""The rules by which doses of drugs become lines of therapy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from combo_dl.cohort.codes import CodeList, code_list
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import ConfigError

SHORTEST_GAP, LONGEST_GAP = 90, 120


@dataclass(frozen=True, kw_only=True)
class LineRules:
    """Parameters of exposures and lines; days throughout.

    window_days: drugs first given within it of the first dose are one combination.
    gap_days: more days than these without a dose close a line (90 to 120 by custom).
    exposure_gap_days: doses of one drug that are no further apart are one exposure.
    carry_days: a drug of the line before, last given no longer before the new line than this, may
        come back in it: the longest cycle, with a delay.
    supportive: names of drugs that make no line.  supportive_atc: beginnings of ATC codes likewise.
    switch_classes: classes of the catalogue within which a change of drug is no new line.
    switch_groups: further drugs that replace each other.
    maintenance: {drug: classes or drugs}: given after one of these has stopped, no new line.
    sessions: codes of a session of infused chemotherapy whose molecule is not named.
    oral_atc: beginnings of ATC codes of drugs that are swallowed, so that they explain no session.
    """

    window_days: int = 28
    gap_days: int = 120
    exposure_gap_days: int = 60
    carry_days: int = 63
    supportive: tuple[str, ...] = ()
    supportive_atc: tuple[str, ...] = ()
    switch_classes: tuple[str, ...] = ()
    switch_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maintenance: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sessions: tuple[str, ...] = ()
    oral_atc: tuple[str, ...] = ()

    def validate(self, table: DrugTable | None = None) -> "LineRules":
        """Itself. Raises ConfigError on a length of time that cannot be and on a class that the
        catalogue lacks, UnknownNameError on a drug that it lacks."""
        known = table or oncology_drugs()
        if not SHORTEST_GAP <= self.gap_days <= LONGEST_GAP:
            raise ConfigError(
                f"lines.gap_days is {self.gap_days}; expected {SHORTEST_GAP} to {LONGEST_GAP}"
            )
        for name in ("window_days", "exposure_gap_days", "carry_days"):
            days = getattr(self, name)
            if not 0 <= days < self.gap_days:
                raise ConfigError(f"lines.{name} is {days}; expected 0 or more, and below gap_days")
        classes = {d.drug_class for d in known.drugs} - {""}
        for name in self.switch_classes:
            if name not in classes:
                raise ConfigError(f"lines.switch_classes has {name!r}; the catalogue has no such")
        drugs = [n for group in self.switch_groups.values() for n in group] + [*self.maintenance]
        drugs += [n for after in self.maintenance.values() for n in after if n not in classes]
        for name in drugs:
            known.get(name)
        code_list(self.sessions)
        return self

    @property
    def session_codes(self) -> CodeList:
        """``sessions``, parsed."""
        return code_list(self.sessions)


@dataclass(frozen=True, kw_only=True)
class DrugKinds:
    """What the rules say of each drug, looked up once."""

    rules: LineRules
    table: DrugTable

    def is_supportive(self, name: str) -> bool:
        """Whether a drug makes no line."""
        drug = self.table.find(name)
        codes = drug.atc if drug else ()
        own = {self.table.canonical(n) for n in self.rules.supportive}
        return name in own or any(c.startswith(self.rules.supportive_atc or ("-",)) for c in codes)

    def is_oral(self, name: str) -> bool:
        """Whether a drug is swallowed, so that a session on its day was another's."""
        drug = self.table.find(name)
        return any(c.startswith(self.rules.oral_atc or ("-",)) for c in (drug.atc if drug else ()))

    def groups(self, name: str) -> frozenset[str]:
        """The groups within which a drug may replace another."""
        drug = self.table.find(name)
        kind = drug.drug_class if drug else ""
        found = {kind} & set(self.rules.switch_classes)
        found |= {g for g, names in self.rules.switch_groups.items() if name in names}
        return frozenset(found)

    def maintains(self, name: str) -> frozenset[str]:
        """The drugs (of the catalogue) after which this one is maintenance."""
        after = set(self.rules.maintenance.get(name, ()))
        return frozenset(
            d.name for d in self.table.drugs if d.name in after or d.drug_class in after
        )
