"""The parts of an attribution by name: atoms, target genes, tokens of drugs, fields of profiles.

Each token of a drug is linear in what goes into it, so that its attribution is split exactly: what
of it is of no single atom or gene is kept under a name of its own, and the parts add up.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.profile_table import ProfileTable
from combo_dl.data import batch
from combo_dl.data.drug_scale import DrugScaler
from combo_dl.data.fitted_study import FittedStudy
from combo_dl.drugs.atoms import atom_symbols, bit_atoms
from combo_dl.infer.explain_path import Asked, PathGradients
from combo_dl.nn.drug_encoder import CLASS, KNOWN, RESPONSE, TARGET
from combo_dl.nn.molecule.fingerprint import FingerprintEncoder
from combo_dl.nn.molecule.gine import GineEncoder
from combo_dl.nn.network import ComboNet
from combo_dl.nn.profile.masked_mlp import LEVEL, NUMBER

ATOM, GENE, TOKEN, CURVE, FIELD = "atom", "target", "drug token", "curve", "field"
KINDS = (ATOM, GENE, TOKEN, CURVE, FIELD)
# What the tokens of a drug are called where people read them.
TOKENS = {
    CLASS: "class and modality",
    RESPONSE: "what it does alone over the training's profiles",
    KNOWN: "learned vector of a training drug",
}
CURVE_HERE = "what it does alone in this profile"
# Of ``ComboBatch.told``: the kind of a part, and what it is called.
HERE = {
    batch.CURVE: (CURVE, CURVE_HERE),
    batch.GENES: (GENE, "what this profile says of its target genes and their neighbours"),
}
OTHER_GENES = "genes that it does not target"
OWN_PROFILE = "learned vector of a training profile"
PANEL = "what the training's drugs do alone in it"
Part = tuple[str, str, str, int]  # kind, whose, name, place (of an atom; -1 else)


@dataclass(frozen=True, kw_only=True)
class Described:
    """What names the inputs of a request. catalog: of the D drugs asked.  genes: names of all
    targets; targets: bool[D, T].  people: the profiles.  shown: N names of the rows' profiles."""

    catalog: DrugCatalog
    genes: tuple[str, ...]
    targets: np.ndarray
    drugs: DrugScaler
    people: ProfileTable
    fitted: FittedStudy
    shown: tuple[str, ...]


def named_parts(
    net: ComboNet, asked: Asked, told: PathGradients, described: Described
) -> list[dict[Part, float]]:
    """{part: attribution} of each row, in the unit of the endpoint; their sum is the difference of
    the ends of the path."""
    drugs = _Drugs(net, asked, described)
    profiles = _Profiles(net, asked, described)
    made: list[dict[Part, float]] = []
    ids, present = asked.tensors.drugs.numpy(), asked.tensors.present.numpy()
    for row in range(len(ids)):
        parts: dict[Part, float] = {}
        for k in np.flatnonzero(present[row]):
            drug = int(ids[row, k])
            parts |= drugs.parts(drug, told.drug[row, k])
            for what, value in told.told.items():
                kind, text = HERE[what]
                parts[(kind, described.catalog.drugs.names[drug], text, -1)] = float(value[row, k])
        made.append(parts | profiles.parts(row, told.profile[row]))
    return made


