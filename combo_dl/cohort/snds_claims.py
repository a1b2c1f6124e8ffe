"""DCIR: drugs claimed outside the stay, in boxes (ER_PHA_F) and in hospital units (ER_UCD_F)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.sift import Ledger
from combo_dl.cohort.snds_columns import CLAIM_KEY
from combo_dl.cohort.snds_drugs import SndsProducts
from combo_dl.cohort.snds_people import SndsPeople
from combo_dl.cohort.snds_tables import SndsTables

COPIES = (71, 72)  # a line sent again for information only
PRIVATE_UNITS = 1  # UCD_TOP_UCD: on the list of expensive drugs of a private clinic


def claimed_drugs(
    tables: SndsTables, people: SndsPeople, codes: SndsProducts, ledger: Ledger
) -> ir.Table:
    """Drugs dispensed: person, code, vocabulary, antineoplastic, value, unit, start, private,
    source; one row a person, product and day, its lines and their corrections summed.
    """
    lines = _pharmacy(tables, codes).union(_units(tables, codes, ledger))
    claims = tables.read("ER_PRS_F")
    joined = lines.join(claims, [*CLAIM_KEY])
    if tables.present("ER_ETE_F"):
        stays = tables.read("ER_ETE_F")
        public = stays.filter(stays.ETE_IND_TAA == 1).select(*CLAIM_KEY).distinct()
        joined = joined.left_join(public, [*CLAIM_KEY])
        told_twice = joined[f"{CLAIM_KEY[-1]}_right"].notnull()
    else:
        told_twice = ibis.literal(False)
    joined = joined.mutate(in_pmsi=told_twice)
    named = _named(joined, people)
    settings = tables.settings
    kept = ledger.sift(
        named,
        "claims of drugs",
        {
            "flow month not read": ~named.FLX_DIS_DTD.between(
                settings.first_flow, settings.last_flow
            ),
            "care date outside the span": ~named.start.between(
                settings.first_day, settings.last_day
            ),
            "copy for information (DPN_QLF, PRS_DPN_QLP)": ibis.coalesce(
                named.DPN_QLF.isin(COPIES), False
            )
            | ibis.coalesce(COPIES[0] == named.PRS_DPN_QLP, False),
            "supplement (CPL_MAJ_TOP)": named.CPL_MAJ_TOP >= 2,
            "public stay, already in PMSI (ETE_IND_TAA)": named.in_pmsi,
            "person not kept": named.person.isnull(),
            "no quantity": named.value.isnull(),
        },
    )
    summed = kept.group_by(
        ["person", "product", "code", "vocabulary", "antineoplastic", "unit", "start", "source"]
    ).aggregate(value=kept.value.sum(), private=kept.private.max())
    return ledger.sift(
        summed,
        "claims of drugs, summed by person, product and day",
        {"corrections leave nothing": summed.value <= 0},
        unit="dispensings",
    )


def _pharmacy(tables: SndsTables, codes: SndsProducts) -> ir.Table:
    boxes = tables.read("ER_PHA_F")
    of = codes.of("CIP13")
    joined = boxes.join(of, of.product == boxes.PHA_PRS_C13)
    return _lines(joined, joined.PHA_ACT_QSN, "box", ibis.literal(0), "ER_PHA_F")


def _units(tables: SndsTables, codes: SndsProducts, ledger: Ledger) -> ir.Table:
    units = tables.read("ER_UCD_F")
    units = units.mutate(ucd=units.UCD_UCD_COD.re_replace("^0+", ""))
    known = codes.ucd_known.rename(known="ucd")
    units = units.left_join(known, units.ucd == known.known)
    units = ledger.sift(units, "claims of hospital units", {"unknown UCD": units.known.isnull()})
    of = codes.of("UCD")
    joined = units.join(of, units.ucd == of.product)
    # The fraction of a unit that was given; 0 where the line states none.
    share = (joined.UCD_FRC_COE > 0).ifelse(joined.UCD_FRC_COE, 1.0)
    quantity = joined.UCD_DLV_NBR * ibis.coalesce(share, 1.0)
    private = (joined.UCD_TOP_UCD == PRIVATE_UNITS).ifelse(1, 0)
    return _lines(joined, quantity, "unit", private, "ER_UCD_F")


def _lines(
    joined: ir.Table, quantity: ir.Value, unit: str, private: ir.Value, source: str
) -> ir.Table:
    return joined.select(
        *CLAIM_KEY,
        "product",
        "code",
        "vocabulary",
        "antineoplastic",
        value=quantity.cast("float64"),
        unit=ibis.literal(unit),
        private=ibis.coalesce(private, 0).cast("int64"),
        source=ibis.literal(source),
    )


def _named(claims: ir.Table, people: SndsPeople) -> ir.Table:
    """Claims with their person: by the pseudonym, and by its rank too where twins share one."""
    alone = people.pseudonyms.rename(own_psa="psa", own="person")
    claims = claims.left_join(alone, alone.own_psa == claims.BEN_NIR_PSA)
    claims = claims.rename(start="EXE_SOI_DTD")
    if people.twin_pseudonyms is None:
        return claims.mutate(person=claims.own)
    twins = people.twin_pseudonyms.rename(twin_psa="psa", twin_rank="rank", twin="person")
    claims = claims.left_join(
        twins, [twins.twin_psa == claims.BEN_NIR_PSA, twins.twin_rank == claims.BEN_RNG_GEM]
    )
    return claims.mutate(person=ibis.coalesce(claims.own, claims.twin))


def last_contacts(tables: SndsTables, people: SndsPeople) -> ir.Table:
    """person, contact: the day of the last claim of any kind inside the span."""
    claims = _named(tables.read("ER_PRS_F"), people)
    settings = tables.settings
    inside = claims.filter(
        claims.person.notnull(), claims.start.between(settings.first_day, settings.last_day)
    )
    return inside.group_by("person").aggregate(contact=inside.start.max())
