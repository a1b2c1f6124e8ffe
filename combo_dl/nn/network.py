"""ComboNet: encode the drugs and profiles of a step once, fuse, hand each endpoint its vector."""

from collections.abc import Collection

import torch
from torch import Tensor, nn

from combo_dl.core.endpoint import Endpoint
from combo_dl.data.batch import ComboBatch
from combo_dl.data.world import WorldTensors
from combo_dl.nn.fusion.states import Fused, present_pairs
from combo_dl.nn.head.dosed_sets import DosedSets, distinct_sets, log10_of_log1p, pair_places
from combo_dl.nn.head.pair_keys import pair_keys


class ComboNet(nn.Module):
    """World and batch to the parameters of a law per endpoint.

    profiles: one encoder a study (fields differ), all to the same width.
    taught_by: names of the studies that the vectors of drugs are learned from, empty = all of them.
    Batches of another study are told these vectors and change none of them: to that study the
    encoder of drugs is frozen.
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
        taught_by: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.taught_by = taught_by
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
        self,
        world: WorldTensors,
        batch: ComboBatch,
        x_DH: Tensor | None = None,
        endpoints: Collection[str] | None = None,
    ) -> dict[str, object]:
        """{endpoint: parameters}, of those in ``endpoints``, every one by default; ``x_DH`` where
        drugs are encoded already."""
        x = self.encode_drugs(world) if x_DH is None else x_DH
        if self.taught_by and batch.study not in self.taught_by:
            x = x.detach()
        p_UH = self.encode_profiles(batch)
        return self.answers(x, p_UH, world.known_id, batch, endpoints)

    def answers(
        self,
        x_DH: Tensor,
        p_UH: Tensor,
        known_D: Tensor,
        batch: ComboBatch,
        endpoints: Collection[str] | None = None,
    ) -> dict[str, object]:
        """{endpoint: parameters} of encoded drugs and profiles. known_D: int64[D], the id of each
        drug in the training vocabulary, -1 for a new one."""
        fused, sets, made = None, None, {}
        for name, head in self.heads.items():
            if endpoints is not None and name not in endpoints:
                continue
            # Two ways to read a row: as one vector, or as curves that its doses are put into.
            if getattr(head, "reads_doses", False):
                sets = self.dosed_sets(x_DH, p_UH, batch) if sets is None else sets
                made[name] = head(sets)
            else:
                fused = self._fused(x_DH, p_UH, batch) if fused is None else fused
                made[name] = head(*self.input_of(name, fused), **self._known(head, known_D, batch))
        return made

    def _known(self, head: nn.Module, known_D: Tensor, batch: ComboBatch) -> dict[str, Tensor]:
        """Which pairs or drugs of training a row has, where a head asks."""
        if getattr(head, "reads_pairs", False):
            return {"pair_B": pair_keys(known_D[batch.drugs], batch.present)}
        if getattr(head, "reads_drugs", False):
            known = known_D[batch.drugs]
            return {"known_BK": torch.where(batch.present, known, -1)}
        return {}

    def _fused(self, x_DH: Tensor, p_UH: Tensor, batch: ComboBatch) -> Fused:
        return self.fusion(
            x_DH,
            p_UH,
            drugs=batch.drugs,
            profile=batch.profile,
            present=batch.present,
            dose=batch.dose,
            dose_known=batch.dose_known,
            told=batch.told,
        )

    def dosed_sets(self, x_DH: Tensor, p_UH: Tensor, batch: ComboBatch) -> DosedSets:
        """The different sets of a batch, fused once each, and the doses of its rows."""
        rows, of = distinct_sets(batch.drugs, batch.present, batch.profile, n_drugs=len(x_DH))
        present = batch.present[rows]
        h_SKH = self.fusion.gather(  # type: ignore[operator]
            x_DH, p_UH, drugs=batch.drugs[rows], profile=batch.profile[rows], told=batch.told
        )
        pairs = pair_places(present.shape[1])
        row, i, j, place = present_pairs(present)
        term = self.fusion.pair_term(h_SKH[row, i], h_SKH[row, j])  # type: ignore[operator]
        z_SPH = term.new_zeros(len(rows), len(pairs), term.shape[1]).index_put((row, place), term)
        return DosedSets(
            h_SKH=h_SKH,
            present_SK=present,
            z_SPH=z_SPH,
            pairs=pairs,
            set_B=of,
            log_dose_BK=log10_of_log1p(batch.dose),
            taken_BK=batch.present & (~batch.dose_known | (batch.dose > 0)),
            known_BK=batch.dose_known | ~batch.present,
        )

    def input_of(self, endpoint: str, fused: Fused) -> tuple[Tensor, Tensor]:
        """The vector and offset that a head without doses is given."""
        # Synergy is what the drugs do together: one drug alone has none, exactly.
        if self.endpoints[endpoint].kind == "synergy":
            return fused.interaction_BH, fused.pairs_B
        return fused.main_BH + fused.interaction_BH, fused.pairs_B.new_ones(len(fused.pairs_B))
