"""GeneMeeting: what a profile says of the genes that a drug acts on, and of their neighbours.

A field of one gene (``core.gene_fields``) is a number like any other to an encoder of profiles,
which cannot know that a drug binds just this gene. Here the two meet: for each kind of field, the
standardised values of the drug's target genes are added up and divided by the root of their number
(Stouffer et al. 1949), and so are those of the genes that are joined to its targets in the gene
graph, each weighted by how many targets it is next to: one step of network propagation (Cowen et
al., Nat Rev Genet 2017;18:551-562). A gene without a value adds nothing, and a mark says whether
any had one. A drug never seen has these numbers as soon as its targets are known.

Numbers are standardised and kept within MOST; whether a gene is mutated is not, as one layer reads
all genes: a variant would count the more the rarer it is, and nothing where training has none.
"""

from dataclasses import dataclass, field

import numpy as np

from combo_dl.core.arrays import take_numbers, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.gene_fields import MUTATION, GeneField, gene_fields
from combo_dl.core.profile_table import ProfileTable

STEPS = ("at targets", "beside targets")
_LEAST_SCALE = 1e-6
_PROFILES = 4096  # looked at together
BINARY = 0.5  # scale of fields of 0 and 1: the most that their deviation can be
MOST = 6.0  # deviations


@dataclass(frozen=True, kw_only=True)
class GeneMeeting:
    """kinds: K kinds of fields.  genes: G genes that some field speaks of.  mean, scale:
    float32[K, G] over training profiles, scale BINARY of 0 and 1; scale 0 where there is no such
    field, or a number is the same in all of them.  near: float32[T, G], genes
    joined to each of the T targets of the graph; no row where neighbours are not used."""

    kinds: tuple[str, ...]
    genes: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    near: np.ndarray

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what is told: a kind of field at targets, or beside them."""
        return tuple(f"{kind} {step}" for step in STEPS[: self._steps] for kind in self.kinds)

    @property
    def _steps(self) -> int:
        return 2 if len(self.near) else 1

    def told(
        self,
        profiles: ProfileTable,
        targets: np.ndarray,
        names: tuple[str, ...],
        parts: tuple[str, ...] | None = None,
    ) -> np.ndarray:
        """float32[D, P, 2 Q] of D drugs in these profiles: of each of Q ``parts``, its own by
        default, a sum, and 1 where any of it is known; 0 of a part that it has not.

        targets: float32[D, T], 1 for a target.  names: the symbols of the T, in the order that the
        neighbours were learned for.
        """
        place = {part: 2 * k for k, part in enumerate(self.parts if parts is None else parts)}
        at = {gene: place for place, gene in enumerate(self.genes)}
        own = np.zeros((len(names), len(self.genes)), np.float32)
        for row, name in enumerate(names):
            if name in at:
                own[row, at[name]] = 1.0
        reach = [targets @ own] + ([targets @ self.near] if len(self.near) else [])
        raw = self._raw(profiles, at)
        made = np.zeros((len(targets), len(profiles), 2 * len(place)), np.float32)
        for k, kind in enumerate(self.kinds):
            value, seen = self._standard(raw[k], k)
            for step, weight in zip(STEPS, reach, strict=False):
                for start in range(0, len(profiles), _PROFILES):
                    some, column = slice(start, start + _PROFILES), place[f"{kind} {step}"]
                    size = (weight**2) @ seen[some].T
                    known = size > 0
                    total = weight @ value[some].T
                    made[:, some, column] = total / np.sqrt(np.where(known, size, 1.0))
                    made[:, some, column + 1] = known
        return made

    def _raw(self, profiles: ProfileTable, at: dict[str, int]) -> np.ndarray:
        """float32[K, P, G], NaN where a profile has no value."""
        raw = np.full((len(self.kinds), len(profiles), len(self.genes)), np.nan, np.float32)
        kinds = {kind: place for place, kind in enumerate(self.kinds)}
        for one in gene_fields(profiles.fields):
            if one.kind in kinds and one.gene in at:
                raw[kinds[one.kind], :, at[one.gene]] = field_values(profiles, one)
        return raw

    def _standard(self, raw: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
        """(values, 0 where unknown; 1 where known), float32[P, G] each, of one kind."""
        usable = self.scale[kind] > 0
        known = ~np.isnan(raw) & usable
        scale = np.where(usable, self.scale[kind], 1.0)
        value = np.where(known, (np.nan_to_num(raw) - self.mean[kind]) / scale, 0.0)
        value = np.clip(value, -MOST, MOST)
        return value.astype(np.float32), known.astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        names = {"kinds": text_array(self.kinds), "genes": text_array(self.genes)}
        return names | {"mean": self.mean, "scale": self.scale, "near": self.near}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "GeneMeeting":
        """The inverse of ``to_arrays``. Raises FormatError when shapes or values do not fit."""
        kinds, genes = take_text(arrays, "kinds"), take_text(arrays, "genes")
        mean, scale = take_numbers(arrays, "mean"), take_numbers(arrays, "scale")
        near = take_numbers(arrays, "near")
        wanted = (len(kinds), len(genes))
        shapes = (mean.shape, scale.shape, near.shape)
        fits = shapes[:2] == (wanted, wanted) and near.ndim == 2 and near.shape[1] == len(genes)
        names = min(wanted) > 0 and len(set(kinds)) == len(kinds) and len(set(genes)) == len(genes)
        if not fits or not names:
            raise FormatError(f"broken genes of profiles: shapes {shapes} for {wanted}")
        tiny = (scale != 0) & (scale < _LEAST_SCALE)
        if tiny.any() or (near < 0).any() or (near > 1).any():
            raise FormatError("broken genes of profiles: a scale or a weight out of its range")
        return cls(kinds=kinds, genes=genes, mean=mean, scale=scale, near=near)


@dataclass(frozen=True, kw_only=True)
class GeneGraph:
    """near: float32[T, G], 1 where a gene is joined to a target of the drugs' graph; T = 0 where
    profiles meet drugs at targets alone.  genes: symbols of the G."""

    genes: tuple[str, ...] = ()
    near: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


def field_values(profiles: ProfileTable, field: GeneField) -> np.ndarray:
    """float32[P] of a field of one gene: its number, or 0 for no and 1 for yes; NaN missing."""
    if field.number:
        return profiles.number[:, field.column]
    category = profiles.category[:, field.column]
    return np.where(category < 0, np.nan, category).astype(np.float32)


def fit_gene_meeting(
    profiles: ProfileTable, rows: np.ndarray, graph: GeneGraph
) -> GeneMeeting | None:
    """Fit on the profiles ``rows`` (ids, repeats are ignored); None where no field is of a gene."""
    found = gene_fields(profiles.fields)
    if not found:
        return None
    kinds = tuple(sorted({f.kind for f in found}))
    own = tuple(sorted({f.gene for f in found}))
    used = np.unique(rows[rows >= 0])
    mean, scale = (np.zeros((len(kinds), len(own)), np.float32) for _ in range(2))
    at = {gene: place for place, gene in enumerate(own)}
    for one in found:
        values = field_values(profiles, one)[used].astype(np.float64)
        values = values[~np.isnan(values)]
        if len(values):
            place = kinds.index(one.kind), at[one.gene]
            mean[place] = values.mean()
            spread = BINARY if one.kind == MUTATION else values.std()
            scale[place] = spread if spread > _LEAST_SCALE else 0.0
    near = np.zeros((len(graph.near), len(own)), np.float32)
    for column, gene in enumerate(graph.genes):
        if gene in at:
            near[:, at[gene]] = graph.near[:, column]
    return GeneMeeting(kinds=kinds, genes=own, mean=mean, scale=scale, near=near)
