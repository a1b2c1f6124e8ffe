"""PMSI: what a stay says of treatment, without the name of a drug; visits and deaths."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.drug_codes import NAME, UNNAMED_CHEMOTHERAPY
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.cohort.snds_stays import DIED
from combo_dl.cohort.snds_tables import SndsTables

SESSION = "chemotherapy session"
CHEMOTHERAPY_GHM = ("28Z07Z", "24Z02Z")
CHEMOTHERAPY_ICD = "Z511"
RADIOTHERAPY_GHM = (
    *("28Z08Z", "28Z09Z", "28Z10Z", "28Z11Z", "28Z12Z", "28Z13Z"),
    *("28Z18Z", "28Z19Z", "28Z20Z", "28Z21Z", "28Z22Z", "28Z23Z", "28Z24Z", "28Z25Z"),
)
RADIOTHERAPY_ICD = "Z510"
PALLIATIVE_GHM = ("23Z02Z",)
PALLIATIVE_ICD = "Z515"
SESSION_GHM = "28"
EMERGENCY = "5"  # ENT_PRV: came through the emergency ward


def treatment_procedures(stays: ir.Table) -> ir.Table:
    """Chemotherapy, radiotherapy and palliative care of stays, as procedures of the event table."""
    parts = []
    for code, ghm, icd in (
        (SESSION, CHEMOTHERAPY_GHM, CHEMOTHERAPY_ICD),
        ("radiotherapy", RADIOTHERAPY_GHM, RADIOTHERAPY_ICD),
        ("palliative care", PALLIATIVE_GHM, PALLIATIVE_ICD),
    ):
        found = stays.filter(_coded(stays, ghm, icd))
        parts.append(
            found.select("person", code=ibis.literal(code), start="entry", end="exit").distinct()
        )
    rows = parts[0].union(parts[1]).union(parts[2])
    return rows.mutate(
        kind=ibis.literal("procedure"),
        vocabulary=ibis.literal("combo_dl"),
        source=ibis.literal("MCO"),
    )


def unnamed_chemotherapy(
    stays: ir.Table, given: ir.Table | None, claimed: ir.Table | None
) -> ir.Table:
    """Sessions whose molecule the tariff hides, as doses of a class of drugs, so that they are
    never dropped: those in which no antineoplastic drug is named, nor claimed by hospital units
    that day."""
    chemo = stays.filter(_coded(stays, CHEMOTHERAPY_GHM, CHEMOTHERAPY_ICD))
    chemo = chemo.select("stay", "person", start="entry", end="exit")
    if given is not None:
        named = given.filter(given.antineoplastic).select("stay").distinct()
        chemo = chemo.anti_join(named, "stay")
    if claimed is not None:
        units = claimed.filter(claimed.antineoplastic & (claimed.unit == "unit"))
        chemo = chemo.anti_join(units.select("person", "start").distinct(), ["person", "start"])
    return _unnamed(chemo.select("person", "start", "end").distinct(), "MCO")


def _unnamed(days: ir.Table, source: str) -> ir.Table:
    return days.mutate(
        kind=ibis.literal("drug"),
        code=ibis.literal(UNNAMED_CHEMOTHERAPY),
        vocabulary=ibis.literal(NAME),
        source=ibis.literal(source),
    )


def _coded(stays: ir.Table, ghm: tuple[str, ...], icd: str) -> ir.BooleanValue:
    by_group = ibis.coalesce(stays.ghm.isin(ghm), False)
    return by_group | ibis.coalesce(stays.dgn_pal.startswith(icd), False)


def partner_chemotherapy(given: ir.Table, settings: SndsSettings) -> ir.Table:
    """Chemotherapy that the indication (COD_LES) of a named drug states beside it."""
    stated = given.filter(given.indication.isin(settings.partner_codes))
    return _unnamed(stated.select("person", "start").distinct(), "COD_LES")


def act_procedures(tables: SndsTables, stays: ir.Table) -> ir.Table:
    """CCAM acts of stays that begin with ``act_prefixes``, dated by days after entry."""
    acts = tables.yearly("T_MCOaaA", "ETA_NUM", "RSA_NUM")
    wanted = ibis.literal(False)
    for prefix in tables.settings.act_prefixes:
        wanted = wanted | acts.CDC_ACT.startswith(prefix)
    joined = acts.filter(wanted).join(stays.select("stay", "person", "entry"), "stay")
    delay = ibis.coalesce(joined.ENT_DAT_DEL, 0).as_interval("D")
    return joined.select(
        "person",
        kind=ibis.literal("procedure"),
        code=joined.CDC_ACT,
        vocabulary=ibis.literal("CCAM"),
        start=(joined.entry + delay).cast("date"),
        source=ibis.literal("T_MCOaaA"),
    ).distinct()


def visits(stays: ir.Table) -> ir.Table:
    """Stays as visits: session, emergency (admitted through the ward), inpatient, home."""
    code = ibis.cases(
        (stays.source == "HAD", "home"),
        (ibis.coalesce(stays.ghm.startswith(SESSION_GHM), False), "session"),
        (ibis.coalesce(stays.ent_prv == EMERGENCY, False), "emergency"),
        else_="inpatient",
    )
    rows = stays.mutate(code=code).select("person", "code", "source", start="entry", end="exit")
    return rows.distinct().mutate(kind=ibis.literal("visit"), vocabulary=ibis.literal("combo_dl"))


def hospital_deaths(stays: ir.Table) -> ir.Table:
    """person, death: the exit of a stay that ended in death."""
    died = stays.filter(stays.sor_mod == DIED)
    return died.select("person", death="exit")
