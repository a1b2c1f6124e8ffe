"""StudyTensors: a study (or a request) as tensors, from which batches are cut by row."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.data.batch import ComboBatch
from combo_dl.data.scale import ProfileScaler

RESPONSE = "response"  # the block of what the training drugs do alone in a profile

_ROWS = 8192  # of a wide label, looked at together


@dataclass(frozen=True, kw_only=True)
class StudyTensors:
    """All rows of a study as tensors; see ComboBatch for the fields. number: [P, C], P >= 1.

    labels: uint8 where all of an endpoint are 0 or 1, which holds a wide label in a quarter of the
    memory; float32 else.  number_blocks: C names, what kind of field each number comes from
    (``expr``, ``response`` …).
    told: {what: float32[D, P, F]}.
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
    number_blocks: tuple[str, ...] = ()
    told: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.profile)

    def batch(self, rows: Tensor) -> ComboBatch:
        """The batch of these rows (int64[B]); only the profiles that occur are carried along."""
        profile = self.profile[rows]
        # Marking is cheaper than sorting, and keeps the order of ids: same rows, same batch.
        mark = torch.zeros(len(self.number), dtype=torch.bool)
        mark[profile] = True
        kept = mark.nonzero().squeeze(1)
        place = torch.zeros(len(self.number), dtype=torch.int64)
        place[kept] = torch.arange(len(kept))
        return ComboBatch(
            study=self.study,
            drugs=self.drugs[rows],
            present=self.present[rows],
            dose=self.dose[rows],
            dose_known=self.dose_known[rows],
            profile=place[profile],
            number=self.number[kept],
            seen=self.seen[kept],
            category=self.category[kept],
            known_profile=self.known_profile[kept],
            labels={k: v[rows].float() for k, v in self.labels.items()},
            observed={k: v[rows] for k, v in self.observed.items()},
            weight=self.weight[rows],
            row=rows,
            told=self.told_of(kept),
        )

    def told_of(self, profiles: Tensor) -> dict[str, Tensor]:
        """``told`` of these profiles (int64[U]) alone."""
        return {k: v[:, profiles] for k, v in self.told.items()}

    def used_drugs(self) -> Tensor:
        """int64[D'] ids of the world's drugs that stand in a row, ascending."""
        return torch.unique(self.drugs[self.present])

    def of_drugs(self, kept: Tensor) -> "StudyTensors":
        """The same rows, for a world of the drugs ``kept`` (int64[D'], ascending, all that are
        used)."""
        place = torch.searchsorted(kept, self.drugs)
        return replace(
            self,
            drugs=torch.where(self.present, place, 0),
            told={k: v[kept] for k, v in self.told.items()},
        )


def _labels(
    study: Study, columns: dict[str, tuple[str, ...]]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """{endpoint: float32 or uint8[N, W]}, 0 where unseen, and {endpoint: bool[N, W]}, is it
    seen."""
    labels, observed = {}, {}
    for name, wanted in columns.items():
        if all(c in study.combos.labels for c in wanted):
            parts = [study.combos.labels[c] for c in wanted]
            observed[name] = torch.from_numpy(_joined([~np.isnan(p) for p in parts]))
            labels[name] = torch.from_numpy(_joined([_compact(p) for p in parts]))
    return labels, observed


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _compact(label: np.ndarray) -> np.ndarray:
    """A label without NaN: uint8 where it holds 0 and 1 alone, else float32."""
    made = np.zeros(label.shape, np.uint8)
    for start in range(0, len(label), _ROWS):
        part = label[start : start + _ROWS]
        event = part == 1
        if not (event | (part == 0) | np.isnan(part)).all():
            return np.nan_to_num(label).astype(np.float32, copy=False)
        made[start : start + _ROWS] = event
    return made


def study_tensors(
    study: Study,
    *,
    scaler: ProfileScaler,
    world_ids: np.ndarray,
    known_profiles: np.ndarray,
    columns: dict[str, tuple[str, ...]],
    told: dict[str, np.ndarray] | None = None,
    response: np.ndarray | None = None,
    dose: np.ndarray | None = None,
) -> StudyTensors:
    """Tensors of ``study``.

    world_ids: int64[D], the world's id of each drug of the study.  known_profiles: int64[P], the
    training id of each profile, -1 for a new one.  columns: {endpoint: its labels}; an endpoint the
    study lacks is left out.  told: {what: float32[D, P, F]} of the world's drugs.  response:
    float32[P, R] of each profile, the last number: is it known.  dose: float32[N, K] as a network
    reads it, where that is not the study's own.  Raises InputError when a profile is missing.
    """
    combos = study.combos
    given = combos.dose if dose is None else dose
    number, seen = scaler.transform(study.profiles.number)
    blocks = tuple(scaler.blocks[b] for b in scaler.component_block)
    if response is not None:
        number = np.concatenate([number, response[:, :-1]], axis=1)
        seen = np.concatenate([seen, np.repeat(response[:, -1:] > 0, response.shape[1] - 1, 1)], 1)
        blocks += (RESPONSE,) * (response.shape[1] - 1)
    category = study.profiles.category.astype(np.int64)
    profile = combos.profile.astype(np.int64)
    if not len(study.profiles):
        number, seen = np.zeros((1, scaler.width), np.float32), np.zeros((1, scaler.width), bool)
        category, profile = np.zeros((1, category.shape[1]), np.int64) - 1, np.zeros_like(profile)
        known_profiles = np.array([-1])
    elif (profile < 0).any():
        raise InputError(
            f"row {int(np.argmax(profile < 0))} of study {study.name!r} has no profile; name one"
        )
    labels, observed = _labels(study, columns)
    return StudyTensors(
        study=study.name,
        drugs=torch.from_numpy(
            np.where(combos.drugs >= 0, world_ids[combos.drugs], 0).astype(np.int64)
        ),
        present=torch.from_numpy(combos.present),
        dose=torch.from_numpy(np.log1p(np.nan_to_num(given)).astype(np.float32)),
        dose_known=torch.from_numpy(~np.isnan(given) & combos.present),
        profile=torch.from_numpy(profile),
        number=torch.from_numpy(number),
        seen=torch.from_numpy(seen),
        category=torch.from_numpy(category),
        known_profile=torch.from_numpy(known_profiles.astype(np.int64)),
        labels=labels,
        observed=observed,
        weight=torch.from_numpy(combos.weight.astype(np.float32)),
        number_blocks=blocks,
        told={k: torch.from_numpy(v) for k, v in (told or {}).items()},
    )
