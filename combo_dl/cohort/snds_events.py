"""A delivery of the SNDS becomes an event table, with every exclusion counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from combo_dl.cohort.events import as_events, union_events
from combo_dl.cohort.sift import Exclusion, Ledger
from combo_dl.cohort.snds_claims import claimed_drugs, last_contacts
from combo_dl.cohort.snds_drugs import read_codes
from combo_dl.cohort.snds_given import given_drugs
from combo_dl.cohort.snds_hospital import (
    CHEMOTHERAPY_ICD,
    act_procedures,
    hospital_deaths,
    partner_chemotherapy,
    treatment_procedures,
    unnamed_chemotherapy,
    visits,
)
from combo_dl.cohort.snds_people import SndsPeople, people_events, read_people
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.cohort.snds_stays import (
    read_home_stays,
    read_outpatient,
    read_stays,
    stay_diagnoses,
)
from combo_dl.cohort.snds_tables import SndsTables
from combo_dl.cohort.source import SourceTables

ALD_REFUSED = (11, 12, 13)
ALD_GRANTED = (41, 43, 45)


@dataclass(frozen=True)
class SndsEvents:
    """events: the event table. drug_codes: each product with its drug and both generations of ATC.
    exclusions: what each rule dropped. kept: rows left a stage. columns_read: (table, column).
    The ledger keeps the tables alive that the events stand on."""

    events: ir.Table
    drug_codes: ir.Table
    exclusions: tuple[Exclusion, ...]
    kept: dict[str, int]
    columns_read: tuple[tuple[str, str], ...]
    ledger: Ledger


def read_snds(
    engine: BaseBackend, settings: SndsSettings, *, folder: Path | None = None
) -> SndsEvents:
    """Read a folder of tables, or the tables that the engine holds.

    Raises:
        SourceError: a table, a column or a year is missing, or a value is of the wrong form; said
            before any long work.
        ConfigError: the settings contradict one another.
    """
    settings.validate()
    tables = SndsTables(SourceTables(engine, folder), settings)
    tables.check()
    ledger = Ledger()
    people = read_people(tables, ledger)
    codes = read_codes(tables)
    parts = people_events(people.people)
    claimed = None
    if "dcir" in settings.parts:
        claimed = claimed_drugs(tables, people, codes, ledger)
        parts.append(_drug_events(claimed))
    stays: dict[str, ir.Table] = {}
    if "mco" in settings.parts:
        stays["MCO"] = read_stays(tables, people, ledger)
        if tables.present("T_MCOaaCSTC") and tables.present("T_MCOaaFHSTC"):
            stays["ACE"] = read_outpatient(tables, people, ledger)
    if "had" in settings.parts:
        stays["HAD"] = read_home_stays(tables, people, ledger)
    given = None
    if stays:
        given = given_drugs(tables, stays, codes, claimed, ledger)
        parts += [_drug_events(given.mutate(unit=ibis.literal("unit"))), _indications(given)]
        parts.append(partner_chemotherapy(given, settings))
    if "MCO" in stays:
        parts += _acute_events(tables, stays, given, claimed)
    if "HAD" in stays:
        parts.append(visits(stays["HAD"]))
    if "ald" in settings.parts:
        parts.append(_long_term_illness(tables, people, ledger))
    deaths = ledger.store(_deaths(tables, people, stays))
    parts += [_death_events(deaths), _observed(tables, people, stays, deaths)]
    events = ledger.store(union_events(*parts))
    return SndsEvents(
        events,
        codes.codes,
        tuple(ledger.exclusions),
        dict(ledger.kept),
        tables.source.columns_read,
        ledger,
    )


def _drug_events(rows: ir.Table) -> ir.Table:
    return as_events(rows.mutate(kind=ibis.literal("drug")))


def _indications(given: ir.Table) -> ir.Table:
    """The reimbursed indication of a drug row: the nearest SNDS has to a reason for a regimen."""
    stated = given.filter(given.indication.notnull())
    return as_events(
        stated.select(
            "person",
            "start",
            "source",
            kind=ibis.literal("diagnosis"),
            code=stated.indication,
            vocabulary=ibis.literal("COD_LES"),
        ).distinct()
    )


def _acute_events(
    tables: SndsTables,
    stays: dict[str, ir.Table],
    given: ir.Table | None,
    claimed: ir.Table | None,
) -> list[ir.Table]:
    diagnoses = stay_diagnoses(tables, stays["MCO"], stays.get("HAD"))
    # The reason for a session is a procedure here; as a diagnosis it would be a session again, of
    # which nobody knew that its drug is named in the stay.
    session = diagnoses.code.startswith(CHEMOTHERAPY_ICD) & diagnoses.source.startswith("MCO")
    diagnoses = diagnoses.filter(~session)
    parts = [
        diagnoses.mutate(kind=ibis.literal("diagnosis"), vocabulary=ibis.literal("ICD10")),
        treatment_procedures(stays["MCO"]),
        unnamed_chemotherapy(stays["MCO"], given, claimed),
        visits(stays["MCO"]),
    ]
    if tables.present("T_MCOaaA") and tables.settings.act_prefixes:
        parts.append(act_procedures(tables, stays["MCO"]))
    return parts


def _long_term_illness(tables: SndsTables, people: SndsPeople, ledger: Ledger) -> ir.Table:
    """Long-term illness that was granted, by its ICD-10 code: the ALD number is unreliable."""
    rows = tables.read("IR_IMB_R")
    alone = people.pseudonyms.rename(own_psa="psa")
    rows = rows.left_join(alone, alone.own_psa == rows.BEN_NIR_PSA)
    kept = ledger.sift(
        rows,
        "long-term illness (ALD)",
        {
            "person not kept": rows.person.isnull(),
            "not granted as a listed illness (IMB_ETM_NAT)": ibis.coalesce(
                ~rows.IMB_ETM_NAT.isin(ALD_GRANTED), True
            ),
            "no ICD-10 code or no date": rows.MED_MTF_COD.isnull() | rows.IMB_ALD_DTD.isnull(),
        },
    )
    return kept.select(
        "person",
        kind=ibis.literal("diagnosis"),
        code=kept.MED_MTF_COD.upper().re_replace("[. ]", ""),
        vocabulary=ibis.literal("ICD10"),
        start=kept.IMB_ALD_DTD,
        source=ibis.literal("ALD"),
    ).distinct()


def _deaths(tables: SndsTables, people: SndsPeople, stays: dict[str, ir.Table]) -> ir.Table:
    """person, death, cause: the earliest date of the register, the hospital and the certificate."""
    said = [people.people.filter(people.people.death.notnull()).select("person", "death")]
    said += [hospital_deaths(stays[name]) for name in ("MCO", "HAD") if name in stays]
    dates = reduce(lambda above, below: above.union(below), said)
    dates = dates.mutate(cause=ibis.null("string"))
    if tables.present("KI_CCI_R"):
        certificates = tables.read("KI_CCI_R").rename(person="BEN_IDT_ANO")
        certificates = certificates.semi_join(people.people, "person")
        certificates = certificates.filter(certificates.BEN_DCD_DTE.notnull())
        dates = dates.union(
            certificates.select(
                "person", death="BEN_DCD_DTE", cause=certificates.DCD_CIM_COD.re_replace("[. ]", "")
            )
        )
    return dates.group_by("person").aggregate(death=dates.death.min(), cause=dates.cause.min())


def _death_events(deaths: ir.Table) -> ir.Table:
    return deaths.select(
        "person",
        kind=ibis.literal("death"),
        code=ibis.coalesce(deaths.cause, "unknown"),
        vocabulary=deaths.cause.notnull().ifelse("ICD10", ibis.null("string")),
        start="death",
        source=ibis.literal("earliest of three"),
    )


def _observed(
    tables: SndsTables, people: SndsPeople, stays: dict[str, ir.Table], deaths: ir.Table
) -> ir.Table:
    """One span a person: from the first day or birth to the last day or death; no enrolment file
    exists. With ``contact_grace_days`` it ends so long after the last claim or stay at the latest.
    """
    settings = tables.settings
    rows = people.people.select("person", "birth").left_join(
        deaths.select(dead="person", death="death"), people.people.person == deaths.person
    )
    last: ir.Value = ibis.literal(settings.last_day)
    end = ibis.least(ibis.coalesce(rows.death, last), last)
    if settings.contact_grace_days is not None:
        contacts = _contacts(tables, people, stays).rename(seen="person")
        rows = rows.left_join(contacts, rows.person == contacts.seen)
        grace = ibis.interval(days=settings.contact_grace_days)
        dead = ibis.coalesce(rows.death, last)
        seen = ibis.coalesce((rows.contact + grace).cast("date"), settings.first_day)
        end = ibis.least(dead, last, seen)
    start = ibis.greatest(rows.birth, ibis.literal(settings.first_day))
    spans = rows.mutate(start=start, end=end)
    return spans.filter(spans.start <= spans.end).select(
        "person",
        "start",
        "end",
        kind=ibis.literal("observed"),
        code=ibis.literal("observed"),
        source=ibis.literal("derived"),
    )


def _contacts(tables: SndsTables, people: SndsPeople, stays: dict[str, ir.Table]) -> ir.Table:
    """person, contact: the last day of a claim or of a stay."""
    seen = [own.select("person", contact="exit") for own in stays.values()]
    if "dcir" in tables.settings.parts:
        seen.append(last_contacts(tables, people))
    both = reduce(lambda above, below: above.union(below), seen)
    return both.group_by("person").aggregate(contact=both.contact.max())
