"""DrugScaler: what is learned about drug features from the drugs of the training rows.

Fingerprint bits and target genes that do not vary among the training drugs carry nothing that could
be learned; their untrained weights would be noise for a new drug, so they are dropped. The kept
ones are centred and brought to a common size.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import take, take_numbers, take_text, text_array
from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.errors import FormatError


@dataclass(frozen=True, kw_only=True)
class BitScaler:
    """kept: int64[F'] columns of the raw matrix.  mean: float32[F'].  size: one divisor for all."""

    kept: np.ndarray
    mean: np.ndarray
    size: float

    def transform(self, raw: np.ndarray, present: np.ndarray) -> np.ndarray:
        """float32[D, F'] of raw float[D, F]; rows that are not ``present`` are zero."""
        scaled = (raw[:, self.kept].astype(np.float32) - self.mean) / np.float32(self.size)
        return np.where(present[:, None], scaled, np.float32(0.0))


@dataclass(frozen=True, kw_only=True)
class DrugScaler:
    """Scalers of fingerprints and targets, and the drug classes that training rows hold."""

    fingerprint: BitScaler
    target: BitScaler
    classes: tuple[str, ...]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        arrays = {"classes": text_array(self.classes)}
        for name in ("fingerprint", "target"):
            part: BitScaler = getattr(self, name)
            arrays |= {f"{name}_kept": part.kept, f"{name}_mean": part.mean}
            arrays[f"{name}_size"] = np.array([part.size], np.float64)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "DrugScaler":
        """The inverse of ``to_arrays``. Raises FormatError when shapes do not fit."""
        return cls(
            fingerprint=_bits_from(arrays, "fingerprint"),
            target=_bits_from(arrays, "target"),
            classes=take_text(arrays, "classes"),
        )


def _bits_from(arrays: dict[str, np.ndarray], name: str) -> BitScaler:
    kept, mean = take(arrays, f"{name}_kept"), take_numbers(arrays, f"{name}_mean")
    # Not through float32: the divisor was noted, and used, in full.
    size = take(arrays, f"{name}_size")
    take_numbers(arrays, f"{name}_size")
    if kept.shape != mean.shape or size.shape != (1,) or not size[0] > 0 or kept.dtype.kind != "i":
        raise FormatError(
            f"broken {name} scaler: {kept.shape} columns, {mean.shape} means, size {size}"
        )
    return BitScaler(kept=kept, mean=mean, size=float(size[0]))


def fit_drug_scaler(catalog: DrugCatalog, graph: DrugGraph, drugs: np.ndarray) -> DrugScaler:
    """Scaler of the training drugs ``drugs`` (ids of the catalog, repeats are ignored)."""
    used = np.unique(drugs[drugs >= 0])
    structured = used[catalog.has_structure[used]]
    targets = graph.target_profile()[used]
    return DrugScaler(
        fingerprint=_fit_bits(fingerprint_values(catalog)[structured]),
        target=_fit_bits(targets[targets.any(axis=1)]),
        classes=tuple(sorted({catalog.drug_class[d] for d in used} - {""})),
    )


def fingerprint_values(catalog: DrugCatalog) -> np.ndarray:
    """float32[D, bits]: 1 where a substructure occurs."""
    return (catalog.fingerprint > 0).astype(np.float32)


def _fit_bits(raw: np.ndarray) -> BitScaler:
    if not len(raw):
        return BitScaler(kept=np.zeros(0, np.int64), mean=np.zeros(0, np.float32), size=1.0)
    kept = np.flatnonzero(raw.std(axis=0) > 0)
    mean = raw[:, kept].mean(axis=0)
    # Mean squared row length becomes the number of kept columns, as if each had unit variance.
    length = float(np.sqrt(((raw[:, kept] - mean) ** 2).mean())) if len(kept) else 1.0
    return BitScaler(kept=kept.astype(np.int64), mean=mean.astype(np.float32), size=length)
