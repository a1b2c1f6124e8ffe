"""KernelInputs: the rows, drugs and profiles of a study or a request as blocks of features.

They are the very numbers that networks are given (scaled by training rows), so that a kernel and a
network know the same of a drug and of a profile.
"""

from dataclasses import dataclass, replace

import numpy as np

from combo_dl.data.batch import CURVE
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.world import WorldTensors


@dataclass(frozen=True, kw_only=True)
class Block:
    """Features of n things: float64[n, F], and which of the things have them (bool[n]).

    exact: two things are alike where their features are equal, else not at all (levels).
    """

    values: np.ndarray
    present: np.ndarray
    exact: bool = False

    def take(self, ids: np.ndarray) -> "Block":
        """The block of these things."""
        return replace(self, values=self.values[ids], present=self.present[ids])


@dataclass(frozen=True, kw_only=True)
class Things:
    """Drugs or profiles. known: int64[n], id among the training ones, -1 for a new one."""

    known: np.ndarray
    blocks: dict[str, Block]

    def __len__(self) -> int:
        return len(self.known)

    def take(self, ids: np.ndarray) -> "Things":
        """These things."""
        return Things(
            known=self.known[ids], blocks={n: b.take(ids) for n, b in self.blocks.items()}
        )


@dataclass(frozen=True, kw_only=True)
class KernelInputs:
    """N rows. drugs int64[N, K], present bool[N, K], profile int64[N].

    states: float64[D, P, F], what each drug does alone in each profile, and has_state bool[D, P];
    F = 0 where single-drug curves are not used.
    """

    drugs: np.ndarray
    present: np.ndarray
    profile: np.ndarray
    of_drugs: Things
    of_profiles: Things
    states: np.ndarray
    has_state: np.ndarray

    def __len__(self) -> int:
        return len(self.profile)


def kernel_inputs(world: WorldTensors, tensors: StudyTensors) -> KernelInputs:
    """Blocks of the drugs of a world and of the profiles of a study."""
    curve = tensors.told.get(CURVE)
    states = np.zeros((len(world), len(tensors.number), 1)) if curve is None else curve.numpy()
    return KernelInputs(
        drugs=tensors.drugs.numpy(),
        present=tensors.present.numpy(),
        profile=tensors.profile.numpy(),
        of_drugs=_drugs(world),
        of_profiles=_profiles(tensors),
        # The last number of a state says whether there is a curve.
        states=states[..., :-1].astype(np.float64),
        has_state=states[..., -1] > 0,
    )


def _drugs(world: WorldTensors) -> Things:
    response = world.response.numpy().astype(np.float64)
    blocks = {
        "fingerprint": _block(world.fingerprint.numpy(), world.structure.numpy()),
        "target": _block(world.target.numpy(), world.has_target.numpy()),
    }
    if response.shape[1]:
        blocks["response"] = _block(response[:, :-1], np.asarray(response[:, -1] > 0))
    return Things(known=world.known_id.numpy(), blocks=_used(blocks))


def _profiles(tensors: StudyTensors) -> Things:
    number, seen = tensors.number.numpy(), tensors.seen.numpy()
    blocks = {
        name: _block(number[:, columns], seen[:, columns].any(axis=1))
        for name, columns in _columns(tensors.number_blocks)
    }
    category = tensors.category.numpy()
    for field in range(category.shape[1]):
        levels = category[:, [field]]
        known = np.greater_equal(levels[:, 0], 0)
        blocks[f"category {field}"] = replace(_block(levels, known), exact=True)
    return Things(known=tensors.known_profile.numpy(), blocks=_used(blocks))


def _columns(names: tuple[str, ...]) -> list[tuple[str, np.ndarray]]:
    owner = np.array(names, dtype=str)
    return [(f"number {name}", np.flatnonzero(owner == name)) for name in dict.fromkeys(names)]


def _block(values: np.ndarray, present: np.ndarray | np.bool) -> Block:
    return Block(values=values.astype(np.float64), present=np.asarray(present, bool))


def _used(blocks: dict[str, Block]) -> dict[str, Block]:
    return {n: b for n, b in blocks.items() if b.values.shape[1]}
