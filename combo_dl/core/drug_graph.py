"""DrugGraph: relations among drugs and target genes, each with its source."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_range, check_shape, take, take_text, text_array
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.vocab import Vocab

Relation = tuple[str, str, str]

DRUG_TARGET: Relation = ("drug", "binds", "target")
TARGET_TARGET: Relation = ("target", "interacts", "target")
DRUG_DRUG: Relation = ("drug", "interacts", "drug")


@dataclass(frozen=True, kw_only=True)
class DrugGraph:
    """Edges ``int32[2, E]`` a relation (row 0 source, row 1 destination), weights ``float32[E]``.

    ``source`` names where a relation's edges come from, so that a label source can be refused.
    """

    drugs: Vocab
    targets: Vocab
    edges: dict[Relation, np.ndarray]
    weight: dict[Relation, np.ndarray]
    source: dict[Relation, str]

    def validate(self) -> "DrugGraph":
        """Itself. Raises InputError when an edge leaves the nodes or lacks weight or source."""
        size = {"drug": len(self.drugs.validate()), "target": len(self.targets.validate())}
        for relation, edge in self.edges.items():
            check_shape(f"edges {relation}", edge, (2, None))
            if edge.dtype.kind != "i":
                raise InputError(f"edges {relation} hold {edge.dtype}; expected integer ids")
            check_range(f"edges {relation} sources", edge[0], 0, size[relation[0]])
            check_range(f"edges {relation} destinations", edge[1], 0, size[relation[2]])
            if relation not in self.weight or relation not in self.source:
                raise InputError(f"relation {relation} has no weight or no source; both are needed")
            check_shape(f"weight {relation}", self.weight[relation], (edge.shape[1],))
        return self

    def without_sources(self, sources: set[str]) -> "DrugGraph":
        """The graph without the relations whose source is one of ``sources`` (label sources)."""
        kept = [r for r in self.edges if self.source[r] not in sources]
        return self._with({r: self.edges[r] for r in kept}, {r: self.weight[r] for r in kept})

    def drug_relations(self) -> list[Relation]:
        """The relations that join drugs with drugs, sorted."""
        return sorted(r for r in self.edges if r[0] == r[2] == "drug")

    def without_pairs(self, pairs: np.ndarray, *, identity: np.ndarray) -> "DrugGraph":
        """The graph without the edges of every drug–drug relation that join a pair of ``pairs``.

        pairs: int64[n, 2] identities, in any order.  identity: int64[D] of each drug, 0 or more:
        drugs of one structure under several names have the same, and lose the edges of all.
        A relation that loses all its edges stays, empty.
        """
        edges, weight = dict(self.edges), dict(self.weight)
        size = max(int(identity.max(initial=0)), int(pairs.max(initial=0))) + 1
        refused = _pair_code(pairs.T, size)
        for relation in self.drug_relations():
            edge = edges[relation]
            keep = ~np.isin(_pair_code(identity[edge], size), refused)
            edges[relation], weight[relation] = edge[:, keep], weight[relation][keep]
        return self._with(edges, weight)

    def _with(
        self, edges: dict[Relation, np.ndarray], weight: dict[Relation, np.ndarray]
    ) -> "DrugGraph":
        source = {r: self.source[r] for r in edges}
        return DrugGraph(
            drugs=self.drugs, targets=self.targets, edges=edges, weight=weight, source=source
        )

    def target_profile(self) -> np.ndarray:
        """Multi-hot ``float32[D, T]`` of the drug–target edges."""
        hot = np.zeros((len(self.drugs), len(self.targets)), dtype=np.float32)
        if DRUG_TARGET in self.edges:
            drug, target = self.edges[DRUG_TARGET]
            hot[drug, target] = 1.0
        return hot

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays (no objects) for an npz file."""
        arrays = {"drugs": text_array(self.drugs.names), "targets": text_array(self.targets.names)}
        relations = sorted(self.edges)
        arrays["relations"] = text_array(["|".join(r) for r in relations])
        arrays["sources"] = text_array([self.source[r] for r in relations])
        for i, relation in enumerate(relations):
            arrays[f"edge{i}"], arrays[f"weight{i}"] = self.edges[relation], self.weight[relation]
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "DrugGraph":
        """The inverse of ``to_arrays``. Raises FormatError when arrays are missing or unfit."""
        names = take_text(arrays, "relations")
        split = [tuple(n.split("|")) for n in names]
        if any(len(r) != 3 or not {r[0], r[2]} <= {"drug", "target"} for r in split):
            raise FormatError(f"broken drug graph: relations {names}; expected kind|relation|kind")
        relations: list[Relation] = [(r[0], r[1], r[2]) for r in split]
        sources = take_text(arrays, "sources")
        if len(sources) != len(relations):
            raise FormatError(
                f"broken drug graph: {len(sources)} sources for {len(relations)} relations"
            )
        made = cls(
            drugs=Vocab(kind="drug", names=take_text(arrays, "drugs")),
            targets=Vocab(kind="target", names=take_text(arrays, "targets")),
            edges={r: take(arrays, f"edge{i}") for i, r in enumerate(relations)},
            weight={r: take(arrays, f"weight{i}") for i, r in enumerate(relations)},
            source=dict(zip(relations, sources, strict=True)),
        )
        try:
            return made.validate()
        except InputError as error:
            raise FormatError(f"broken drug graph: {error}") from error


def _pair_code(ends: np.ndarray, size: int) -> np.ndarray:
    """int64[n] of each pair int[2, n] of numbers below ``size``, the same in either order."""
    low, high = np.sort(ends.astype(np.int64), axis=0)
    return low * size + high
