"""Who is a person in the SNDS: one `BEN_IDT_ANO`, and all the pseudonyms it was claimed under."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.sift import Ledger
from combo_dl.cohort.snds_tables import SndsTables

REAL_NIR = ("00", "03", "04")  # a real or a provisional number; the others are fictitious people
SEX = {1: "male", 2: "female"}


@dataclass(frozen=True)
class SndsPeople:
    """people: person, birth, sex, death, twin.  pseudonyms: psa, person, of those without a twin.
    twin_pseudonyms: psa, rank, person, where twins are kept (else None)."""

    people: ir.Table
    pseudonyms: ir.Table
    twin_pseudonyms: ir.Table | None


def read_people(tables: SndsTables, ledger: Ledger) -> SndsPeople:
    """People of IR_BEN_R and its archive; fictitious numbers dropped, twins dropped or flagged."""
    rows = tables.read("IR_BEN_R")
    if tables.present("IR_BEN_R_ARC"):
        rows = rows.union(tables.read("IR_BEN_R_ARC"))
    derived = rows.BEN_NIR_PSA + rows.BEN_RNG_GEM.cast("string")
    rows = rows.select(
        psa=rows.BEN_NIR_PSA,
        rank=rows.BEN_RNG_GEM,
        person=ibis.coalesce(rows.BEN_IDT_ANO, rows.BEN_NIR_ANO, derived),
        nir=rows.BEN_CDI_NIR.lpad(2, "0"),
        year=rows.BEN_NAI_ANN,
        month=rows.BEN_NAI_MOI,
        sex=rows.BEN_SEX_COD,
        death=rows.BEN_DCD_DTE,
    )
    rows = ledger.sift(
        rows,
        "people",
        {
            "no pseudonym": rows.psa.isnull(),
            "fictitious number (BEN_CDI_NIR)": ~rows.nir.isin(REAL_NIR),
            "no year of birth": rows.year.isnull(),
        },
        unit="rows",
    )
    several = rows.group_by("psa").aggregate(n=rows.person.nunique())
    shared = several.filter(several.n > 1).select("psa")
    rows = rows.left_join(shared.rename(shared_psa="psa"), rows.psa == shared.psa)
    rows = ledger.store(rows.mutate(is_shared=rows.shared_psa.notnull()).drop("shared_psa"))
    people = _one_a_person(rows)
    exclude = tables.settings.twins == "exclude"
    people = ledger.sift(
        people,
        "people",
        {"twin: a pseudonym of several people": people.twin if exclude else ibis.literal(False)},
        unit="people",
    )
    own = rows.semi_join(people, "person")
    alone = own.filter(~own.is_shared).select("psa", "person").distinct()
    twins = own.filter(own.is_shared).select("psa", "rank", "person").distinct()
    return SndsPeople(people, ledger.store(alone), None if exclude else ledger.store(twins))


def _one_a_person(rows: ir.Table) -> ir.Table:
    month = ibis.coalesce(rows.month, 1).clip(lower=1, upper=12)
    dated = rows.mutate(birth=ibis.date(rows.year.cast("int32"), month.cast("int32"), 1))
    return dated.group_by("person").aggregate(
        birth=dated.birth.min(),
        sex=dated.sex.min(),
        death=dated.death.min(),
        twin=dated.is_shared.ifelse(1, 0).max() == 1,
    )


def people_events(people: ir.Table) -> list[ir.Table]:
    """The birth and the sex of everybody; a birth is known to its month and dated on the first."""
    birth = people.select(
        person="person", kind=ibis.literal("birth"), code=ibis.literal("birth"), start="birth"
    )
    known = people.filter(people.sex.isin(list(SEX)))
    sex = known.select(
        person="person",
        kind=ibis.literal("sex"),
        code=(known.sex == 1).ifelse(SEX[1], SEX[2]),
        start="birth",
    )
    return [part.mutate(source=ibis.literal("IR_BEN_R")) for part in (birth, sex)]
