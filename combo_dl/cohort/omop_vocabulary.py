"""The vocabulary of an OMOP CDM: codes as people write them to concepts, and names of drugs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib import resources

import ibis.expr.types as ir

from combo_dl.cohort.codes import Code, CodeList, bare
from combo_dl.core.drug_table import oncology_drugs

OMOP = "OMOP"  # vocabulary of events whose code is a concept id
SOURCE = "source"  # of those that are not mapped (concept 0), as the source writes them


@cache
def ingredients() -> Mapping[int, str]:
    """{concept id of an ingredient (RxNorm): drug} that the package knows; checked by the public
    phenotype libraries of OHDSI."""
    text = resources.files("combo_dl.cohort").joinpath("omop_ingredients.csv").read_text("utf-8")
    return {int(r["concept_id"]): r["drug"] for r in csv.DictReader(io.StringIO(text))}


class Vocabulary:
    """What a CDM ships of its vocabulary; each table may be absent or empty."""

    def __init__(self, tables: Mapping[str, ir.Table]) -> None:
        self.tables = {k: v for k, v in tables.items() if _filled(v)}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is missing, a line each."""
        if "concept_ancestor" in self.tables:
            return ()
        return (
            "concept_ancestor is absent or empty: codes stand for themselves and not for what lies "
            "below them; list every concept that counts, clinical drugs included",
        )

    @property
    def systems(self) -> frozenset[str]:
        """Code systems that lead to events: concepts, the source's own, those of ``concept``."""
        concept = self.tables.get("concept")
        if concept is None:
            return frozenset({OMOP, SOURCE})
        known = concept.select("vocabulary_id").distinct().to_pyarrow().to_pylist()
        return frozenset({OMOP, SOURCE} | {r["vocabulary_id"] for r in known if r["vocabulary_id"]})

    def expand(self, codes: CodeList) -> CodeList:
        """The codes, the concepts that they are in this CDM, and all below them."""
        ids = {int(c.code) for c in codes if c.vocabulary == OMOP and not c.below}
        ids |= self._concepts([c for c in codes if c.vocabulary not in (OMOP, SOURCE)])
        ids |= self.below(ids)
        found = [Code(vocabulary=OMOP, code=str(i)) for i in sorted(ids)]
        return tuple(dict.fromkeys([*codes, *found]))

    def below(self, ids: set[int]) -> set[int]:
        """The descendants of these concepts."""
        table = self.tables.get("concept_ancestor")
        if table is None or not ids:
            return set()
        own = table.filter(table.ancestor_concept_id.cast("int64").isin(sorted(ids)))
        return set(own.descendant_concept_id.cast("int64").as_table().to_pandas().iloc[:, 0])

    def _concepts(self, codes: list[Code]) -> set[int]:
        concept = self.tables.get("concept")
        if concept is None or not codes:
            return set()
        found: set[int] = set()
        plain = concept.concept_code.upper().replace(".", "").replace(" ", "")
        for code in codes:
            same = plain.startswith(bare(code.code)) if code.below else plain == bare(code.code)
            own = concept.filter((concept.vocabulary_id == code.vocabulary) & same)
            found |= set(own.concept_id.cast("int64").as_table().to_pandas().iloc[:, 0])
        return found | self._mapped(found)

    def _mapped(self, ids: set[int]) -> set[int]:
        table = self.tables.get("concept_relationship")
        if table is None or not ids:
            return set()
        own = table.filter(
            table.concept_id_1.cast("int64").isin(sorted(ids))
            & (table.relationship_id == "Maps to")
        )
        return set(own.concept_id_2.cast("int64").as_table().to_pandas().iloc[:, 0])

    def drugs(self) -> dict[tuple[str, str], str]:
        """{(OMOP, concept id): drug}: known ingredients, concepts whose name is a drug's, and all
        that lies below either."""
        known = dict(ingredients())
        concept = self.tables.get("concept")
        if concept is not None:
            rows = concept.filter(concept.vocabulary_id.isin(["RxNorm", "RxNorm Extension"]))
            frame = rows.select("concept_id", "concept_name").to_pandas()
            for number, name in frame.itertuples(index=False, name=None):
                drug = oncology_drugs().find(str(name))
                if drug:
                    known.setdefault(int(number), drug.name)
        made = {(OMOP, str(i)): name for i, name in known.items()}
        for i, name in known.items():
            for lower in self.below({i}):
                made.setdefault((OMOP, str(lower)), name)
        return made


def _filled(table: ir.Table) -> bool:
    return bool(table.limit(1).count().execute())
