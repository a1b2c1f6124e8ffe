"""SetScores: what one network says of many sets of the same drugs in the same profiles, for one
column of an endpoint. States are made once; sets are scored from them, at no dose (a usual one).

It is ``ComboNet.forward`` and ``natural`` in another order: the law is that the numbers agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from combo_dl.nn.fusion.pair_rows import PairRows
from combo_dl.nn.fusion.states import SetFusion
from combo_dl.nn.head.dosed_risk import DosedRiskHead
from combo_dl.nn.head.dosed_sets import DosedSets, pair_places
from combo_dl.nn.head.location_scale import LocationScaleHead
from combo_dl.nn.head.pair_keys import pair_keys
from combo_dl.nn.network import ComboNet

# Pair terms of a step: on a processor what fits in the cache of a core, on a GPU what fills it.
ROWS = 1024
ROWS_GPU = 1 << 18
Run = tuple[int, int, int]  # drug i with drugs j of range(start, stop)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Of one network: states h_UDH of D drugs in U profiles, and known_D int64, the id of each drug
    in the training vocabulary (-1 new)."""

    h_UDH: Tensor
    known_D: Tensor


def encoded_states(
    net: ComboNet, x_DH: Tensor, p_UH: Tensor, told: dict[str, Tensor], known_D: Tensor
) -> Encoded:
    """States of every drug in every profile, a few profiles at a time."""
    fusion: SetFusion = net.fusion  # type: ignore[assignment]
    made = x_DH.new_empty(len(p_UH), len(x_DH), fusion.width_state)
    step = max(1, 4096 // max(1, len(x_DH)))
    with torch.no_grad():
        for u in range(0, len(p_UH), step):
            part = {k: v[:, u : u + step] for k, v in told.items()}
            made[u : u + step] = fusion.states(x_DH, p_UH[u : u + step], part).transpose(0, 1)
    return Encoded(h_UDH=made, known_D=known_D)


class SetScores:
    """endpoint: its name.  column: one of its W outputs; None = all that ``natural`` tells."""

    def __init__(
        self, net: ComboNet, endpoint: str, states: Encoded, column: int | None = None
    ) -> None:
        self.net, self.endpoint, self.states, self.column = net, endpoint, states, column
        self.fusion: SetFusion = net.fusion  # type: ignore[assignment]
        self.head = net.heads[endpoint]
        self.synergy = net.endpoints[endpoint].kind == "synergy"
        self.dosed = bool(getattr(self.head, "reads_doses", False))
        with torch.no_grad():
            self.rows: PairRows = self.fusion.pair_rows(states.h_UDH)
            self.main = None if self.synergy or self.dosed else self.fusion.main(states.h_UDH)

    @property
    def profiles(self) -> int:
        """U."""
        return len(self.states.h_UDH)

    @property
    def _rows(self) -> int:
        return ROWS if self.states.h_UDH.device.type == "cpu" else ROWS_GPU

    @property
    def additive(self) -> bool:
        """Whether sets can be scored from tables of their drugs and pairs."""
        head = self.head
        additive = isinstance(head, LocationScaleHead) and not self.dosed and head.additive
        return self.column is not None and (additive or isinstance(head, DosedRiskHead))

    def runs(self, runs: list[Run], profiles: slice) -> Tensor:
        """[u, n, W]: natural means of the pairs of ``runs``, one run after the other."""
        return self._over(runs, profiles, self._natural_of_run)

    def tables(self, runs: list[Run], profiles: slice) -> Tensor:
        """[u, n]: what the pairs of ``runs`` add to the sets that they are part of."""
        return self._over(runs, profiles, self._part_of_run)[..., 0]

    def alone(self) -> Tensor:
        """[U, D]: what each drug adds to the sets that it is part of."""
        with torch.no_grad():
            if isinstance(self.head, DosedRiskHead):
                return self.head.drug_part(self.states.h_UDH)[..., self.column]
            if self.main is None:
                return self.states.h_UDH.new_zeros(self.states.h_UDH.shape[:2])
            return self.head.part(self.main)[..., self.column]  # type: ignore[operator]

    def of_parts(self, drugs: Tensor, pairs: Tensor) -> Tensor:
        """[u, n]: natural means from drugs [u, n, K] and the sums of pairs [u, n]."""
        size = drugs.shape[-1]
        with torch.no_grad():
            if isinstance(self.head, DosedRiskHead):
                return self.head.risk_of_parts(drugs, pairs)
            head = self.head
            assert isinstance(head, LocationScaleHead) and self.column is not None
            offset = size * (size - 1) / 2 if self.synergy else 1.0
            centre, scale = head.centre[self.column], head.size[self.column]
            return offset * centre + scale * (pairs + drugs.sum(dim=-1))

    def sets(self, ids: Tensor, profiles: slice) -> Tensor:
        """[u, n, W]: natural means of sets int64[n, K], of any head."""
        found = []
        with torch.no_grad():
            for u in range(*profiles.indices(self.profiles)):
                parts = [self._natural_of_sets(u, part) for part in ids.split(self._rows)]
                found.append(torch.cat(parts))
        return torch.stack(found)

    def _over(self, runs: list[Run], profiles: slice, of: Callable[[Run, slice], Tensor]) -> Tensor:
        at, made = 0, None
        first, last, _ = profiles.indices(self.profiles)
        total = sum(stop - start for _, start, stop in runs)
        with torch.no_grad():
            for run in _short(runs, self._rows):
                count = run[2] - run[1]
                step = max(1, self._rows // count)
                for u in range(first, last, step):
                    part = slice(u, min(u + step, last))
                    found = of(run, part)
                    if made is None:
                        made = found.new_empty(last - first, total, found.shape[-1])
                    made[part.start - first : part.stop - first, at : at + count] = found
                at += count
        assert made is not None
        return made

    def _natural_of_run(self, run: Run, profiles: slice) -> Tensor:
        i, start, stop = run
        z = self.rows.terms(profiles, i, slice(start, stop))
        shape = z.shape[:2]
        if self.dosed:
            params = self.head(self._dosed_pairs(run, profiles, z.flatten(0, 1)))
        else:
            if self.main is not None:
                z = z + self.main[profiles, start:stop] + self.main[profiles, i : i + 1]
            z = z.flatten(0, 1)
            known = {}
            if self._reads_known:
                other = self.states.known_D[start:stop]
                pair = torch.stack([self.states.known_D[i].expand_as(other), other], dim=1)
                known = self._known(pair.repeat(shape[0], 1))
            params = self.head(z, z.new_ones(len(z)), **known)
        return self._told(params).view(*shape, -1)

    def _part_of_run(self, run: Run, profiles: slice) -> Tensor:
        z = self.rows.terms(profiles, run[0], slice(run[1], run[2]))
        head = self.head
        part = head.pair_part(z) if isinstance(head, DosedRiskHead) else head.part(z)  # type: ignore[operator]
        return part[..., self.column, None]

    def _dosed_pairs(self, run: Run, profiles: slice, z_SH: Tensor) -> DosedSets:
        i, start, stop = run
        others = self.states.h_UDH[profiles, start:stop]
        one = self.states.h_UDH[profiles, i : i + 1].expand_as(others)
        h_SKH = torch.stack([one, others], dim=2).flatten(0, 1)
        return _undosed(h_SKH, z_SH[:, None])

    def _natural_of_sets(self, profile: int, ids: Tensor) -> Tensor:
        h_SKH = self.states.h_UDH[profile][ids]
        present = torch.ones_like(ids, dtype=torch.bool)
        if self.dosed:
            pairs = list(combinations(range(ids.shape[1]), 2))
            terms = [self.fusion.pair_term(h_SKH[:, i], h_SKH[:, j]) for i, j in pairs]
            none = h_SKH.new_zeros(len(ids), 0, self.fusion.width_out)
            return self._told(self.head(_undosed(h_SKH, torch.stack(terms, 1) if terms else none)))
        fused = self.fusion.combine(h_SKH, present)
        known = self._known(self.states.known_D[ids]) if self._reads_known else {}
        z, offset = self.net.input_of(self.endpoint, fused)
        return self._told(self.head(z, offset, **known))

    @property
    def _reads_known(self) -> bool:
        return any(getattr(self.head, name, False) for name in ("reads_pairs", "reads_drugs"))

    def _known(self, known_BK: Tensor) -> dict[str, Tensor]:
        if getattr(self.head, "reads_pairs", False):
            return {"pair_B": pair_keys(known_BK, torch.ones_like(known_BK, dtype=torch.bool))}
        return {"known_BK": known_BK}

    def _told(self, params: object) -> Tensor:
        mean: Tensor = self.head.natural(params)[0]  # type: ignore[operator]
        return mean if self.column is None else mean[:, self.column, None]


def _short(runs: list[Run], most: int) -> Iterator[Run]:
    """Runs of at most ``most`` pairs."""
    for i, start, stop in runs:
        for j in range(start, stop, most):
            yield i, j, min(j + most, stop)


def _undosed(h_SKH: Tensor, z_SPH: Tensor) -> DosedSets:
    """Sets of which every drug is there at an unknown dose, as a batch without doses has them."""
    there = torch.ones(h_SKH.shape[:2], dtype=torch.bool, device=h_SKH.device)
    return DosedSets(
        h_SKH=h_SKH,
        present_SK=there,
        z_SPH=z_SPH,
        pairs=pair_places(h_SKH.shape[1]),
        set_B=torch.arange(len(h_SKH), device=h_SKH.device),
        log_dose_BK=h_SKH.new_zeros(h_SKH.shape[:2]),
        taken_BK=there,
        known_BK=~there,
    )
