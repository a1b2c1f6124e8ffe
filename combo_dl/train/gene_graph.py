"""Where fields of genes meet drugs: at their targets, or beside them as well."""

import numpy as np

from combo_dl.core.errors import ConfigError
from combo_dl.core.gene_fields import gene_fields
from combo_dl.core.study import Study
from combo_dl.data.gene_meeting import GeneGraph
from combo_dl.drugs.graph import read_target_edges
from combo_dl.train.settings import TrainSettings


def gene_graph(
    studies: list[Study], targets: tuple[str, ...], settings: TrainSettings
) -> GeneGraph | None:
    """The genes that fields of the studies speak of, joined to ``targets`` where neighbours are
    asked for; None where fields do not meet drugs.

    Raises ConfigError where neighbours are asked for without a table of gene pairs, SourceError
    where it cannot be read.
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
    return GeneGraph(genes=genes, near=near[[rows[t] for t in targets]])
