"""DrugEncoder: a drug is the sum of the tokens that are known of it.

Tokens: molecule encoders (any number), target profile, modality with class, what the drug does
alone over the training profiles, and a free vector a training drug. In training whole tokens are
dropped at random, so that a drug of which little is known (an antibody, a drug never seen) is a
case that was trained for; the free vector of a drug is replaced by a learned vector for "unknown
drug" with its own probability.
"""

import torch
from torch import Tensor, nn

from combo_dl.core.drug_table import MODALITIES
from combo_dl.data.world import WorldTensors
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.layers import linear, summed

TARGET, CLASS, RESPONSE, KNOWN = "target", "class", "response", "known"


class DrugEncoder(nn.Module):
    """World to x_DH.

    molecules: encoders of structure, each with ``present`` and ``forward``.  width: H.
    id_dropout: probability that a known drug is treated as unknown in a step.
    token_dropout: probability that a token is left out.  targets, classes: use these tokens.
    response_dropout: probability that the single-drug response of a drug is hidden in training.
    """

    def __init__(
        self,
        *,
        molecules: dict[str, nn.Module],
        dims: Dimensions,
        width: int,
        ids: bool,
        targets: bool,
        classes: bool,
        id_dropout: float,
        token_dropout: float,
        dropout: float,
        response_dropout: float,
    ) -> None:
        super().__init__()
        self.molecules = nn.ModuleDict(molecules)
        self.id_dropout, self.token_dropout = id_dropout, token_dropout
        self.response_dropout = response_dropout
        self.missing = nn.ParameterDict({name: torch.zeros(width) for name in molecules})
        self.known = nn.Embedding(dims.known_drugs + 1, width) if ids else None
        self.target = linear(dims.target, width) if targets else None
        self.modality = nn.Embedding(len(MODALITIES), width) if classes else None
        self.drug_class = nn.Embedding(dims.classes + 1, width) if classes else None
        self.response = linear(dims.response, width, bias=False) if dims.response else None
        self.bias = nn.Parameter(torch.zeros(width))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Dropout(dropout))
        self._initialise()

    def _initialise(self) -> None:
        if self.known is not None:
            nn.init.normal_(self.known.weight, std=0.5)
            nn.init.zeros_(self.known.weight[-1])
        for table in (self.modality, self.drug_class):
            if table is not None:
                nn.init.normal_(table.weight, std=0.1)
        if self.drug_class is not None:
            # "Unknown class" may stay untrained; a random vector for it would be noise.
            nn.init.zeros_(self.drug_class.weight[-1])

    def forward(self, world: WorldTensors) -> Tensor:
        """Encode all drugs of ``world``."""
        return self.out(self.sums(world))

    def sums(self, world: WorldTensors) -> Tensor:
        """[D, H], what ``out`` is given of each drug, also where nothing but the graph is read."""
        return self.summed(self.tokens(world)).expand(len(world), -1)

    def summed(self, tokens: dict[str, Tensor]) -> Tensor:
        """[·, H]: the tokens one after the other, and the bias."""
        return summed(self.bias, tokens)

    def tokens(self, world: WorldTensors) -> dict[str, Tensor]:
        """{token: float[D, H]}, what each adds to a drug of ``world``: molecule encoders under
        their own names, then TARGET, CLASS, RESPONSE, KNOWN."""
        made: dict[str, Tensor] = {}
        for name, encoder in self.molecules.items():
            token = self._kept(encoder(world))
            made[name] = torch.where(encoder.present(world)[:, None], token, self.missing[name])  # type: ignore[operator]
        if self.target is not None:
            token = self._kept(self.target(world.target))
            made[TARGET] = torch.where(world.has_target[:, None], token, 0.0)
        if self.modality is not None and self.drug_class is not None:
            # A class that training never held is the last row, which id -1 points at.
            rows = world.drug_class % self.drug_class.num_embeddings
            made[CLASS] = self._kept(self.modality(world.modality) + self.drug_class(rows))
        if self.response is not None:
            made[RESPONSE] = self.response(self._shown(world.response))
        if self.known is not None:
            made[KNOWN] = self.known(self._known_rows(world.known_id))
        return made

    def blank(self) -> dict[str, Tensor]:
        """{token: float[H]}, what each adds to a drug of which nothing is known."""
        zero = torch.zeros_like(self.bias)
        made: dict[str, Tensor] = dict(self.missing.items())
        made |= {TARGET: zero} if self.target is not None else {}
        made |= {CLASS: zero} if self.modality is not None else {}
        made |= {RESPONSE: zero} if self.response is not None else {}
        return made | ({KNOWN: self.known.weight[-1]} if self.known is not None else {})

    def _kept(self, token_DH: Tensor) -> Tensor:
        if not self.training or self.token_dropout == 0.0:
            return token_DH
        keep = torch.rand(len(token_DH), 1, device=token_DH.device) >= self.token_dropout
        return token_DH * keep

    def _shown(self, response_DR: Tensor) -> Tensor:
        if not self.training or self.response_dropout == 0.0:
            return response_DR
        # All of it at once, with the mark that it is there: so does a drug look that has no curve.
        keep = torch.rand(len(response_DR), 1, device=response_DR.device) >= self.response_dropout
        return response_DR * keep

    def _known_rows(self, known_id: Tensor) -> Tensor:
        assert self.known is not None
        unknown = self.known.num_embeddings - 1
        rows = torch.where(known_id >= 0, known_id, unknown)
        if self.training and self.id_dropout > 0.0:
            drop = torch.rand(len(rows), device=rows.device) < self.id_dropout
            rows = torch.where(drop, unknown, rows)
        return rows
