"""Drugs of the arms of randomised trials: classes and backbones where an arm names no one drug."""

from collections.abc import Iterable

import pyarrow as pa

from combo_dl.core.drug_table import Drug, oncology_drugs
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint
from combo_dl.core.regimens import facts_of

# An arm of placebo, of best supportive care or of observation has a regimen too: nothing that acts.
# It is a drug of its own, since a set of no drug could not be told from a row that lost its drugs.
NO_ACTIVE_DRUG = Drug(
    name="no active drug",
    synonyms=("placebo", "best supportive care", "observation"),
    modality="other",
    drug_class="no_active_drug",
)
_TUBULIN = ("TUBB", "TUBB1", "TUBB2A", "TUBB3", "TUBB4B")
_VEGFR = ("KDR", "FLT1", "FLT4")


def _small(name: str, drug_class: str, *targets: str) -> Drug:
    return Drug(name=name, modality="small_molecule", targets=targets, drug_class=drug_class)


def _other(name: str, drug_class: str, *targets: str) -> Drug:
    return Drug(name=name, modality="other", targets=targets, drug_class=drug_class)


OWN = (
    NO_ACTIVE_DRUG,
    # Which two drugs an arm gave the source does not say; the name is that of the toxicity rows.
    _other("platinum doublet", "chemotherapy"),
    _other("platinum", "platinum"),
    _other("taxane", "taxane", *_TUBULIN),
    _other("chemotherapy of choice", "chemotherapy"),
    _other("endocrine therapy", "endocrine_therapy"),
    _other("radioembolisation", "ionising_radiation"),
    _small("brivanib", "vegfr_inhibitor", "KDR", "FGFR1"),
    _small("linifanib", "vegfr_inhibitor", *_VEGFR),
    _small("nintedanib", "vegfr_inhibitor", *_VEGFR, "FGFR1", "PDGFRB"),
    _small("amrubicin", "anthracycline", "TOP2A", "TOP2B"),
    _small("tivantinib", "met_inhibitor", "MET"),
    Drug(name="onartuzumab", modality="antibody", targets=("MET",), drug_class="met_inhibitor"),
    _small("etirinotecan pegol", "topoisomerase_i_inhibitor", "TOP1"),
    _small("exemestane", "aromatase_inhibitor", "CYP19A1"),
    _small("ixabepilone", "microtubule_inhibitor", "TUBB", "TUBB1"),
    _small("zoledronic acid", "bisphosphonate"),
    _small("orteronel", "cyp17_inhibitor", "CYP17A1"),
    _small("nilotinib", "bcr_abl_inhibitor", "ABL1", "KIT", "PDGFRA", "PDGFRB"),
    _small("dacomitinib", "egfr_inhibitor", "EGFR", "ERBB2", "ERBB4"),
    _small("tasquinimod", "s100a9_inhibitor"),
    _small("iniparib", "iniparib"),
    _small("nitroglycerin", "nitrate"),
    _small("nedaplatin", "platinum"),
    _small("tegafur", "antimetabolite", "TYMS"),
    _small("prednisone", "glucocorticoid", "NR3C1"),
    Drug(name="figitumumab", modality="antibody", drug_class="igf1r_antibody"),
    Drug(name="dalotuzumab", modality="antibody", drug_class="igf1r_antibody"),
)
TABLE = oncology_drugs().extended(OWN)


def regimen_of(text: str, *, where: str) -> tuple[str, ...]:
    """The drugs, sorted, of an arm such as ``nivolumab+ipilimumab``.

    ``where`` names the arm in errors. What does not act is left out beside a drug that does.
    Raises InputError for an arm without a drug, UnknownNameError for a drug that is not known.
    """
    found = set()
    for part in (p.strip() for p in text.split("+")):
        if not part:
            raise InputError(
                f"{where} has no regimen ({text!r}); expected drug+drug, or placebo for an arm in "
                "which no drug acts"
            )
        drug = TABLE.find(part)
        if drug is None:
            raise UnknownNameError(
                f"{where} gives the unknown drug {part[:40]!r}; {hint(part, TABLE.all_names)}"
            )
        found.add(drug.name)
    acting = found - {NO_ACTIVE_DRUG.name}
    return tuple(sorted(acting or found))


def own_drugs(names: Iterable[str]) -> pa.Table:
    """What a study says of those of ``names`` that the catalogue lacks (its table ``drugs``)."""
    return facts_of(OWN, names, synonyms=True)
