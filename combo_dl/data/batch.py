"""ComboBatch: rows of one study as tensors."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace

import torch
from torch import Tensor

CURVE, GENES = "curve", "genes"


@dataclass(frozen=True, kw_only=True)
class ComboBatch:
    """B rows of the study ``study``; profiles that occur in them stand once, U in all.

    drugs int64[B, K] (ids of the world's drugs, 0 where absent), present bool[B, K],
    dose float32[B, K] log1p (0 where unknown), dose_known bool[B, K], profile int64[B] (0..U-1),
    number float32[U, C], seen bool[U, C], category int64[U, Fc] (-1 missing),
    known_profile int64[U] (id in the training profiles, -1 for a new one),
    labels {endpoint: float32[B, W]} (0 where unseen), observed {endpoint: bool[B, W]},
    weight float32[B], row int64[B] (row of the study or of the request),
    told {what: float32[D, U, F]}, of each drug of the world in these profiles: CURVE, what it does
    alone there; GENES, what the profile says of the genes that it acts on. Empty where not used.
    """

    study: str
    drugs: Tensor
    present: Tensor
    dose: Tensor
    dose_known: Tensor
    profile: Tensor
    number: Tensor
    seen: Tensor
    category: Tensor
    known_profile: Tensor
    labels: dict[str, Tensor]
    observed: dict[str, Tensor]
    weight: Tensor
    row: Tensor
    told: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "ComboBatch":
        """The batch on ``device``."""
        return self._mapped(lambda t: t.to(device, non_blocking=non_blocking))

    def _mapped(self, move: Callable[[Tensor], Tensor]) -> "ComboBatch":
        moved: dict[str, object] = {}
        for own in fields(self):
            value = getattr(self, own.name)
            if isinstance(value, Tensor):
                moved[own.name] = move(value)
            elif isinstance(value, dict):
                moved[own.name] = {k: move(v) for k, v in value.items()}
        return replace(self, **moved)  # type: ignore[arg-type]