class _Drugs:
    """Tokens of drugs, and what each is made of."""

    def __init__(self, net: ComboNet, asked: Asked, described: Described) -> None:
        self.net, self.asked, self.described = net, asked, described
        encoder = net.drug
        with torch.no_grad():
            shown = encoder.tokens(asked.related)  # type: ignore[operator]
            blank = encoder.blank()  # type: ignore[operator]
            self.way = {n: _numbers(t - blank[n]) for n, t in shown.items()}
            self.atoms = {
                n: _atom_vectors(e, asked)
                for n, e in encoder.molecules.items()  # type: ignore[union-attr, operator]
            }

    def parts(self, drug: int, slope: np.ndarray) -> dict[Part, float]:
        """Of one drug, whose mean gradient is ``slope`` float64[H]."""
        name, made = self.described.catalog.drugs.names[drug], {}
        atoms: dict[Part, float] = {}
        for token, way in self.way.items():
            total = float(way[drug] @ slope)
            if token in self.atoms:
                own = self._of_atoms(token, drug, slope)
                for place, value in enumerate(own):
                    key = (ATOM, name, f"{self._symbols(drug)[place]}{place + 1}", place)
                    atoms[key] = atoms.get(key, 0.0) + float(value)
                made[(TOKEN, name, f"{token}: of no single atom", -1)] = total - float(own.sum())
            elif token == TARGET:
                made |= self._of_genes(drug, name, slope, total)
            else:
                made[(TOKEN, name, TOKENS[token], -1)] = total
        return atoms | made

    def _symbols(self, drug: int) -> tuple[str, ...]:
        return atom_symbols(self.described.catalog.smiles[drug])

    def _of_atoms(self, token: str, drug: int, slope: np.ndarray) -> np.ndarray:
        """float64[A] of the atoms of one drug, none where it has no structure."""
        catalog = self.described.catalog
        first, last = catalog.atom_ptr[drug], catalog.atom_ptr[drug + 1]
        if first == last:
            return np.zeros(0)
        encoder = self.net.drug.molecules[token]  # type: ignore[union-attr, index]
        if isinstance(encoder, GineEncoder):
            vectors = self.atoms[token]
            assert vectors is not None
            return np.asarray(vectors[first:last] @ slope)
        if isinstance(encoder, FingerprintEncoder):
            return self._of_bits(encoder, drug, slope)
        return np.zeros(last - first)

    def _of_bits(self, encoder: FingerprintEncoder, drug: int, slope: np.ndarray) -> np.ndarray:
        """Each bit that the drug has is shared among the atoms of its environments (heat map
        colouring: Rosenbaum et al., J Cheminform 2011;3:11)."""
        bits = self.described.drugs.fingerprint.kept
        value = _numbers(self.asked.world.fingerprint[drug])
        of_bit = (slope @ _numbers(encoder.out.weight)) * value
        found = bit_atoms(self.described.catalog.smiles[drug])
        atoms = np.zeros(len(self._symbols(drug)))
        for place, bit in enumerate(bits.tolist()):
            if bit in found:
                atoms += of_bit[place] * found[bit] / found[bit].sum()
        return atoms

    def _of_genes(self, drug: int, name: str, slope: np.ndarray, total: float) -> dict[Part, float]:
        described = self.described
        if not described.targets[drug].any():
            return {(GENE, name, OTHER_GENES, -1): total}
        layer: torch.nn.Linear = self.net.drug.target  # type: ignore[assignment, union-attr]
        value = _numbers(self.asked.world.target[drug])
        of_gene = (slope @ _numbers(layer.weight)) * value
        made: dict[Part, float] = {}
        for place, gene in enumerate(described.drugs.target.kept.tolist()):
            if described.targets[drug, gene]:
                made[(GENE, name, described.genes[gene], -1)] = float(of_gene[place])
        return made | {(GENE, name, OTHER_GENES, -1): total - sum(made.values())}


def _atom_vectors(encoder: torch.nn.Module, asked: Asked) -> np.ndarray | None:
    """float64[A, H] what each atom, with what it heard of its neighbours, adds to the token of its
    drug: an encoder of graphs adds up its atoms last (class activation maps of graphs: Pope et al.,
    CVPR 2019)."""
    if not isinstance(encoder, GineEncoder):
        return None
    return _numbers(encoder.by_atom(asked.world))


class _Profiles:
    """Tokens of profiles, and the fields that they are made of."""

    def __init__(self, net: ComboNet, asked: Asked, described: Described) -> None:
        self.described, tensors = described, asked.tensors
        encoder = net.profiles[tensors.study]
        self.profile = tensors.profile.numpy()
        fields = (tensors.number, tensors.seen, tensors.category, tensors.known_profile)
        with torch.no_grad():
            shown, blank = encoder.tokens(*fields), encoder.blank()  # type: ignore[operator]
            self.way = {n: _numbers(t - blank[n]) for n, t in shown.items()}
        number = getattr(encoder, "number", None)
        self.weight = None if number is None else _numbers(number.weight)
        self.standard = described.fitted.scaler.standard(described.people.number)

    def parts(self, row: int, slope: np.ndarray) -> dict[Part, float]:
        """Of the profile of one row, whose mean gradient is ``slope`` float64[H]."""
        described, at = self.described, int(self.profile[row])
        name = described.shown[row]
        made: dict[Part, float] = {}
        categories = described.people.category_fields
        for token, way in self.way.items():
            total = float(way[at] @ slope)
            if token == NUMBER:
                made |= self._of_fields(at, name, slope, total)
            elif token.startswith(LEVEL):
                field = categories[int(token.removeprefix(LEVEL))].name
                made[(FIELD, name, field, -1)] = total
            else:
                made[(FIELD, name, OWN_PROFILE, -1)] = total
        return made

    def _of_fields(self, at: int, name: str, slope: np.ndarray, total: float) -> dict[Part, float]:
        scaler, names = self.described.fitted.scaler, self.described.people.number_fields
        if not len(self.standard) or self.weight is None:
            return {}
        direction = scaler.loading @ (slope @ self.weight)[: scaler.width]
        values = self.standard[at] * direction
        made: dict[Part, float] = {
            (FIELD, name, f.name, -1): float(v) for f, v in zip(names, values, strict=True)
        }
        if self.weight.shape[1] > scaler.width:
            made[(FIELD, name, PANEL, -1)] = total - float(values.sum())
        return made


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()
