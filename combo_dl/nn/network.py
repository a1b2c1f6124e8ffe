"""ComboNet: encode the drugs and profiles of a step once, fuse, hand each endpoint its vector."""

from torch import Tensor, nn

from combo_dl.core.endpoint import Endpoint
from combo_dl.data.batch import ComboBatch
from combo_dl.data.world import WorldTensors
from combo_dl.nn.fusion.pairwise import Fused


class ComboNet(nn.Module):
    """World and batch to the parameters of a law per endpoint.

    profiles: one encoder a study (fields differ), all to the same width.
    """

    def __init__(
        self,
        *,
        drug: nn.Module,
        relation: nn.Module,
        profiles: dict[str, nn.Module],
        fusion: nn.Module,
        heads: dict[str, nn.Module],
        endpoints: dict[str, Endpoint],
    ) -> None:
        super().__init__()
        self.drug, self.relation, self.fusion = drug, relation, fusion
        self.profiles, self.heads = nn.ModuleDict(profiles), nn.ModuleDict(heads)
        self.endpoints = endpoints

    def encode_drugs(self, world: WorldTensors) -> Tensor:
        """x_DH of all drugs of the world."""
        return self.relation(self.drug(world), world)

    def encode_profiles(self, batch: ComboBatch) -> Tensor:
        """p_UH of the profiles of a batch."""
        encoder = self.profiles[batch.study]
        return encoder(batch.number, batch.seen, batch.category, batch.known_profile)

    def forward(
        self, world: WorldTensors, batch: ComboBatch, x_DH: Tensor | None = None
    ) -> dict[str, object]:
        """{endpoint: parameters} for every endpoint; ``x_DH`` where drugs are encoded already."""
        fused = self.fusion(
            self.encode_drugs(world) if x_DH is None else x_DH,
            self.encode_profiles(batch),
            drugs=batch.drugs,
            profile=batch.profile,
            present=batch.present,
            dose=batch.dose,
            dose_known=batch.dose_known,
            curve=batch.curve,
        )
        return {name: head(*self._input(name, fused)) for name, head in self.heads.items()}

    def _input(self, endpoint: str, fused: Fused) -> tuple[Tensor, Tensor]:
        # Synergy is what the drugs do together: one drug alone has none, exactly.
        if self.endpoints[endpoint].kind == "synergy":
            return fused.interaction_BH, fused.pairs_B
        return fused.main_BH + fused.interaction_BH, fused.pairs_B.new_ones(len(fused.pairs_B))
