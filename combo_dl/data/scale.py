"""ProfileScaler: what is learned about profile fields from training rows, and nothing else.

A number field is standardised by the mean and standard deviation of the training profiles; missing
values become the mean (0). A field of patients with a ceiling (``core.patient_fields``) counts no
higher than that: a few mutational burdens of several hundred would set the scale of all others.
Fields whose names share a prefix before ``:`` (``expr:TP53``) form a
block; a block of more than ``max_fields`` fields is replaced by its principal components, since 40
profiles cannot support thousands of free weights.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import take, take_ids, take_numbers, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.patient_fields import PATIENT_FIELDS
from combo_dl.core.profile_table import PATIENT, ProfileTable

NO_CEILING = 1e15  # the largest number that a bundle may hold


@dataclass(frozen=True, kw_only=True)
class ProfileScaler:
    """mean, scale: float32[Fn]; loading: float32[Fn, C]; blocks: the block of each of C components.

    component_block: int64[C].  field_block: int64[Fn].  ceiling: float32[Fn], values above count as
    it, in the unit of the field; ``NO_CEILING`` for none.
    """

    mean: np.ndarray
    scale: np.ndarray
    loading: np.ndarray
    blocks: tuple[str, ...]
    field_block: np.ndarray
    component_block: np.ndarray
    ceiling: np.ndarray

    @property
    def width(self) -> int:
        """Number of components C."""
        return self.loading.shape[1]

    def transform(self, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(components float32[P, C], seen bool[P, C]); a component is seen when any field of its
        block is."""
        known = ~np.isnan(number)
        standard = self.standard(number)
        member = self.field_block[:, None] == np.arange(len(self.blocks))[None, :]
        any_seen = (known.astype(np.float32) @ member.astype(np.float32)) > 0
        values = standard.astype(np.float32) @ self.loading
        return values.astype(np.float32), any_seen[:, self.component_block]

    def standard(self, number: np.ndarray) -> np.ndarray:
        """float64[P, Fn]: fields in training standard deviations from the training mean, exactly 0
        where missing."""
        capped = np.minimum(np.nan_to_num(number), self.ceiling)
        return np.where(np.isnan(number), 0.0, (capped - self.mean) / self.scale)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        numbers = ("mean", "scale", "loading", "field_block", "component_block", "ceiling")
        return {n: getattr(self, n) for n in numbers} | {"blocks": text_array(self.blocks)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "ProfileScaler":
        """The inverse of ``to_arrays``. Raises FormatError when values or shapes do not fit."""
        blocks = take_text(arrays, "blocks")
        if "ceiling" not in arrays:  # a bundle from before fields had one
            none = np.full(len(take(arrays, "mean")), NO_CEILING, np.float32)
            arrays = arrays | {"ceiling": none}
        made = cls(
            **{n: take_numbers(arrays, n) for n in ("mean", "scale", "loading", "ceiling")},
            **{n: take_ids(arrays, n, len(blocks)) for n in ("field_block", "component_block")},
            blocks=blocks,
        )
        n, c = made.loading.shape if made.loading.ndim == 2 else (-1, -1)
        shapes = (
            made.mean.shape,
            made.scale.shape,
            made.ceiling.shape,
            made.field_block.shape,
            made.component_block.shape,
        )
        if shapes != ((n,), (n,), (n,), (n,), (c,)) or not (made.scale > 0).all():
            raise FormatError(
                f"broken profile scaler: shapes {shapes} for loadings {made.loading.shape}"
            )
        return made


def fit_profile_scaler(
    profiles: ProfileTable, rows: np.ndarray, *, max_fields: int
) -> ProfileScaler:
    """Scaler of the profiles ``rows`` (ids of the training rows' profiles, repeats are ignored)."""
    number = profiles.number[np.unique(rows[rows >= 0])] if len(profiles) else profiles.number
    ceiling = _ceilings(profiles)
    number = np.minimum(number, ceiling)  # a missing value stays missing
    mean, scale = _moments(number)
    names = [f.name for f in profiles.number_fields]
    prefix = [n.split(":")[0] if ":" in n else "" for n in names]
    blocks = tuple(sorted(set(prefix)))
    standard = np.nan_to_num((number - mean) / scale).astype(np.float64)
    columns, owners = [], []
    for b, block in enumerate(blocks):
        at = np.flatnonzero([p == block for p in prefix])
        part = _loading(standard[:, at], max_fields=max_fields)
        wide = np.zeros((len(names), part.shape[1]))
        wide[at] = part
        columns.append(wide)
        owners += [b] * part.shape[1]
    loading = np.concatenate(columns, axis=1) if columns else np.zeros((len(names), 0))
    index = {block: b for b, block in enumerate(blocks)}
    return ProfileScaler(
        mean=mean,
        scale=scale,
        loading=loading.astype(np.float32),
        blocks=blocks,
        field_block=np.array([index[p] for p in prefix], dtype=np.int64),
        component_block=np.array(owners, dtype=np.int64),
        ceiling=ceiling,
    )


def _ceilings(profiles: ProfileTable) -> np.ndarray:
    """float32[Fn]: those of the contract of patients' fields, known before any row is seen."""
    found = np.full(len(profiles.number_fields), NO_CEILING, np.float32)
    if profiles.space == PATIENT:
        for place, field in enumerate(profiles.number_fields):
            known = PATIENT_FIELDS.get(field.name)
            if known is not None:
                found[place] = min(known.ceiling, NO_CEILING)
    return found


def _moments(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(number)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, number, 0.0).astype(np.float64)
    mean = filled.sum(axis=0) / count
    var = (np.where(known, number - mean, 0.0) ** 2).sum(axis=0) / count
    scale = np.where(var > 1e-12, np.sqrt(var), 1.0)
    return mean.astype(np.float32), scale.astype(np.float32)


def _loading(standard: np.ndarray, *, max_fields: int) -> np.ndarray:
    """[fields, components]: the identity for a small block, principal components for a wide one.

    Components are scaled so that the block's mean squared row length equals its number of
    components: every block enters the network at the same size.
    """
    n_fields = standard.shape[1]
    if n_fields <= max_fields:
        return np.eye(n_fields)
    if not len(standard):  # no training profile, so no direction in which profiles differ
        return np.zeros((n_fields, 0))
    _, size, axes = np.linalg.svd(standard, full_matrices=False)
    kept = min(int((size > 1e-3 * max(size[0], 1e-12)).sum()), max_fields)
    axes, size = axes[:kept], size[:kept]
    # The sign of a principal axis is arbitrary; fixing it makes results the same on every machine.
    axes = axes * np.sign(axes[np.arange(kept), np.abs(axes).argmax(axis=1)])[:, None]
    length = np.sqrt((size**2).sum() / max(len(standard), 1) / max(kept, 1))
    return axes.T / max(length, 1e-12)
