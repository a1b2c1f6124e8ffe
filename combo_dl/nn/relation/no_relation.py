"""NoRelation: drugs do not hear of each other."""

from torch import Tensor, nn

from combo_dl.data.world import WorldTensors
from combo_dl.nn.dimensions import Dimensions


class NoRelation(nn.Module):
    """x_DH as it is: drugs may be encoded some at a time."""

    separate = True

    def __init__(self, *, dims: Dimensions, width: int) -> None:
        super().__init__()

    def forward(self, x_DH: Tensor, world: WorldTensors) -> Tensor:
        """The same vectors."""
        return x_DH
