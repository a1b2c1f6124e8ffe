"""Kernels as flat arrays (no objects), for a bundle and for resuming."""

import json
from dataclasses import asdict

import numpy as np

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.kernels.average import AverageOfKernels
from combo_dl.kernels.inputs import Block, Things
from combo_dl.kernels.ridge import ProductRidge, Trained
from combo_dl.kernels.similarity import Weights
from combo_dl.kernels.spec import KernelSpec
from combo_dl.kernels.states import StateFeatures

Arrays = dict[str, np.ndarray]
MAX_KERNELS = 1000


def to_arrays(found: AverageOfKernels) -> Arrays:
    """All that prediction needs; features of training profiles are among it."""
    trained = found.trained
    arrays = _things("drugs", trained.drugs) | _things("profiles", trained.profiles)
    arrays["pairs"] = trained.pairs.astype(np.int32)
    header = {
        "medians": trained.medians,
        "state_median": trained.state_median,
        "members": [asdict(m.spec) for m in found.members],
        "centre": [m.centre for m in found.members],
        "scale": [m.states.scale if m.states else None for m in found.members],
    }
    arrays["header"] = text_array((json.dumps(header),))
    for i, member in enumerate(found.members):
        for column in member.weight:
            arrays[f"{i}:weight:{column}"] = member.weight[column].astype(np.float32)
            arrays[f"{i}:beta:{column}"] = member.beta[column].astype(np.float32)
        if member.states is not None:
            arrays[f"{i}:landmarks"] = member.states.landmarks.astype(np.float32)
            arrays[f"{i}:root"] = member.states.root.astype(np.float32)
    return arrays


def from_arrays(arrays: Arrays, columns: tuple[str, ...]) -> AverageOfKernels:
    """The inverse of ``to_arrays`` for these label columns. Raises FormatError."""
    try:
        header = json.loads(take_text(arrays, "header")[0])
        drugs, profiles = _from("drugs", arrays), _from("profiles", arrays)
        pairs = take(arrays, "pairs").astype(np.int64)
        trained = Trained(
            drugs=drugs,
            profiles=profiles,
            pairs=pairs,
            medians={k: {n: float(v) for n, v in header["medians"][k].items()} for k in _KINDS},
            state_median=float(header["state_median"]),
        )
        count = len(header["members"])
        if not 1 <= count <= MAX_KERNELS:
            raise FormatError(f"{count} kernels; expected 1 to {MAX_KERNELS}")
        members = tuple(_member(i, header, arrays, columns) for i in range(count))
        found = AverageOfKernels(trained=trained, members=members)
        _check(found)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FormatError(f"broken kernel ridge: {type(error).__name__}: {error}") from error
    return found


_KINDS = ("drug", "profile")


def _member(i: int, header: dict, arrays: Arrays, columns: tuple[str, ...]) -> ProductRidge:
    raw = dict(header["members"][i])
    raw |= {kind: Weights(**raw[kind]) for kind in _KINDS}
    scale = header["scale"][i]
    states = None
    if scale is not None:
        states = StateFeatures(
            landmarks=take(arrays, f"{i}:landmarks").astype(np.float64),
            root=take(arrays, f"{i}:root").astype(np.float64),
            scale=float(scale),
        )
    return ProductRidge(
        spec=KernelSpec(**raw),
        states=states,
        weight={c: take(arrays, f"{i}:weight:{c}").astype(np.float64) for c in columns},
        beta={c: take(arrays, f"{i}:beta:{c}").astype(np.float64) for c in columns},
        centre={c: float(header["centre"][i][c]) for c in columns},
    )


def _check(found: AverageOfKernels) -> None:
    """Raise FormatError unless sizes fit and every number is finite."""
    trained = found.trained
    pairs, n = trained.pairs, len(trained.drugs)
    if (
        pairs.ndim != 2
        or pairs.shape[1] != 2
        or (pairs.size and not 0 <= pairs.min() <= pairs.max() < n)
    ):
        raise FormatError(f"pairs of the kernel ridge are {pairs.shape}; expected ids of {n} drugs")
    wanted = (len(pairs), len(trained.profiles))
    for member in found.members:
        for column, weight in member.weight.items():
            if weight.shape != wanted or member.beta[column].ndim != 1:
                raise FormatError(f"weights of a kernel are {weight.shape}; expected {wanted}")
            if not (np.isfinite(weight).all() and np.isfinite(member.beta[column]).all()):
                raise FormatError("weights of a kernel hold numbers that are not finite")
            if not np.isfinite(member.centre[column]):
                raise FormatError(f"a kernel has the centre {member.centre[column]}")


def _things(prefix: str, things: Things) -> Arrays:
    arrays = {f"{prefix}:known": things.known, f"{prefix}:blocks": text_array(tuple(things.blocks))}
    for name, block in things.blocks.items():
        arrays[f"{prefix}:values:{name}"] = block.values.astype(np.float32)
        arrays[f"{prefix}:present:{name}"] = block.present
        arrays[f"{prefix}:exact:{name}"] = np.array([block.exact])
    return arrays


def _from(prefix: str, arrays: Arrays) -> Things:
    known = take(arrays, f"{prefix}:known").astype(np.int64)
    blocks = {}
    for name in take_text(arrays, f"{prefix}:blocks"):
        values = take(arrays, f"{prefix}:values:{name}").astype(np.float64)
        present = take(arrays, f"{prefix}:present:{name}").astype(bool)
        if values.ndim != 2 or len(values) != len(known) or present.shape != (len(known),):
            raise FormatError(f"block {name!r} of the kernel ridge is {values.shape}")
        if not np.isfinite(values).all():
            raise FormatError(f"block {name!r} of the kernel ridge is not finite")
        exact = bool(take(arrays, f"{prefix}:exact:{name}").all())
        blocks[name] = Block(values=values, present=present, exact=exact)
    return Things(known=known, blocks=blocks)
