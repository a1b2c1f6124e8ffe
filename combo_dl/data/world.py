"""WorldTensors: the drugs of a study or a request, their features and relations, as tensors."""

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph, Relation
from combo_dl.core.drug_table import MODALITIES
from combo_dl.data.drug_scale import DrugScaler, fingerprint_values


@dataclass(frozen=True, kw_only=True)
class WorldTensors:
    """D drugs, T targets.

    atom int64[A, Fa], bond int64[M, Fb], bond_index int64[2, M], atom_drug int64[A] (owner),
    structure bool[D], fingerprint float32[D, F'], target float32[D, T'], has_target bool[D],
    modality int64[D], drug_class int64[D] (-1 unknown), known_id int64[D] (id in the training
    vocabulary, -1 for a new drug), response float32[D, R] (single-drug curves over the training
    profiles; R = 0 where they are not used), edges {"kind|relation|kind": int64[2, E]}.
    """

    atom: Tensor
    bond: Tensor
    bond_index: Tensor
    atom_drug: Tensor
    structure: Tensor
    fingerprint: Tensor
    target: Tensor
    has_target: Tensor
    modality: Tensor
    drug_class: Tensor
    known_id: Tensor
    response: Tensor
    edges: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.structure)

    def to(self, device: torch.device | str) -> "WorldTensors":
        """The world on ``device``."""
        moved: dict[str, object] = {"edges": {k: v.to(device) for k, v in self.edges.items()}}
        for field in fields(self):
            if field.name != "edges":
                moved[field.name] = getattr(self, field.name).to(device)
        return replace(self, **moved)  # type: ignore[arg-type]

    def take(self, drugs: Tensor) -> "WorldTensors":
        """The world of these drugs alone (int64[D'], each once), without relations: what a drug
        hears from others needs them all."""
        place = torch.full((len(self),), -1)
        place[drugs] = torch.arange(len(drugs))
        owner = place[self.atom_drug]
        # Atoms stay in the order of their drugs, which encoders may rely on.
        atoms = torch.argsort(owner, stable=True)[int((owner < 0).sum()) :]
        of_atom = torch.full((len(owner),), -1)
        of_atom[atoms] = torch.arange(len(atoms))
        ends = of_atom[self.bond_index]
        bonds = torch.nonzero(ends[0] >= 0).squeeze(1)
        by_drug = [f.name for f in fields(self) if f.name not in _OF_ATOMS and f.name != "edges"]
        return replace(
            self,
            atom=self.atom[atoms],
            atom_drug=owner[atoms],
            bond=self.bond[bonds],
            bond_index=ends[:, bonds],
            edges={},
            **{name: getattr(self, name)[drugs] for name in by_drug},
        )


_OF_ATOMS = ("atom", "bond", "bond_index", "atom_drug")


def relation_key(relation: Relation) -> str:
    """Name of a relation in ``WorldTensors.edges``."""
    return "|".join(relation)


def world_tensors(
    catalog: DrugCatalog,
    graph: DrugGraph,
    *,
    scaler: DrugScaler,
    known: dict[str, int],
    response: np.ndarray,
) -> WorldTensors:
    """Tensors of a catalog.

    known: {drug name: id in the training vocabulary}.  response: float32[D, R].
    """
    classes = {c: i for i, c in enumerate(scaler.classes)}
    targets = graph.target_profile()
    has_target = np.asarray(targets.any(axis=1))
    structure = catalog.has_structure
    owner = np.repeat(np.arange(len(catalog)), np.diff(catalog.atom_ptr))
    return WorldTensors(
        atom=_long(catalog.atom),
        bond=_long(catalog.bond),
        bond_index=_long(catalog.bond_index),
        atom_drug=_long(owner),
        structure=torch.from_numpy(structure),
        fingerprint=torch.from_numpy(
            scaler.fingerprint.transform(fingerprint_values(catalog), structure)
        ),
        target=torch.from_numpy(scaler.target.transform(targets, has_target)),
        has_target=torch.from_numpy(has_target),
        modality=_long(np.array([MODALITIES.index(m) for m in catalog.modality])),
        drug_class=_long(np.array([classes.get(c, -1) for c in catalog.drug_class])),
        known_id=_long(np.array([known.get(n, -1) for n in catalog.drugs.names])),
        response=torch.from_numpy(response),
        edges={relation_key(r): _long(e) for r, e in graph.edges.items()},
    )


def _long(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array).astype(np.int64))
