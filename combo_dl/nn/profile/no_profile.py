"""NoProfile: every profile is the same learned vector."""

import torch
from torch import Tensor, nn

from combo_dl.nn.dimensions import ProfileDimensions


class NoProfile(nn.Module):
    """One learned vector for all U profiles."""

    def __init__(self, *, dims: ProfileDimensions, width: int) -> None:
        super().__init__()
        self.vector = nn.Parameter(torch.zeros(width))

    def forward(self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor) -> Tensor:
        """p_UH, the same row U times."""
        return self.vector.expand(len(number), -1)

    def summed(self, tokens: dict[str, Tensor]) -> Tensor:
        """float[H]: there are no tokens."""
        return self.vector

    def tokens(
        self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor
    ) -> dict[str, Tensor]:
        """None: nothing that is known of a profile is read."""
        return {}

    def blank(self) -> dict[str, Tensor]:
        """None."""
        return {}

    def out(self, x_UH: Tensor) -> Tensor:
        """As it is."""
        return x_UH
