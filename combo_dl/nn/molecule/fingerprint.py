"""Fingerprint: the honest twin of a graph encoder, one linear map of substructure bits."""

from torch import Tensor, nn

from combo_dl.data.world import WorldTensors
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.layers import linear


class FingerprintEncoder(nn.Module):
    """Morgan fingerprints float[D, F'] to [D, width_out]."""

    def __init__(self, *, dims: Dimensions, width_out: int) -> None:
        super().__init__()
        self.out = linear(dims.fingerprint, width_out)

    def present(self, world: WorldTensors) -> Tensor:
        """bool[D]: the drug has what this encoder reads."""
        return world.structure

    def forward(self, world: WorldTensors) -> Tensor:
        """Encode all drugs of ``world``."""
        return self.out(world.fingerprint)
