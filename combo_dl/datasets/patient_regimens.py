"""Drugs of patients: classes that a source gives in place of a drug, and regimens as written."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import pyarrow as pa

from combo_dl.core.drug_table import Drug, oncology_drugs
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint, normalise
from combo_dl.core.regimens import UNNAMED, facts_of

# A class of drugs is a drug of its own: it shares its target genes with the drugs of the class, so
# that what was learned of nivolumab says something of it, and is none of them.
PD1_OR_PDL1 = Drug(
    name="PD-1 or PD-L1 inhibitor",
    modality="antibody",
    targets=("PDCD1", "CD274"),
    drug_class="pd1_or_pdl1_inhibitor",
)
PD1 = Drug(
    name="PD-1 inhibitor", modality="antibody", targets=("PDCD1",), drug_class="pd1_inhibitor"
)
CTLA4 = Drug(
    name="CTLA-4 inhibitor", modality="antibody", targets=("CTLA4",), drug_class="ctla4_inhibitor"
)
LAG3 = Drug(
    name="LAG-3 inhibitor", modality="antibody", targets=("LAG3",), drug_class="lag3_inhibitor"
)
# Of which target is not said, so it is given none.
ANY_INHIBITOR = Drug(
    name="immune checkpoint inhibitor", modality="antibody", drug_class="checkpoint_inhibitor"
)
LIRILUMAB = Drug(
    name="lirilumab",
    modality="antibody",
    targets=("KIR2DL1", "KIR2DL2", "KIR2DL3"),
    drug_class="kir_inhibitor",
)
URELUMAB = Drug(
    name="urelumab", modality="antibody", targets=("TNFRSF9",), drug_class="4_1bb_agonist"
)
# What records of treatment say where they name no drug: a class with the targets of its members, or
# a kind of treatment of which nothing more is known.
HORMONAL = Drug(name="hormone therapy, unnamed", modality="other", drug_class="hormone_therapy")
TARGETED = Drug(name="targeted therapy, unnamed", modality="other", drug_class="targeted_therapy")
OTHER = Drug(name="cancer drug, unnamed", modality="other", drug_class="unnamed")


def _class(name: str, drug_class: str, *targets: str, modality: str = "small_molecule") -> Drug:
    """A class under the name that the catalogue has for it, so that its members share its token."""
    return Drug(name=name, modality=modality, targets=targets, drug_class=drug_class)


VEGF = _class("VEGF inhibitor", "vegf_antibody", "VEGFA", modality="antibody")
HER2 = _class("HER2 inhibitor", "her2_antibody", "ERBB2", modality="antibody")
EGFR = _class("EGFR antibody", "egfr_antibody", "EGFR", modality="antibody")
BRAF = _class("BRAF inhibitor", "braf_inhibitor", "BRAF")
CDK = _class("CDK4/6 inhibitor", "cdk4_6_inhibitor", "CDK4", "CDK6")
PARP = _class("PARP inhibitor", "parp_inhibitor", "PARP1", "PARP2")
PI3K = _class("PI3K inhibitor", "pi3k_inhibitor", "PIK3CA")
MTOR = _class("mTOR inhibitor", "mtor_inhibitor", "MTOR")
CYP17 = _class("CYP17A1 inhibitor", "cyp17_inhibitor", "CYP17A1")
GNRH = _class("GnRH agonist", "gnrh_agonist", "GNRHR", modality="protein")
ANDROGEN = _class("androgen receptor inhibitor", "androgen_receptor_inhibitor", "AR")
_OF_RECORDS = (
    *(UNNAMED, HORMONAL, TARGETED, OTHER, VEGF, HER2, EGFR, BRAF, CDK, PARP, PI3K, MTOR),
    *(CYP17, GNRH, ANDROGEN),
)
OWN = (PD1_OR_PDL1, PD1, CTLA4, LAG3, ANY_INHIBITOR, LIRILUMAB, URELUMAB, *_OF_RECORDS)
TABLE = oncology_drugs().extended(OWN)

# Classes as tables of checkpoint inhibitors write them.
CLASSES: Mapping[str, tuple[str, ...]] = {
    "PD1_PDL1": (PD1_OR_PDL1.name,),
    "PD1_PDL1+CTLA4": (CTLA4.name, PD1_OR_PDL1.name),
    "CTLA4": (CTLA4.name,),
    "": (ANY_INHIBITOR.name,),
}


def class_regimens(classes: pd.Series) -> list[tuple[str, ...]]:
    """The drugs of each row of a column of classes; '' is a checkpoint inhibitor of any class.

    Raises InputError naming the row of another text.
    """
    for row, text in enumerate(classes):
        if text not in CLASSES:
            known = ", ".join(c for c in CLASSES if c)
            raise InputError(
                f"row {row} has the class of drug {str(text)[:40]!r}; expected one of {known}"
            )
    return [CLASSES[text] for text in classes]


def named_regimens(texts: Sequence[str], *, spellings: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The drugs, sorted, of texts such as ``Nivolumab + Ipilimumab``.

    spellings: {a source's own name: drug}, whatever the case.
    Raises InputError for a row without a drug, UnknownNameError for a drug that is not known.
    """
    own = {normalise(k): v for k, v in spellings.items()}
    return [_regimen(text, row, own) for row, text in enumerate(texts)]


def _regimen(text: str, row: int, own: Mapping[str, str]) -> tuple[str, ...]:
    found = set()
    for part in (p.strip() for p in text.split("+")):
        if not part:
            raise InputError(f"row {row} has a regimen with no drug; expected drug + drug")
        drug = TABLE.find(own.get(normalise(part), part))
        if drug is None:
            raise UnknownNameError(
                f"row {row} has the unknown drug {part[:40]!r}; {hint(part, TABLE.all_names)}"
            )
        found.add(drug.name)
    return tuple(sorted(found))


def own_drugs(names: Iterable[str]) -> pa.Table:
    """What a study says of those of ``names`` that the catalogue lacks (its table ``drugs``)."""
    return facts_of(OWN, names)
