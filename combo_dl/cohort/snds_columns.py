"""The tables and columns of SNDS that are read, their types, and the names a delivery gives them.

Facts of the dictionary of the SNDS. A name here is the official one; what a delivery calls it is
configuration (configs/snds_names), for project extractions rename identifiers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from combo_dl.core.errors import ConfigError

CLAIM_KEY = (
    "FLX_DIS_DTD",
    "FLX_TRT_DTD",
    "FLX_EMT_TYP",
    "FLX_EMT_NUM",
    "FLX_EMT_ORD",
    "ORG_CLE_NUM",
    "DCT_ORD_NUM",
    "PRS_ORD_NUM",
    "REM_TYP_AFF",
)
_CLAIM_KEY = (
    "FLX_DIS_DTD:date FLX_TRT_DTD:date FLX_EMT_TYP:integer FLX_EMT_NUM:integer "
    "FLX_EMT_ORD:integer ORG_CLE_NUM:text DCT_ORD_NUM:integer PRS_ORD_NUM:integer "
    "REM_TYP_AFF:integer "
)
_RETURNS = (
    "NIR_RET:text NAI_RET:text SEX_RET:text SEJ_RET:text FHO_RET:text PMS_RET:text "
    "DAT_RET:text COH_NAI_RET:text? COH_SEX_RET:text? "
)
_BEN = (
    "BEN_NIR_PSA:text BEN_RNG_GEM:integer BEN_NIR_ANO:text? BEN_IDT_ANO:text? BEN_CDI_NIR:text "
    "BEN_NAI_ANN:integer BEN_NAI_MOI:integer BEN_SEX_COD:integer BEN_DCD_DTE:date"
)
_HAD_MED = (
    "ETA_NUM_EPMSI:key RHAD_NUM:key UCD_UCD_COD:text ADM_NBR:number ADM_ANN:integer "
    "ADM_MOIS:integer DAT_DELAI:integer SEJ_NBR:integer"
)
# NAME:kind, with ? where a delivery may lack the column (then it is NULL throughout).
_TABLES = {
    "IR_BEN_R": _BEN,
    "IR_BEN_R_ARC": _BEN,
    "IR_IMB_R": "BEN_NIR_PSA:text IMB_ALD_DTD:date IMB_ETM_NAT:integer MED_MTF_COD:text",
    "IR_PHA_R": "PHA_CIP_C13:text PHA_CIP_UCD:key PHA_ATC_C07:text",
    "KI_CCI_R": "BEN_IDT_ANO:text BEN_DCD_DTE:date DCD_CIM_COD:text",
    "ER_PRS_F": _CLAIM_KEY
    + "BEN_NIR_PSA:text BEN_RNG_GEM:integer EXE_SOI_DTD:date DPN_QLF:integer PRS_DPN_QLP:integer "
    "CPL_MAJ_TOP:integer",
    "ER_PHA_F": _CLAIM_KEY + "PHA_PRS_C13:text PHA_ACT_QSN:number",
    "ER_UCD_F": _CLAIM_KEY
    + "UCD_UCD_COD:text UCD_DLV_NBR:number UCD_FRC_COE:number UCD_TOP_UCD:integer",
    "ER_ETE_F": _CLAIM_KEY + "ETE_IND_TAA:integer",
    "T_MCOaaC": "ETA_NUM:key RSA_NUM:key NIR_ANO_17:text EXE_SOI_DTD:date? EXE_SOI_DTF:date? "
    "ENT_DAT:date? SOR_DAT:date? " + _RETURNS,
    "T_MCOaaB": "ETA_NUM:key RSA_NUM:key DGN_PAL:text DGN_REL:text GRG_GHM:text SEJ_TYP:text "
    "ENT_MOD:text ENT_PRV:text? SOR_MOD:text SOR_ANN:integer SOR_MOI:integer",
    "T_MCOaaD": "ETA_NUM:key RSA_NUM:key ASS_DGN:text",
    "T_MCOaaUM": "ETA_NUM:key RSA_NUM:key DGN_PAL:text DGN_REL:text",
    "T_MCOaaA": "ETA_NUM:key RSA_NUM:key CDC_ACT:text ENT_DAT_DEL:integer",
    "T_MCOaaMED": "ETA_NUM:key RSA_NUM:key UCD_UCD_COD:text ADM_NBR:number DAT_ADM_ANN:integer? "
    "ANN:integer ADM_MOIS:integer DELAI:integer NBR_SEJ:integer COD_LES:text?",
    "T_MCOaaMEDATU": "ETA_NUM:key RSA_NUM:key UCD_UCD_COD:text ADM_NBR:number ADM_ANN:integer "
    "ADM_MOIS:integer DAT_DELAI:integer SEJ_NBR:integer",
    "T_MCOaaFH": "ETA_NUM:key RSA_NUM:key UCD_UCD_COD:text QUA_COD:number COE_TAU:number? "
    "DEL_DAT_ENT:integer COD_LES:text?",
    "T_MCOaaCSTC": "ETA_NUM:key SEQ_NUM:key NIR_ANO_17:text EXE_SOI_DTD:date EXE_SOI_DTF:date "
    "NIR_RET:text NAI_RET:text SEX_RET:text IAS_RET:text ENT_DAT_RET:text",
    "T_MCOaaFHSTC": "ETA_NUM:key SEQ_NUM:key UCD_UCD_COD:text QUA:number FRACT_COE:number "
    "DEL_DAT_ENT:integer",
    "T_HADaaC": "ETA_NUM_EPMSI:key RHAD_NUM:key NIR_ANO_17:text EXE_SOI_DTD:date EXE_SOI_DTF:date "
    + _RETURNS,
    "T_HADaaB": "ETA_NUM_EPMSI:key RHAD_NUM:key DGN_PAL:text SOR_MOD:text",
    "T_HADaaD": "ETA_NUM_EPMSI:key RHAD_NUM:key DGN_ASS:text",
    "T_HADaaMED": _HAD_MED + " COD_LES:text?",
    "T_HADaaMEDATU": _HAD_MED,
    "T_HADaaMEDCHL": _HAD_MED,
}
# A table that may be absent, but then of every year.
OPTIONAL = (
    "IR_BEN_R_ARC",
    "ER_ETE_F",
    "KI_CCI_R",
    "T_MCOaaA",
    "T_MCOaaMEDATU",
    "T_MCOaaFH",
    "T_MCOaaCSTC",
    "T_MCOaaFHSTC",
    "T_HADaaMEDATU",
    "T_HADaaMEDCHL",
)
# The first year of a table that is younger than its fellows: before it, none is missed.
CREATED = {
    "T_MCOaaMEDATU": 2012,
    "T_MCOaaFHSTC": 2009,
    "T_HADaaD": 2010,
    "T_HADaaMED": 2009,
    "T_HADaaMEDATU": 2012,
    "T_HADaaMEDCHL": 2016,
}


def official_tables() -> tuple[str, ...]:
    """The official names of the tables that can be read; ``aa`` stands for a year of two digits."""
    return tuple(_TABLES)


def official_columns(table: str) -> dict[str, tuple[str, bool]]:
    """Of one table: the columns read, each with its kind and whether a delivery may lack it."""
    parts = [part.split(":") for part in _TABLES[table].split()]
    return {name: (kind.rstrip("?"), kind.endswith("?")) for name, kind in parts}


@dataclass(frozen=True, kw_only=True)
class SndsNames:
    """What a delivery calls things. A column is renamed everywhere, or (``TABLE.COLUMN``) in one
    table. ``archive`` is how the table of an old year of claims is called."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    archive: str = "{table}_{year}"

    def validate(self) -> SndsNames:
        """Itself. Raises ConfigError when a name is renamed that is never read."""
        known = {c for t in _TABLES for c in official_columns(t)}
        known |= {f"{t}.{c}" for t in _TABLES for c in official_columns(t)}
        for name in self.tables:
            if name not in _TABLES:
                raise ConfigError(f"names.tables renames {name!r}; no such table of SNDS is read")
        for name in self.columns:
            if name not in known:
                raise ConfigError(f"names.columns renames {name!r}; no such column is read")
        return self

    def table(self, official: str, year: int | None = None) -> str:
        """The delivered name of a table, of one year where tables go by year."""
        name = self.tables.get(official, official)
        return name if year is None else name.replace("aa", f"{year % 100:02d}", 1)

    def column(self, table: str, official: str) -> str:
        """The delivered name of a column."""
        return self.columns.get(f"{table}.{official}", self.columns.get(official, official))
