"""RelationalEncoder: messages between drugs and their target genes, and among target genes.

One linear map a relation and direction, mean over neighbours, sum over relations (R-GCN,
Schlichtkrull et al. 2018; GraphSAGE mean aggregation, Hamilton et al. 2017), by the graph library.
"""

import torch
from torch import Tensor, nn

from combo_dl.data.world import WorldTensors
from combo_dl.nn.dimensions import Dimensions


def both_ways(edges: dict[str, Tensor]) -> dict[tuple[str, str, str], Tensor]:
    """Each relation between two kinds of nodes, and its reverse."""
    found = {}
    for key, edge in sorted(edges.items()):
        source, name, destination = key.split("|")
        found[(source, name, destination)] = edge
        if source != destination:
            found[(destination, f"rev_{name}", source)] = edge.flip(0)
    return found


class RelationalEncoder(nn.Module):
    """x_DH and the graph to x_DH; a drug without edges keeps its vector."""

    def __init__(self, *, layers: int, dropout: float, dims: Dimensions, width: int) -> None:
        super().__init__()
        # The graph library takes seconds to import: only a network that has this part pays.
        from torch_geometric.nn import HeteroConv, SAGEConv

        self.target = nn.Embedding(max(dims.graph_targets, 1), width)
        nn.init.normal_(self.target.weight, std=0.5)
        empty = {key: torch.zeros(2, 0, dtype=torch.int64) for key in dims.relations}
        kinds = list(both_ways(empty))
        self.rounds = nn.ModuleList(
            HeteroConv(
                {k: SAGEConv((width, width), width, root_weight=False, bias=False) for k in kinds}
            )
            for _ in range(layers if kinds else 0)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x_DH: Tensor, world: WorldTensors) -> Tensor:
        """Add what the neighbours say."""
        x = {"drug": x_DH, "target": self.target.weight}
        edges = both_ways(world.edges)
        for layer in self.rounds:
            heard = layer(x, edges)
            x = {
                k: v + self.dropout(torch.relu(heard[k])) if k in heard else v for k, v in x.items()
            }
        return x["drug"]
