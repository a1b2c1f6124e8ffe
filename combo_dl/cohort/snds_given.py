"""PMSI: expensive drugs given in hospital, at home and in outpatient visits, each row dated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.sift import Ledger
from combo_dl.cohort.snds_drugs import SndsProducts
from combo_dl.cohort.snds_tables import SndsTables

_COLUMNS = ("stay", "ucd", "quantity", "n_stays", "year", "month", "delay", "indication", "source")


def given_drugs(
    tables: SndsTables,
    stays: Mapping[str, ir.Table],
    codes: SndsProducts,
    claimed: ir.Table | None,
    ledger: Ledger,
) -> ir.Table:
    """Drugs of hospital tables: stay, person, code, vocabulary, antineoplastic, value (units),
    start, indication, source.

    Args:
        stays: the believed stays of ``MCO``, ``HAD`` and ``ACE`` (those that are read).
        claimed: drugs of DCIR; the private rows among them make a row of FH the second report.
    """
    parts = []
    if "MCO" in stays:
        parts.append(_dated(_acute(tables), stays["MCO"]))
        if tables.present("T_MCOaaFH"):
            parts.append(_dated(_private(tables), stays["MCO"]))
    if "HAD" in stays:
        parts.append(_dated(_home(tables), stays["HAD"]))
    if "ACE" in stays:
        parts.append(_dated(_outpatient(tables), stays["ACE"]))
    rows = reduce(lambda above, below: above.union(below), parts)
    known = codes.ucd_known.rename(known="ucd")
    rows = rows.left_join(known, rows.ucd == known.known)
    rows = ledger.sift(
        rows,
        "drugs given in hospital",
        {
            "quantity missing, zero or negative": ibis.coalesce(rows.quantity <= 0, True),
            "unknown UCD": rows.known.isnull(),
        },
    ).drop("known")
    of = codes.of("UCD")
    named = rows.join(of, rows.ucd == of.product)
    named = _told_twice(named, claimed)
    faults = {
        "outside the listing period": _unlisted(named, tables.settings.listing),
        "early-access row of a drug also in MED": named.in_med,
        "private row also in ER_UCD_F": named.in_claims,
    }
    kept = ledger.sift(named, "drugs given in hospital, of the drugs asked for", faults)
    return kept.select(
        "stay",
        "person",
        "code",
        "vocabulary",
        "antineoplastic",
        "start",
        "indication",
        "source",
        value=kept.quantity,
    )


def _acute(tables: SndsTables) -> ir.Table:
    rows = tables.yearly("T_MCOaaMED", "ETA_NUM", "RSA_NUM")
    parts = [
        _row(
            rows,
            quantity=rows.ADM_NBR,
            n_stays=rows.NBR_SEJ,
            year=ibis.coalesce(rows.DAT_ADM_ANN, rows.ANN),
            delay=rows.DELAI,
            indication=rows.COD_LES,
            source="T_MCOaaMED",
        )
    ]
    if tables.present("T_MCOaaMEDATU"):
        rows = tables.yearly("T_MCOaaMEDATU", "ETA_NUM", "RSA_NUM")
        parts.append(_delivered(rows, "T_MCOaaMEDATU"))
    return reduce(lambda above, below: above.union(below), parts)


def _home(tables: SndsTables) -> ir.Table:
    keys = ("ETA_NUM_EPMSI", "RHAD_NUM")
    names = [n for n in ("T_HADaaMED", "T_HADaaMEDATU", "T_HADaaMEDCHL") if tables.present(n)]
    parts = [_delivered(tables.yearly(name, *keys), name) for name in names]
    return reduce(lambda above, below: above.union(below), parts)


def _delivered(rows: ir.Table, source: str) -> ir.Table:
    has = "COD_LES" in rows.columns
    return _row(
        rows,
        quantity=rows.ADM_NBR,
        n_stays=rows.SEJ_NBR,
        year=rows.ADM_ANN,
        delay=rows.DAT_DELAI,
        indication=rows.COD_LES if has else ibis.null("string"),
        source=source,
    )


def _private(tables: SndsTables) -> ir.Table:
    rows = tables.yearly("T_MCOaaFH", "ETA_NUM", "RSA_NUM")
    return _undated(rows, rows.QUA_COD, rows.COE_TAU, rows.COD_LES, "T_MCOaaFH")


def _outpatient(tables: SndsTables) -> ir.Table:
    rows = tables.yearly("T_MCOaaFHSTC", "ETA_NUM", "SEQ_NUM")
    return _undated(rows, rows.QUA, rows.FRACT_COE, ibis.null("string"), "T_MCOaaFHSTC")


def _undated(
    rows: ir.Table, units: ir.Value, share: ir.Value, indication: ir.Value, source: str
) -> ir.Table:
    """Rows that state no month: the days after entry are all there is."""
    whole = ibis.coalesce((share > 0).ifelse(share, 1.0), 1.0)
    return _row(
        rows.mutate(ADM_MOIS=ibis.null("int64")),
        quantity=units * whole,
        n_stays=ibis.literal(1),
        year=ibis.null("int64"),
        delay=rows.DEL_DAT_ENT,
        indication=indication,
        source=source,
    )


def _row(rows: ir.Table, *, source: str, **values: ir.Value) -> ir.Table:
    # One administrative stay of n sessions repeats the whole quantity on each of them.
    n_stays = ibis.coalesce(values["n_stays"], 1).cast("int64")
    shared = values["quantity"].cast("float64") / (n_stays > 1).ifelse(n_stays, 1).cast("float64")
    return rows.select(
        stay=rows.stay,
        ucd=rows.UCD_UCD_COD.re_replace("^0+", ""),
        quantity=shared,
        n_stays=n_stays,
        year=values["year"].cast("int64"),
        month=rows.ADM_MOIS.cast("int64"),
        delay=values["delay"].cast("int64"),
        indication=values["indication"].cast("string"),
        source=ibis.literal(source),
    ).select(*_COLUMNS)


def _dated(rows: ir.Table, stays: ir.Table) -> ir.Table:
    """Rows of believed stays with the day: entry + delay where that lies in the month stated,
    else the first day of that month in the stay, else the day of entry."""
    of = stays.select("stay", "person", "entry", "exit").distinct()
    joined = rows.join(of, "stay")
    counted = joined.entry + ibis.coalesce(joined.delay, 0).as_interval("D")
    fits = (counted.month() == joined.month) & (counted.year() == joined.year)
    counts = joined.delay.notnull() & (joined.delay >= 0)
    believed = counts & ibis.coalesce(fits, True)
    stated = joined.month.between(1, 12) & joined.year.notnull()
    month = ibis.coalesce(stated, False).ifelse(joined.month, 1).cast("int32")
    year = ibis.coalesce(joined.year, 1900).cast("int32")
    opening = ibis.date(year, month, 1)
    inside = ibis.coalesce(stated, False) & (opening > joined.entry) & (opening <= joined.exit)
    day = believed.ifelse(counted.cast("date"), inside.ifelse(opening, joined.entry))
    return joined.mutate(start=day)


def _told_twice(rows: ir.Table, claimed: ir.Table | None) -> ir.Table:
    """Flags: an early-access row whose stay, UCD and month are in MED too; a private row of FH
    whose person, drug and day are in the claims too."""
    key = ["stay", "ucd", "year", "month"]
    early = rows.source.endswith("MEDATU")
    first = rows.filter(~early & ~rows.source.endswith("FH")).select(*key).distinct()
    first = first.rename({f"{name}_first": name for name in key})
    matches = [rows[name] == first[f"{name}_first"] for name in key]
    rows = rows.left_join(first, matches)
    rows = rows.mutate(in_med=rows.source.endswith("MEDATU") & rows.stay_first.notnull())
    rows = rows.drop([f"{name}_first" for name in key])
    if claimed is None:
        return rows.mutate(in_claims=ibis.literal(False))
    key = ["person", "code", "start"]
    seen = claimed.filter(claimed.private == 1).select(*key).distinct()
    seen = seen.rename({f"{name}_seen": name for name in key})
    rows = rows.left_join(seen, [rows[name] == seen[f"{name}_seen"] for name in key])
    rows = rows.mutate(in_claims=rows.source.endswith("FH") & rows.person_seen.notnull())
    return rows.drop([f"{name}_seen" for name in key])


def _unlisted(rows: ir.Table, listing: Mapping[str, tuple[date, date]]) -> ir.BooleanValue:
    outside: ir.BooleanValue = ibis.literal(False)
    for drug, (first, last) in listing.items():
        outside = outside | ((rows.code == drug) & ~rows.start.between(first, last))
    return outside
