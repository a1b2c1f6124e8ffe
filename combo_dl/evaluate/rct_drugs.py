"""Drugs of arms as a comparison sees them: classes, and the parts that were given alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from combo_dl.core.drug_table import DRUGS_TABLE, oncology_drugs, parse_drugs
from combo_dl.core.study import Study

if TYPE_CHECKING:
    from combo_dl.evaluate.rct_comparisons import Comparison

# Drugs of these classes are given together as one treatment, which no trial takes apart.
BACKBONE = frozenset(
    {
        "alkylating_agent",
        "alkylating_antibiotic",
        "anthracycline",
        "antimetabolite",
        "chemotherapy",
        "folate_modulator",
        "glucocorticoid",
        "microtubule_inhibitor",
        "platinum",
        "taxane",
        "thymidine_phosphorylase_inhibitor",
        "topoisomerase_i_inhibitor",
        "topoisomerase_ii_inhibitor",
        "vinca_alkaloid",
    }
)


@dataclass(frozen=True, kw_only=True)
class DrugClasses:
    """of: {drug: its class, or its own name where it has none}."""

    of: Mapping[str, str]

    @classmethod
    def of_study(cls, study: Study) -> "DrugClasses":
        """Classes of the catalogue, and of the study's own drugs."""
        table = oncology_drugs()
        if DRUGS_TABLE in study.tables:
            frame = study.tables[DRUGS_TABLE].to_pandas()
            table = table.extended(parse_drugs(frame.to_csv(index=False)))
        found = {name: table.find(name) for name in study.drugs.names}
        return cls(of={n: (d.drug_class if d else "") or n for n, d in found.items()})

    def compared(self, comparison: "Comparison") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Classes of the experimental arm alone, and of the control alone."""
        own, other = (
            {self.of[d] for d in arm.drugs} for arm in (comparison.experimental, comparison.control)
        )
        return tuple(sorted(own - other)), tuple(sorted(other - own))

    def parts(self, drugs: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The drugs of an arm in parts: those of BACKBONE are one, every other drug is its own."""
        backbone = tuple(d for d in drugs if self.of[d] in BACKBONE)
        others = [(d,) for d in drugs if self.of[d] not in BACKBONE]
        return [*([backbone] if backbone else []), *others]
