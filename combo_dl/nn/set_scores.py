"""SetScores: what one network says of many sets of the same drugs in the same profiles, for one
column of an endpoint. States are made once; sets are scored from them, at no dose (a usual one).

It is ``ComboNet.forward`` and ``natural`` in another order: the law is that the numbers agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import torch
from torch import Tensor

from combo_dl.nn.fusion.pair_rows import ROWS, ROWS_GPU, PairRows
from combo_dl.nn.fusion.states import SetFusion
from combo_dl.nn.head.dosed_risk import DosedRiskHead
from combo_dl.nn.head.dosed_sets import DosedSets, pair_places
from combo_dl.nn.head.location_scale import LocationScaleHead
from combo_dl.nn.head.pair_keys import pair_keys
from combo_dl.nn.network import ComboNet

# Sets of a step that are gathered.
SETS = 1024
SETS_GPU = 1 << 18
LOT = 16  # pairs that a matrix product takes together
Run = tuple[int, int, int]  # drug i with drugs j of range(start, stop)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Of one network: states h_UDH of D drugs in U profiles, in memory unit by unit, and known_D
    int64, the id of each drug in the training vocabulary (-1 new)."""

    h_UDH: Tensor
    known_D: Tensor


def encoded_states(
    net: ComboNet, x_DH: Tensor, p_UH: Tensor, told: dict[str, Tensor], known_D: Tensor
) -> Encoded:
    """States of every drug in every profile, a few profiles at a time."""
    fusion: SetFusion = net.fusion  # type: ignore[assignment]
    made = x_DH.new_empty(len(p_UH), fusion.width_state, len(x_DH))
    step = max(1, 4096 // max(1, len(x_DH)))
    with torch.no_grad():
        for u in range(0, len(p_UH), step):
            part = {k: v[:, u : u + step] for k, v in told.items()}
            made[u : u + step] = fusion.states(x_DH, p_UH[u : u + step], part).permute(1, 2, 0)
    return Encoded(h_UDH=made.transpose(1, 2), known_D=known_D)


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
            vectors = not (self.synergy or self.dosed or self.additive)
            self.main = self.fusion.main(states.h_UDH) if vectors else None

    @property
    def profiles(self) -> int:
        """U."""
        return len(self.states.h_UDH)

    @property
    def additive(self) -> bool:
        """Whether sets are scored from what their drugs and pairs add (see ``tables``)."""
        head = self.head
        additive = isinstance(head, LocationScaleHead) and not self.dosed and head.additive
        return self.column is not None and (additive or isinstance(head, DosedRiskHead))

    def runs(self, runs: list[Run]) -> Tensor:
        """[U, n, W]: natural means of the pairs of ``runs``, one run after the other, of any head
        that is not additive."""
        return self._over(runs, self._natural_of_run)

    def tables(self, runs: list[Run]) -> Tensor:
        """[U, n]: what the pairs of ``runs`` add to the sets that they are part of."""
        head = self.head
        assert isinstance(head, LocationScaleHead | DosedRiskHead) and self.column is not None
        weight = head.weight_of_pairs(self.column)

        def part(run: Run, profiles: slice) -> Tensor:
            return self.rows.weighed(profiles, run[0], slice(run[1], run[2]), weight)[..., None]

        # Of bf16 products, a mean is not rounded once more.
        found = self._over(runs, part)[..., 0].float()
        return head.bounded(found) if isinstance(head, DosedRiskHead) else found

    def of_parts(self, ids: Tensor, pairs: Tensor) -> Tensor:
        """[U, n]: natural means of sets int64[n, K] from what their pairs add together [U, n]."""
        with torch.no_grad():
            head, both = self.head, zip(self._alone, pairs, strict=True)
            if isinstance(head, DosedRiskHead):
                return torch.stack([head.risk_of_parts(a[ids], p) for a, p in both])
            assert isinstance(head, LocationScaleHead) and self.column is not None
            size = ids.shape[1]
            total = pairs
            if not self.synergy:
                total = torch.stack([p + a[ids].sum(dim=1) for a, p in both])
            offset = size * (size - 1) / 2 if self.synergy else 1.0
            return offset * head.centre[self.column] + head.size[self.column] * total

    @cached_property
    def _alone(self) -> Tensor:
        """[U, D]: what each drug adds to the sets that it is part of; nothing to synergy. Once a
        screen, so that it is exact also where products over pairs are bf16."""
        with torch.autocast(self.states.h_UDH.device.type, enabled=False):
            return self._alone_exactly()

    def _alone_exactly(self) -> Tensor:
        h_UDH, head = self.states.h_UDH, self.head
        if isinstance(head, DosedRiskHead):
            return head.drug_part(h_UDH)[..., self.column]
        assert isinstance(head, LocationScaleHead) and self.column is not None
        if self.synergy:
            return h_UDH.new_zeros(h_UDH.shape[:2])
        return self.fusion.main(h_UDH) @ head.weight_of_pairs(self.column)

    def sets(self, ids: Tensor) -> Tensor:
        """[U, n, W]: natural means of sets int64[n, K], of any head."""
        found, some = [], SETS if self._on_cpu else SETS_GPU
        with torch.no_grad():
            for h_DH in self.states.h_UDH:
                h = h_DH.contiguous()
                found.append(torch.cat([self._natural_of_sets(h[i], i) for i in ids.split(some)]))
        return torch.stack(found)

    def _over(self, runs: list[Run], of: Callable[[Run, slice], Tensor]) -> Tensor:
        """[U, n, ·] of runs, some profiles at a time."""
        at, made = 0, None
        total, step = sum(stop - start for _, start, stop in runs), self.rows.step
        with torch.no_grad():
            for run in _short(runs, ROWS if self._on_cpu else ROWS_GPU):
                end, whole = at + run[2] - run[1], _whole_lots(run, self.states.h_UDH.shape[1])
                wanted = slice(run[1] - whole[1], run[2] - whole[1])
                for u in range(0, self.profiles, step):
                    found = of(whole, slice(u, min(u + step, self.profiles)))[:, wanted]
                    if made is None:
                        made = found.new_empty(self.profiles, total, found.shape[-1])
                    made[u : u + step, at:end] = found
                at = end
        assert made is not None
        return made

    @property
    def _on_cpu(self) -> bool:
        return self.states.h_UDH.device.type == "cpu"

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

    def _dosed_pairs(self, run: Run, profiles: slice, z_SH: Tensor) -> DosedSets:
        i, start, stop = run
        others = self.states.h_UDH[profiles, start:stop]
        one = self.states.h_UDH[profiles, i : i + 1].expand_as(others)
        h_SKH = torch.stack([one, others], dim=2).flatten(0, 1)
        return _undosed(h_SKH, z_SH[:, None])

    def _natural_of_sets(self, h_SKH: Tensor, ids: Tensor) -> Tensor:
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


def _whole_lots(run: Run, drugs: int) -> Run:
    """The run from and to where a lot begins, lots counted from the drug itself; the last one,
    which may be short, goes with the one before. A block may end anywhere; where a pair stands in a
    matrix product, and how many stand there, decides its last digit."""
    i, start, stop = run
    first = i + 1
    low = first + (start - first) // LOT * LOT
    if drugs - low < LOT:
        low = max(first, low - LOT)
    high = first - (first - stop) // LOT * LOT
    return i, low, drugs if drugs - high < LOT else high


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
