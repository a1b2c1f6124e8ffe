"""A delivery of the SNDS written by hand, a row at a time: what a row leaves out is as usual."""

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.snds_columns import SndsNames, official_columns, official_tables
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_settings import SndsSettings

SPAN = {"first_day": date(2017, 1, 1), "last_day": date(2019, 12, 31)}
DAY = date(2018, 3, 5)
# UCD of thirteen characters
NIVOLUMAB, BEVACIZUMAB, IPILIMUMAB = "0000009409469", "0000009261104", "0000009374050"
ERLOTINIB = "3400999000150"  # a CIP13 of the true form
PRODUCTS = (
    ("3400994094690", "9409469", "L01XC17"),
    ("3400992611040", "9261104", "L01FG01"),
    ("3400993740500", "9374050", "L01XC11"),
    (ERLOTINIB, "9900015", "L01XE03"),
)
RETURNS = (
    *("NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET"),
    *("COH_NAI_RET", "COH_SEX_RET"),
)
_TYPES = {
    **{"text": pa.string(), "key": pa.string(), "integer": pa.int64(), "number": pa.float64()},
    "date": pa.date32(),
}
_NUMBER = count(1)


def key(**changed):
    """The nine columns of a new claim."""
    plain = {"FLX_DIS_DTD": date(2018, 4, 1), "FLX_TRT_DTD": date(2018, 4, 9), "FLX_EMT_TYP": 1}
    plain |= {"FLX_EMT_NUM": 12, "FLX_EMT_ORD": 3, "ORG_CLE_NUM": "01C691230", "PRS_ORD_NUM": 1}
    return plain | {"DCT_ORD_NUM": next(_NUMBER), "REM_TYP_AFF": 0} | changed


def person(name, **more):
    plain = {"BEN_NIR_PSA": name, "BEN_RNG_GEM": 1, "BEN_NIR_ANO": name, "BEN_IDT_ANO": name}
    plain |= {"BEN_CDI_NIR": "00", "BEN_NAI_ANN": 1950, "BEN_NAI_MOI": 7, "BEN_SEX_COD": 2}
    return [("IR_BEN_R", plain | more)]


def claim(name, table, own, *, day=DAY, keys=None, **more):
    """A line of ER_PRS_F and of the table beside it."""
    same = keys or key()
    line = same | {"BEN_NIR_PSA": name, "BEN_RNG_GEM": 1, "EXE_SOI_DTD": day} | more
    return [("ER_PRS_F", line), (table, same | own)]


def boxes(name, number=1, **more):
    """Boxes of erlotinib that a pharmacy handed out."""
    own = {"PHA_PRS_C13": ERLOTINIB, "PHA_ACT_QSN": number}
    return claim(name, "ER_PHA_F", own, **more)


def units(name, number, share=None, top=0):
    """Units of nivolumab that a hospital's pharmacy handed out."""
    own = {"UCD_UCD_COD": NIVOLUMAB, "UCD_DLV_NBR": number, "UCD_FRC_COE": share}
    return claim(name, "ER_UCD_F", own | {"UCD_TOP_UCD": top})


def stay(name, *beside, entry=DAY, days=0, place="069000123", record=None, **more):
    """An acute stay: chaining, summary, and rows (table without ``T_MCOaa``, values) beside it."""
    leaves = entry + timedelta(days=days)
    own = {"ETA_NUM": place, "RSA_NUM": record or f"{next(_NUMBER):010d}"}
    dates = {"EXE_SOI_DTD": entry, "EXE_SOI_DTF": leaves}
    chain = own | {"NIR_ANO_17": name} | dates | dict.fromkeys(RETURNS, "0")
    chain |= {k: v for k, v in more.items() if k in official_columns("T_MCOaaC")}
    summary = own | {"DGN_PAL": "I10", "GRG_GHM": "04M091", "SEJ_TYP": "A", "ENT_MOD": "8"}
    summary |= {"SOR_MOD": "8", "SOR_ANN": leaves.year, "SOR_MOI": leaves.month}
    summary |= {k: v for k, v in more.items() if k in official_columns("T_MCOaaB")}
    rows = [("C", chain), ("B", summary), *((table, own | values) for table, values in beside)]
    return [(f"T_MCO{leaves:%y}{table}", values) for table, values in rows]


def med(number=1.0, ucd=NIVOLUMAB, **more):
    """A row of expensive drugs, beside a stay."""
    return ("MED", {"UCD_UCD_COD": ucd, "ADM_NBR": number, "NBR_SEJ": 1} | more)


def home(name, *beside, **chained):
    """A stay at home under a hospital, and rows (table without ``T_HAD18``, values) beside it."""
    own = {"ETA_NUM_EPMSI": "069000456", "RHAD_NUM": f"{next(_NUMBER):08d}"}
    chain = {"NIR_ANO_17": name, "EXE_SOI_DTD": DAY, "EXE_SOI_DTF": DAY}
    chain |= dict.fromkeys(RETURNS, "0") | chained
    rows = [("C", chain), ("B", {"DGN_PAL": "C61", "SOR_MOD": "8"}), *beside]
    return [(f"T_HAD18{table}", own | values) for table, values in rows]


def read(rows, *parts, texts=(), **settings):
    """Events (a DataFrame) and the reading of rows [(table, values), ...].

    parts: of the SNDS.  texts: tables whose columns all arrive as text, as archives may.
    """
    names, tables = SndsNames(), dict[str, tuple[str, list[dict]]]()
    for official in official_tables():
        years = (2017, 2018, 2019) if "aa" in official else (None,)
        tables |= {names.table(official, year): (official, []) for year in years}
    columns = ("PHA_CIP_C13", "PHA_CIP_UCD", "PHA_ATC_C07")
    rows = [*rows, *(("IR_PHA_R", dict(zip(columns, row, strict=True))) for row in PRODUCTS)]
    for name, values in rows:
        archived = name[: -len("_2016")]
        tables.setdefault(name, (archived, []))[1].append(values)
    with TemporaryDirectory() as folder:
        for name, (official, own) in tables.items():
            pq.write_table(_table(official, own, name in texts), Path(folder) / f"{name}.parquet")
        settings = SPAN | {"parts": parts} | settings
        found = read_snds(open_duckdb(), SndsSettings(**settings), folder=Path(folder))
        return found.events.to_pandas(), found


def _table(official, rows, as_text):
    kinds = {c: _TYPES[kind] for c, (kind, _) in official_columns(official).items()}
    unknown = {c for values in rows for c in values} - set(kinds)
    assert not unknown, (official, unknown)
    made = {c: pa.array([values.get(c) for values in rows], t) for c, t in kinds.items()}
    return pa.table({c: v.cast(pa.string()) if as_text else v for c, v in made.items()})


def facts(events, kind, *columns):
    """The rows of a kind as a sorted list of tuples; days as YYYY-MM-DD."""
    rows = events[events["kind"] == kind]
    rows = rows.assign(
        start=rows["start"].astype(str).str[:10], end=rows["end"].astype(str).str[:10]
    )
    return sorted(rows[list(columns)].itertuples(index=False, name=None), key=repr)
