"""Variants of samples: which change a protein, how many there are, and in which genes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import YES_NO

# Variant_Classification of MAF (GDC MAF format), and terms of the Sequence Ontology as VEP writes.
_CHANGES = """
Missense_Mutation Nonsense_Mutation Nonstop_Mutation Frame_Shift_Del Frame_Shift_Ins In_Frame_Del
In_Frame_Ins Splice_Site Translation_Start_Site missense_variant stop_gained stop_lost start_lost
frameshift_variant inframe_insertion inframe_deletion splice_acceptor_variant splice_donor_variant
protein_altering_variant
"""
_CHANGES_NONE = """
Silent Intron 3'UTR 5'UTR 3'Flank 5'Flank IGR RNA Splice_Region Targeted_Region lincRNA
synonymous_variant intron_variant 3_prime_UTR_variant 5_prime_UTR_variant upstream_gene_variant
downstream_gene_variant intergenic_variant splice_region_variant non_coding_transcript_exon_variant
stop_retained_variant regulatory_region_variant
"""
CHANGES_PROTEIN = frozenset(_CHANGES.split())
CHANGES_NONE = frozenset(_CHANGES_NONE.split())


def changes_protein(classification: str, *, table: str) -> bool:
    """Whether a variant of this class changes the protein; of several SO terms (``a&b``) any one.

    Raises InputError on a class that is neither of MAF nor of SO.
    """
    parts = [p.strip() for p in classification.replace(",", "&").split("&")]
    for part in parts:
        if part not in CHANGES_PROTEIN and part not in CHANGES_NONE:
            near = hint(part, sorted(CHANGES_PROTEIN | CHANGES_NONE))
            raise InputError(f"table {table} has the unknown class of variant {part!r}; {near}")
    return any(part in CHANGES_PROTEIN for part in parts)


def variant_fields(
    rows: pd.DataFrame,
    samples: Sequence[str],
    *,
    genes: Sequence[str],
    panel_mb: float | None,
    table: str,
) -> pd.DataFrame:
    """A row a sample: ``nonsynonymous_mutations``, ``mut_GENE`` of each of ``genes`` and, with
    ``panel_mb``, ``tmb_mut_per_mb``. A sample that was looked at and has no variant has none: 0.

    rows: sample, gene, classification.  Raises InputError on an unknown class.
    """
    classes = {c: changes_protein(c, table=table) for c in sorted(set(rows["classification"]))}
    own = rows[rows["classification"].map(classes).astype(bool)]
    counts = own.groupby("sample").size().reindex(samples, fill_value=0)
    made = pd.DataFrame({"nonsynonymous_mutations": counts.astype(float)})
    if panel_mb is not None:
        made["tmb_mut_per_mb"] = made["nonsynonymous_mutations"] / panel_mb
    for gene in genes:
        having = set(own.loc[own["gene"] == gene, "sample"])
        made[f"mut_{gene}"] = [YES_NO[s in having] for s in samples]
    return made
