"""Where fields of genes meet drugs: at their targets, or beside them as well."""

from pathlib import Path

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import sha256
from combo_dl.core.gene_fields import gene_fields
from combo_dl.core.study import Provenance, Source, Study
from combo_dl.data.gene_meeting import GeneGraph
from combo_dl.drugs.graph import read_target_edges
from combo_dl.train.settings import TrainSettings

GENE_PAIRS = "gene_pairs"
STRING = (
    "Szklarczyk D et al. The STRING database in 2023: protein-protein association networks and "
    "functional enrichment analyses for any sequenced genome of interest. Nucleic Acids Res "
    "2023;51:D638-D646"
)


def gene_graph(
    studies: list[Study], targets: tuple[str, ...], settings: TrainSettings
) -> GeneGraph | None:
    """The genes that fields of the studies speak of, joined to ``targets`` where neighbours are
    asked for; None where fields do not meet drugs.

    Raises ConfigError where neighbours are asked for without a table of gene pairs, SourceError
    where it cannot be read, InputError where no pair of it is of these genes.
    """
    told = settings.network.genes_told
    if told != "neighbours":
        return None if told == "none" else GeneGraph()
    if settings.gene_edges is None:
        raise ConfigError("genes.told=neighbours needs genes.edges, a table of gene pairs (STRING)")
    fields = [f.gene for s in studies for f in gene_fields(s.profiles.fields)]
    genes = tuple(sorted({*targets, *fields}))
    ends = read_target_edges(settings.gene_edges, targets=genes)
    near = np.zeros((len(genes), len(genes)), np.float32)
    near[ends[0], ends[1]] = 1.0
    rows = {gene: row for row, gene in enumerate(genes)}
    if not near[[rows[t] for t in targets]].any():
        raise InputError(
            f"no pair of {settings.gene_edges} joins a target of a drug to a gene of a profile; "
            "expected gene symbols such as EGFR"
        )
    return GeneGraph(genes=genes, near=near[[rows[t] for t in targets]])


def origin_of_pairs(settings: TrainSettings) -> dict[str, Provenance]:
    """{GENE_PAIRS: where the pairs of genes come from that a bundle will hold}; empty without."""
    used = [settings.string_edges]
    used += [settings.gene_edges] if settings.network.genes_told == "neighbours" else []
    found = {path: None for path in used if path is not None}
    if not found:
        return {}
    return {GENE_PAIRS: Provenance(sources=tuple(map(_source, found)), citation=STRING)}


def _source(path: Path) -> Source:
    return Source(
        file=path.name,
        sha256=sha256(path),
        licence="that of the table: CC BY 4.0 where it was taken from STRING itself",
        origin="the table of gene pairs that the training was given",
    )
