"""The protocol of a cohort: a target trial, written down before a row is read.

Who is eligible, what is compared, when the clock starts, how long people are followed and what
counts (Hernan MA, Robins JM. Am J Epidemiol 2016;183:758, doi 10.1093/aje/kwv254). A protocol
that assigns or adjusts by what comes after time zero is refused: it would make people immortal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from combo_dl.cohort.codes import CodeList, code_list
from combo_dl.cohort.events import KINDS
from combo_dl.cohort.line_rules import LineRules
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import ConfigError
from combo_dl.core.patient_fields import PATIENT_FIELDS

FIRST_DOSE, LANDMARK = "first_dose", "landmark"
OUTCOMES = ("death", "next_treatment", "event", "toxicity")
_TAKES = ("last", "any")


@dataclass(frozen=True, kw_only=True)
class Index:
    """The line that counts: ``line`` 1, 2, ... (0 = the first of any number that fits), with one
    of ``drugs`` (empty = any) begun by the end of the grace period."""

    line: int = 1
    drugs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """A rule of eligibility: an event of ``kind`` with a code of ``codes`` from ``from_day`` to
    ``to_day`` (days from the first dose, both inclusive) is needed, or (``needed: false``) not."""

    name: str
    kind: str
    codes: tuple[str, ...]
    from_day: int = -3650
    to_day: int = 0
    needed: bool = True


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Who may enter. observed_days: of observation before the first dose.  washout_drugs: none of
    these in the ``washout_days`` before it."""

    age_low: int = 18
    age_high: int = 110
    observed_days: int = 365
    washout_drugs: tuple[str, ...] = ()
    washout_days: int = 0
    rules: tuple[EventRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BaselineField:
    """A field of the profile from events of ``kind`` and ``codes`` in the baseline window. take:
    ``last`` value (the unit is that of the field), or ``any``: yes where there is one, else no."""

    name: str
    kind: str
    codes: tuple[str, ...]
    take: str = "any"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is counted after time zero, as a label.

    kind: ``death``; ``next_treatment`` (the next line); ``event`` (the first event of
    ``event_kind`` and ``codes``): labels (time_days, event). ``toxicity``: such an event within
    ``within_days``, yes or no, unknown where someone was seen for less.
    death_competes: death is the second risk; else who dies is censored on that day.
    """

    kind: str
    event_kind: str = "diagnosis"
    codes: tuple[str, ...] = ()
    within_days: int = 0
    death_competes: bool = False


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A cohort.

    strategies: {name: drugs}; a person follows the one whose drugs are exactly those begun in the
    grace period; empty: each set of drugs is a strategy of its own.
    time_zero: ``first_dose`` or ``landmark`` (the end of the grace period).
    grace_days: drugs begun by then are the assigned ones.  delayed_entry: with ``first_dose``,
    people are at risk from the end of the grace period only.
    baseline: fields from the ``baseline_days`` up to ``baseline_to_day`` (from the first dose).
    data_cut: last day on which the source is complete.
    """

    name: str
    outcomes: Mapping[str, Outcome]
    index: Index = field(default_factory=Index)
    eligibility: Eligibility = field(default_factory=Eligibility)
    strategies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    time_zero: str = LANDMARK
    grace_days: int = 28
    delayed_entry: bool = False
    follow_up_days: int = 1825
    baseline_days: int = 365
    baseline_to_day: int = 0
    baseline: tuple[BaselineField, ...] = ()
    data_cut: date | None = None
    smallest_strategy: int = 1

    @property
    def zero_day(self) -> int:
        """Time zero, in days from the first dose."""
        return self.grace_days if self.time_zero == LANDMARK else 0

    @property
    def risk_day(self) -> int:
        """From when people are at risk, in days from the first dose."""
        return self.grace_days if self.delayed_entry else self.zero_day

    def validate(self, rules: LineRules, table: DrugTable | None = None) -> "Protocol":
        """Itself. Raises ConfigError naming what contradicts what, UnknownNameError on a drug."""
        known = table or oncology_drugs()
        _check_time(self, rules)
        _check_eligibility(self, known)
        _check_fields(self)
        _check_outcomes(self)
        _check_strategies(self, known)
        return self


def codes_of(protocol: Protocol) -> dict[str, CodeList]:
    """{name of a rule, field or outcome: its codes}, parsed."""
    e = protocol.eligibility
    return (
        {f"rule {r.name}": code_list(r.codes) for r in e.rules}
        | {f"field {b.name}": code_list(b.codes) for b in protocol.baseline}
        | {f"outcome {n}": code_list(o.codes) for n, o in protocol.outcomes.items()}
    )


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ConfigError(f"the protocol contradicts itself: {why}")


def _check_time(p: Protocol, rules: LineRules) -> None:
    if p.time_zero not in (FIRST_DOSE, LANDMARK):
        raise ConfigError(f"time_zero is {p.time_zero!r}; expected {FIRST_DOSE} or {LANDMARK}")
    for name in ("grace_days", "baseline_days"):
        if getattr(p, name) < 0:
            raise ConfigError(f"{name} is {getattr(p, name)}; expected 0 or more")
    _refuse(
        p.grace_days > rules.window_days,
        f"grace_days {p.grace_days} is longer than the window of {rules.window_days} days in which "
        "drugs make a combination (lines.window_days)",
    )
    if p.grace_days > p.risk_day:
        raise ConfigError(
            f"drugs assign up to day {p.grace_days}, after time zero (day {p.zero_day}): who takes "
            "a late drug has lived until then; set time_zero: landmark, delayed_entry: true, or "
            "grace_days: 0"
        )
    _refuse(
        p.delayed_entry and p.time_zero == LANDMARK,
        "delayed_entry with time_zero landmark; people enter at time zero already",
    )
    _refuse(
        p.follow_up_days <= p.risk_day - p.zero_day or p.follow_up_days <= p.grace_days,
        f"grace_days {p.grace_days} is not shorter than follow_up_days {p.follow_up_days}",
    )
    _after_zero("baseline_to_day", p.baseline_to_day, 0)


def _after_zero(what: str, day: int, last: int) -> None:
    if day > last:
        raise ConfigError(
            f"{what} is {day}, after the first dose: it would adjust or select by the future; "
            f"expected {last} or less"
        )


def _check_eligibility(p: Protocol, known: DrugTable) -> None:
    e = p.eligibility
    _refuse(e.age_low > e.age_high, f"age_low {e.age_low} is above age_high {e.age_high}")
    _refuse(p.index.line < 0, f"index.line {p.index.line}; expected 0 or more")
    _refuse(
        bool(e.washout_drugs) != (e.washout_days > 0),
        "washout_drugs and washout_days go together; give both or none",
    )
    for drug in (*p.index.drugs, *e.washout_drugs):
        known.get(drug)
    for rule in e.rules:
        _check_kind(f"rule {rule.name!r}", rule.kind)
        if not rule.codes:
            raise ConfigError(f"rule {rule.name!r} has no codes; give at least one")
        _after_zero(f"rule {rule.name!r}: to_day", rule.to_day, 0)
        _refuse(rule.from_day > rule.to_day, f"rule {rule.name!r} ends before it begins")


def _check_kind(what: str, kind: str) -> None:
    if kind not in KINDS:
        raise ConfigError(f"{what} has kind {kind!r}; expected one of {', '.join(KINDS)}")


def _check_fields(p: Protocol) -> None:
    names = [b.name for b in p.baseline] + ["age_years", "sex", "prior_therapies"]
    for b in p.baseline:
        _refuse(names.count(b.name) > 1, f"the field {b.name!r} is made twice")
        _check_kind(f"field {b.name!r}", b.kind)
        if b.take not in _TAKES or not b.codes:
            raise ConfigError(f"field {b.name!r} needs codes, and take: {' or '.join(_TAKES)}")
        known = PATIENT_FIELDS.get(b.name)
        counted = known is not None and all(level.isdigit() for level in known.levels)
        if b.take == "last" and not counted:
            raise ConfigError(
                f"field {b.name!r} takes a value and is no number of the contract of patients' "
                "fields, which gives its unit; expected such as hgb_g_dl or performance_status"
            )


def _check_outcomes(p: Protocol) -> None:
    if not p.outcomes:
        raise ConfigError("the protocol has no outcome; give one, such as os: {kind: death}")
    for name, o in p.outcomes.items():
        if o.kind not in OUTCOMES:
            known = ", ".join(OUTCOMES)
            raise ConfigError(f"outcome {name!r} has kind {o.kind!r}; expected one of {known}")
        needs = o.kind in ("event", "toxicity")
        _check_kind(f"outcome {name!r}", o.event_kind)
        if needs != bool(o.codes):
            raise ConfigError(
                f"outcome {name!r}: codes are for event and toxicity, which need them"
            )
        if (o.kind == "toxicity") != (o.within_days > 0):
            raise ConfigError(f"outcome {name!r}: within_days is for toxicity, which needs it")
        _refuse(
            o.within_days > p.follow_up_days,
            f"outcome {name!r} looks {o.within_days} days ahead, follow_up_days is "
            f"{p.follow_up_days}",
        )


def _check_strategies(p: Protocol, known: DrugTable) -> None:
    sets: dict[frozenset[str], str] = {}
    for name, drugs in p.strategies.items():
        own = frozenset(known.get(d).name for d in drugs)
        _refuse(not own, f"strategy {name!r} has no drug")
        other = sets.setdefault(own, name)
        _refuse(other != name, f"strategies {other!r} and {name!r} have the same drugs")
        wanted = {known.get(d).name for d in p.index.drugs}
        _refuse(
            bool(wanted) and not wanted & own,
            f"strategy {name!r} has none of index.drugs, so nobody can follow it",
        )
        for rule in p.eligibility.rules:
            codes = {c.code for c in code_list(rule.codes)} if rule.kind == "drug" else set()
            found = {t.name for t in map(known.find, codes) if t} & own
            _refuse(
                bool(found) and not rule.needed and rule.to_day >= 0,
                f"rule {rule.name!r} excludes {', '.join(sorted(found))}, a drug of strategy "
                f"{name!r}",
            )
