"""Drugs become a DrugCatalog: structures read, made standard, featurised and packed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rdkit import Chem

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.molecule_features import FINGERPRINT_BITS
from combo_dl.core.vocab import Vocab
from combo_dl.drugs.chemistry import molecule_key, parse_smiles
from combo_dl.drugs.molecule_graph import MoleculeGraph, featurise, fingerprint

# A known drug of another kind (an antibody) keeps no structure, whatever a source writes for it.
_STRUCTURED = ("small_molecule", "peptide", "oligonucleotide", "other")


@dataclass(frozen=True, kw_only=True)
class _Structure:
    smiles: str
    inchikey: str
    graph: MoleculeGraph
    fingerprint: np.ndarray


def build_catalog(drugs: Sequence[Drug]) -> DrugCatalog:
    """The catalog of ``drugs``, in their order.

    Its ``smiles`` and ``inchikey`` are those of the standard form (``chemistry.parse_smiles``). A
    drug without SMILES gets no atoms, a zero fingerprint and the InChIKey it states, if any.
    Raises InputError on a SMILES that cannot be read or on a name that is there twice.
    """
    built = [_structure(drug.validate()) for drug in drugs]
    atom_ptr = _pointers([len(s.graph.atom) for s in built])
    graphs = [MoleculeGraph.empty(), *(s.graph for s in built)]
    moved = [s.graph.bond_index + np.int32(p) for s, p in zip(built, atom_ptr[:-1], strict=True)]
    prints = [s.fingerprint for s in built]
    return DrugCatalog(
        drugs=Vocab(kind="drug", names=tuple(d.name for d in drugs)),
        modality=tuple(d.modality for d in drugs),
        smiles=tuple(s.smiles for s in built),
        inchikey=tuple(s.inchikey for s in built),
        drug_class=tuple(d.drug_class for d in drugs),
        atc=tuple("|".join(d.atc) for d in drugs),
        atom=np.concatenate([g.atom for g in graphs]),
        bond=np.concatenate([g.bond for g in graphs]),
        bond_index=np.concatenate([graphs[0].bond_index, *moved], axis=1),
        atom_ptr=atom_ptr,
        bond_ptr=_pointers([len(s.graph.bond) for s in built]),
        fingerprint=np.array(prints, np.uint8).reshape(-1, FINGERPRINT_BITS),
    ).validate()


def study_drugs(
    names: Sequence[str], smiles: Sequence[str], *, table: DrugTable
) -> tuple[Drug, ...]:
    """One Drug a name of a study, in order and under the study's names.

    What ``table`` knows of a drug wins; the study's SMILES stands in where a drug that may have a
    structure has none there. A drug unknown to the table has its SMILES, or modality "other".
    Raises InputError when ``names`` and ``smiles`` differ in length.
    """
    if len(names) != len(smiles):
        raise InputError(f"{len(smiles)} SMILES for {len(names)} drugs; give one each, '' for none")
    pairs = zip(names, smiles, strict=True)
    return tuple(_study_drug(n, s.strip(), table.find(n)) for n, s in pairs)


def _study_drug(name: str, smiles: str, found: Drug | None) -> Drug:
    drug = replace(found, name=name) if found else Drug(name=name, modality="other")
    if not smiles or drug.smiles or drug.modality not in _STRUCTURED:
        return drug
    modality = "small_molecule" if drug.modality == "other" else drug.modality
    return replace(drug, smiles=smiles, modality=modality)


def _structure(drug: Drug) -> _Structure:
    if not drug.smiles.strip():
        return _Structure(
            smiles="",
            inchikey=drug.inchikey,
            graph=MoleculeGraph.empty(),
            fingerprint=np.zeros(FINGERPRINT_BITS, np.uint8),
        )
    mol = parse_smiles(drug.smiles, where=f"drug {drug.name!r}")
    return _Structure(
        smiles=Chem.MolToSmiles(mol),
        inchikey=molecule_key(mol) or drug.inchikey,
        graph=featurise(mol),
        fingerprint=fingerprint(mol),
    )


def _pointers(sizes: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
