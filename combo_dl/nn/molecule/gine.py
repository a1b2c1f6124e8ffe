"""GINE: message passing over the atoms and bonds of a molecule.

Hu et al. 2020, Strategies for Pre-training Graph Neural Networks (the edge-aware form of GIN, Xu et
al. 2019): ``x_i <- x_i + MLP(x_i + sum_j relu(x_j + e_ij))``, then the mean and the scaled sum over
atoms. Written on ``index_add`` rather than on the graph library, whose import alone costs a
prediction more than PyTorch does; a test holds it equal to that library's layer.
"""

import torch
from torch import Tensor, nn

from combo_dl.core.molecule_features import ATOM_FEATURES, BOND_FEATURES
from combo_dl.data.world import WorldTensors
from combo_dl.nn.dimensions import Dimensions


class CategoryEmbedding(nn.Module):
    """Sum of one embedding a feature: int64[·, F] to [·, H]."""

    def __init__(self, sizes: list[int], width: int) -> None:
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(size, width) for size in sizes])
        for table in self.tables:
            nn.init.normal_(table.weight, std=len(sizes) ** -0.5)  # type: ignore[arg-type]

    def forward(self, value: Tensor) -> Tensor:
        """Embed the columns of ``value``."""
        return sum(table(value[:, i]) for i, table in enumerate(self.tables))  # type: ignore[return-value]


class GineLayer(nn.Module):
    """One round of messages with a residual: [A, H] to [A, H]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bond = CategoryEmbedding(list(BOND_FEATURES.values()), width)
        self.update = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.norm = nn.LayerNorm(width)

    def messages(self, x_AH: Tensor, bond: Tensor, bond_index: Tensor) -> Tensor:
        """``x_i + sum_j relu(x_j + e_ij)``, the input of the update."""
        message = torch.relu(x_AH[bond_index[0]] + self.bond(bond))
        return x_AH.index_add(0, bond_index[1], message)

    def forward(self, x_AH: Tensor, bond: Tensor, bond_index: Tensor) -> Tensor:
        """One round."""
        return x_AH + torch.relu(self.norm(self.update(self.messages(x_AH, bond, bond_index))))


class GineEncoder(nn.Module):
    """Molecule graphs to [D, width_out]; a drug without atoms gets zeros (its caller masks it).

    hidden: width of atom vectors.  layers: rounds of messages.
    """

    def __init__(self, *, hidden: int, layers: int, dims: Dimensions, width_out: int) -> None:
        super().__init__()
        self.atom = CategoryEmbedding(list(ATOM_FEATURES.values()), hidden)
        self.rounds = nn.ModuleList([GineLayer(hidden) for _ in range(layers)])
        self.out = nn.Linear(2 * hidden, width_out)

    def present(self, world: WorldTensors) -> Tensor:
        """bool[D]: the drug has what this encoder reads."""
        return world.structure

    def forward(self, world: WorldTensors) -> Tensor:
        """Encode all drugs of ``world``."""
        x_AH = self._atoms(world)
        total_DH = x_AH.new_zeros(len(world), x_AH.shape[1]).index_add(0, world.atom_drug, x_AH)
        count_D1 = torch.bincount(world.atom_drug, minlength=len(world)).clamp(min=1)[:, None]
        # The mean says what the molecule is made of, the damped sum how much of it there is.
        pooled = torch.cat([total_DH / count_D1, total_DH / (5 * count_D1.sqrt())], dim=1)
        return self.out(pooled)

    def by_atom(self, world: WorldTensors) -> Tensor:
        """[A, width_out]: what each atom adds to ``forward`` of its drug, but for the bias."""
        count_D1 = torch.bincount(world.atom_drug, minlength=len(world)).clamp(min=1)[:, None]
        x_AH, count_A1 = self._atoms(world), count_D1[world.atom_drug]
        pooled = torch.cat([x_AH / count_A1, x_AH / (5 * count_A1.sqrt())], dim=1)
        return nn.functional.linear(pooled, self.out.weight)

    def _atoms(self, world: WorldTensors) -> Tensor:
        x_AH: Tensor = self.atom(world.atom)
        for layer in self.rounds:
            x_AH = layer(x_AH, world.bond, world.bond_index)
        return x_AH
