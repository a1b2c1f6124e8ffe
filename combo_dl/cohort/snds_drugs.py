"""Which drug a presentation (CIP13) or a hospital unit (UCD) holds, by the table IR_PHA_R."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow as pa

from combo_dl.cohort.atc import DrugNames, both_generations, is_of
from combo_dl.cohort.drug_codes import ATC, NAME
from combo_dl.cohort.engine import small_table
from combo_dl.cohort.snds_tables import SndsTables

_SCHEMA = pa.schema(
    [
        ("system", pa.string()),
        ("product", pa.string()),
        ("code", pa.string()),
        ("vocabulary", pa.string()),
        ("atc_before_2022", pa.string()),
        ("atc_from_2022", pa.string()),
        ("antineoplastic", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class SndsProducts:
    """codes: system (CIP13 or UCD), product, code (a drug of the catalogue, vocabulary ``name``,
    else its ATC code, vocabulary ``ATC``), both generations of ATC, antineoplastic.
    ucd_known: every UCD (seven digits) that IR_PHA_R holds, of whatever drug."""

    codes: ir.Table
    ucd_known: ir.Table

    def of(self, system: str) -> ir.Table:
        """The products of one system."""
        return self.codes.filter(self.codes.system == system).drop("system")


def read_codes(tables: SndsTables) -> SndsProducts:
    """The products of the drugs that the settings ask for (``drug_prefixes``)."""
    rows = tables.read("IR_PHA_R").distinct().to_pyarrow().to_pylist()
    names, prefixes = DrugNames(), tables.settings.drug_prefixes
    found: set[tuple[str, str, str, str, str, str, bool]] = set()
    for row in rows:
        atc = row["PHA_ATC_C07"]
        if atc is None or not is_of(atc, prefixes):
            continue
        old, new = both_generations(atc)
        drugs = [(name, NAME) for name in names.of(atc)] or [(new, ATC)]
        products = [("CIP13", row["PHA_CIP_C13"]), ("UCD", row["PHA_CIP_UCD"])]
        found |= {
            (system, product, *drug, old, new, new.startswith("L01"))
            for system, product in products
            if product
            for drug in drugs
        }
    columns = list(zip(*sorted(found), strict=True)) or [()] * len(_SCHEMA)
    table = pa.table(dict(zip(_SCHEMA.names, columns, strict=True)), schema=_SCHEMA)
    ucd = sorted({row["PHA_CIP_UCD"] for row in rows if row["PHA_CIP_UCD"]})
    known = pa.table({"ucd": pa.array(ucd, pa.string())})
    engine = tables.source.engine
    return SndsProducts(small_table(engine, table), small_table(engine, known))
