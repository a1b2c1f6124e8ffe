"""MaskedProfileEncoder: profile components with masks, categories with a level for missing, and a
free vector a training profile (cell lines only), which a learned "unknown profile" now and
then replaces."""

import torch
from torch import Tensor, nn

from combo_dl.nn.dimensions import ProfileDimensions
from combo_dl.nn.layers import linear, summed

NUMBER, LEVEL, KNOWN = "number", "level ", "known"


class MaskedProfileEncoder(nn.Module):
    """number, seen [U, C] and category [U, Fc] to p_UH; values under a missing mask do nothing.

    component_dropout: probability that a component is hidden in training.
    id_dropout: probability that a known profile is treated as unknown in a step.
    ids: whether known profiles have a free vector (where the study's profiles may be named).
    """

    def __init__(
        self,
        *,
        dropout: float,
        component_dropout: float,
        id_dropout: float,
        ids: bool,
        dims: ProfileDimensions,
        width: int,
    ) -> None:
        super().__init__()
        self.component_dropout, self.id_dropout = component_dropout, id_dropout
        self.known = nn.Embedding(dims.known + 1, width) if ids and dims.known else None
        if self.known is not None:
            nn.init.normal_(self.known.weight, std=0.5)
            nn.init.zeros_(self.known.weight[-1])
        self.number = linear(dims.components, width, bias=False)
        self.levels = nn.ModuleList([nn.Embedding(n + 1, width) for n in dims.levels])
        for table in self.levels:
            nn.init.normal_(table.weight, std=0.1)  # type: ignore[arg-type]
        self.bias = nn.Parameter(torch.zeros(width))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor) -> Tensor:
        """Encode U profiles; known_id int64[U], -1 for a profile that training never held."""
        return self.out(self.summed(self.tokens(number, seen, category, known_id)))

    def summed(self, tokens: dict[str, Tensor]) -> Tensor:
        """[·, H], what ``out`` is given: the tokens one after the other, and the bias."""
        return summed(self.bias, tokens)

    def tokens(
        self, number: Tensor, seen: Tensor, category: Tensor, known_id: Tensor
    ) -> dict[str, Tensor]:
        """{token: float[U, H]}, what each adds to a profile: NUMBER, a level each by its place,
        KNOWN."""
        if self.training and self.component_dropout > 0.0:
            seen = seen & (torch.rand_like(number) >= self.component_dropout)
        made = {NUMBER: self.number(torch.where(seen, number, 0.0))}
        for i, table in enumerate(self.levels):
            # -1 (missing, or a level that training never held) is the last row.
            made[f"{LEVEL}{i}"] = table(category[:, i] % table.num_embeddings)  # type: ignore[operator]
        if self.known is not None:
            made[KNOWN] = self.known(self._known_rows(known_id))
        return made

    def blank(self) -> dict[str, Tensor]:
        """{token: float[H]}, what each adds to a profile of which nothing is known."""
        made = {NUMBER: torch.zeros_like(self.bias)}
        made |= {f"{LEVEL}{i}": t.weight[-1] for i, t in enumerate(self.levels)}  # type: ignore[index]
        return made | ({KNOWN: self.known.weight[-1]} if self.known is not None else {})

    def _known_rows(self, known_id: Tensor) -> Tensor:
        unknown = self.known.num_embeddings - 1  # type: ignore[union-attr]
        rows = known_id % (unknown + 1)
        if self.training and self.id_dropout > 0.0:
            drop = torch.rand(len(rows), device=rows.device) < self.id_dropout
            rows = torch.where(drop, unknown, rows)
        return rows
