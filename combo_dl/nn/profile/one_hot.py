"""OneHotProfile: the honest twin of a profile encoder, a free vector a training profile."""

import torch
from torch import Tensor, nn

from combo_dl.nn.dimensions import ProfileDimensions

KNOWN = "known"


class OneHotProfile(nn.Module):
    """A profile is its name and nothing else; a new one gets the vector for "unknown"."""

    def __init__(self, *, dims: ProfileDimensions, width: int) -> None:
        super().__init__()
        self.known = nn.Embedding(dims.known + 1, width)
        nn.init.normal_(self.known.weight, std=0.5)
        nn.init.zeros_(self.known.weight[-1])
        self.out = nn.Sequential(nn.LayerNorm(width), nn.ReLU())

    def forward(self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor) -> Tensor:
        """Encode U profiles by their ids."""
        return self.out(self.summed(self.tokens(number, seen, category, known_id)))

    def summed(self, tokens: dict[str, Tensor]) -> Tensor:
        """[·, H], what ``out`` is given."""
        return tokens[KNOWN]

    def tokens(
        self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor
    ) -> dict[str, Tensor]:
        """{KNOWN: float[U, H]}."""
        rows = torch.where(known_id >= 0, known_id, self.known.num_embeddings - 1)
        return {KNOWN: self.known(rows)}

    def blank(self) -> dict[str, Tensor]:
        """{KNOWN: float[H]} of a profile that training never held."""
        return {KNOWN: self.known.weight[-1]}
