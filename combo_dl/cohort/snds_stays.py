"""PMSI: hospital stays that can be believed, with their person and their days."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.sift import Ledger
from combo_dl.cohort.snds_people import SndsPeople
from combo_dl.cohort.snds_tables import SndsTables

# Chaining is valid where all return codes are 0; the last ones exist from 2006 and 2013 only.
RETURNS = ("NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET")
LATER_RETURNS = ("COH_NAI_RET", "COH_SEX_RET")
VISIT_RETURNS = ("NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")
# Written where the number could not be made: seventeen letters x, some with a mark at the end.
_UNMADE = "x" * 17
DUMMY_NIR = (_UNMADE, _UNMADE.upper()[:-1] + "D", _UNMADE.upper()[:-1] + "S")
LAST_YEAR_REPORTED_TWICE = 2017
# Dialysis and radiotherapy may rightly be sold between hospitals; chemotherapy is not among them.
SERVICE_GHM = (
    *("28Z01Z", "28Z02Z", "28Z03Z", "28Z04Z", "28Z05Z", "28Z06Z"),
    *("28Z08Z", "28Z09Z", "28Z10Z", "28Z11Z", "28Z12Z", "28Z13Z"),
    *("28Z18Z", "28Z19Z", "28Z20Z", "28Z21Z", "28Z22Z", "28Z23Z", "28Z24Z", "28Z25Z"),
)
DIED = "9"


def read_stays(tables: SndsTables, people: SndsPeople, ledger: Ledger) -> ir.Table:
    """Acute stays of all years: stay, person, entry, exit, ghm, dgn_pal, dgn_rel, sor_mod, source.

    ``stay`` joins year, hospital and record, for a record number serves again each year.
    """
    chain = tables.yearly("T_MCOaaC", "ETA_NUM", "RSA_NUM")
    stays = tables.yearly("T_MCOaaB", "ETA_NUM", "RSA_NUM").drop("ETA_NUM", "RSA_NUM")
    joined = chain.join(stays, "stay")
    month = ibis.coalesce(joined.SOR_MOI, 1).cast("int32")
    discharge = ibis.date(joined.SOR_ANN.cast("int32"), month, 1)
    joined = joined.mutate(
        entry=ibis.coalesce(joined.EXE_SOI_DTD, joined.ENT_DAT, discharge),
        exit=ibis.coalesce(joined.EXE_SOI_DTF, joined.SOR_DAT, discharge),
    )
    rows = _with_person(joined, people)
    settings = tables.settings
    twice = [n.lstrip("0") for n in settings.duplicate_finess]
    inter = (
        ibis.coalesce(rows.SEJ_TYP == "B", False)
        & ~ibis.coalesce(rows.GRG_GHM.isin(SERVICE_GHM), False)
    ) | (ibis.coalesce(rows.ENT_MOD == "0", False) | ibis.coalesce(rows.SOR_MOD == "0", False))
    kept = ledger.sift(
        rows,
        "acute stays (MCO)",
        _chaining_faults(rows, RETURNS, LATER_RETURNS)
        | {
            "ungroupable (GHM 90)": rows.GRG_GHM.startswith("90"),
            "service between hospitals (SEJ_TYP B, mode 0)": inter,
            "hospital that reports twice": rows.ETA_NUM.isin(twice)
            & (rows.stay.substr(0, 4).cast("int32") <= LAST_YEAR_REPORTED_TWICE)
            if twice
            else ibis.literal(False),
        }
        | _span_faults(rows, tables),
    )
    return kept.select(
        "stay",
        "person",
        "entry",
        "exit",
        ghm=kept.GRG_GHM,
        dgn_pal=_icd(kept.DGN_PAL),
        dgn_rel=_icd(kept.DGN_REL),
        sor_mod=kept.SOR_MOD,
        ent_prv=kept.ENT_PRV,
        source=ibis.literal("MCO"),
    )


def read_home_stays(tables: SndsTables, people: SndsPeople, ledger: Ledger) -> ir.Table:
    """Stays at home under a hospital (HAD): the same columns, one row a sub-sequence of a stay."""
    keys = ("ETA_NUM_EPMSI", "RHAD_NUM")
    chain = tables.yearly("T_HADaaC", *keys)
    joined = chain.join(tables.yearly("T_HADaaB", *keys).drop(*keys), "stay")
    joined = joined.mutate(entry=joined.EXE_SOI_DTD, exit=joined.EXE_SOI_DTF)
    rows = _with_person(joined, people)
    faults = _chaining_faults(rows, RETURNS, LATER_RETURNS) | _span_faults(rows, tables)
    kept = ledger.sift(rows, "stays at home (HAD)", faults)
    return kept.select(
        "stay",
        "person",
        "entry",
        "exit",
        ghm=ibis.null("string"),
        dgn_pal=_icd(kept.DGN_PAL),
        dgn_rel=ibis.null("string"),
        sor_mod=kept.SOR_MOD,
        ent_prv=ibis.null("string"),
        source=ibis.literal("HAD"),
    ).distinct()


def read_outpatient(tables: SndsTables, people: SndsPeople, ledger: Ledger) -> ir.Table:
    """Visits to a public hospital without a stay: stay, person, entry, exit."""
    rows = tables.yearly("T_MCOaaCSTC", "ETA_NUM", "SEQ_NUM")
    rows = _with_person(rows.mutate(entry=rows.EXE_SOI_DTD, exit=rows.EXE_SOI_DTF), people)
    faults = _chaining_faults(rows, VISIT_RETURNS, ()) | _span_faults(rows, tables)
    kept = ledger.sift(rows, "outpatient visits (MCO)", faults)
    return kept.select("stay", "person", "entry", "exit")


def _with_person(stays: ir.Table, people: SndsPeople) -> ir.Table:
    alone = people.pseudonyms.rename(own_psa="psa")
    return stays.left_join(alone, alone.own_psa == stays.NIR_ANO_17)


def _chaining_faults(
    rows: ir.Table, always: Sequence[str], later: Sequence[str]
) -> dict[str, ir.BooleanValue]:
    """A return code that is missing is no proof of a valid link, but for those of later years."""
    needed = [ibis.coalesce(rows[name] != "0", True) for name in always]
    added = [ibis.coalesce(rows[name] != "0", False) for name in later]
    return {
        "chaining not valid (return codes)": reduce(or_, [*needed, *added]),
        "dummy NIR_ANO_17": ibis.coalesce(rows.NIR_ANO_17.isin(DUMMY_NIR), True),
    }


def _span_faults(rows: ir.Table, tables: SndsTables) -> dict[str, ir.BooleanValue]:
    settings = tables.settings
    outside = ~rows.entry.between(settings.first_day, settings.last_day)
    return {
        "person not kept": rows.person.isnull(),
        "entry outside the span": ibis.coalesce(outside, True),
    }


def _icd(code: ir.StringValue) -> ir.StringValue:
    """ICD-10 as SNDS writes it: capitals, no dot (a few deliveries keep one)."""
    return code.upper().re_replace("[. ]", "")


def stay_diagnoses(tables: SndsTables, stays: ir.Table, home: ir.Table | None) -> ir.Table:
    """Diagnoses of stays: person, code, start, end, source; main, related, associated, by unit."""
    parts = [_of_stay(stays, "dgn_pal"), _of_stay(stays, "dgn_rel")]
    parts.append(_joined(tables.yearly("T_MCOaaD", "ETA_NUM", "RSA_NUM"), stays, "ASS_DGN"))
    units = tables.yearly("T_MCOaaUM", "ETA_NUM", "RSA_NUM")
    parts += [_joined(units, stays, name, "UM.") for name in ("DGN_PAL", "DGN_REL")]
    if home is not None:
        parts.append(_of_stay(home, "dgn_pal"))
        one = home.select("stay", "person", "entry", "exit", "source").distinct()
        parts.append(
            _joined(tables.yearly("T_HADaaD", "ETA_NUM_EPMSI", "RHAD_NUM"), one, "DGN_ASS")
        )
    return reduce(lambda above, below: above.union(below), parts)


def _of_stay(stays: ir.Table, column: str) -> ir.Table:
    named = stays.filter(stays[column].notnull())
    return named.select(
        "person",
        code=named[column],
        start=named.entry,
        end=named.exit,
        source=named.source + ("." + column.upper()),
    )


def _joined(rows: ir.Table, stays: ir.Table, column: str, unit: str = "") -> ir.Table:
    named = rows.filter(rows[column].notnull()).select("stay", code=_icd(rows[column]))
    joined = named.join(stays.select("stay", "person", "entry", "exit", "source"), "stay")
    return joined.select(
        "person",
        "code",
        start=joined.entry,
        end=joined.exit,
        source=joined.source + ("." + unit + column),
    ).distinct()
