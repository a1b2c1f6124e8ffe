"""Kernels as flat arrays (no objects), for a bundle and for resuming."""

import json
from dataclasses import asdict

import numpy as np

from combo_dl.core.arrays import take, take_numbers, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.kernels.average import MAX_KERNELS, AverageOfKernels
from combo_dl.kernels.inputs import Block, Things
from combo_dl.kernels.ridge import ProductRidge, Trained
from combo_dl.kernels.similarity import Weights
from combo_dl.kernels.spec import KernelSpec
from combo_dl.kernels.states import PAIR_RANK, StateFeatures

Arrays = dict[str, np.ndarray]
LARGEST = 1e15  # as of ``take_numbers``: products of two stay finite


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
            landmarks=_numbers(arrays, f"{i}:landmarks"),
            root=_numbers(arrays, f"{i}:root"),
            scale=float(scale),
        )
    return ProductRidge(
        spec=KernelSpec(**raw),
        states=states,
        weight={c: _numbers(arrays, f"{i}:weight:{c}") for c in columns},
        beta={c: _numbers(arrays, f"{i}:beta:{c}") for c in columns},
        centre={c: float(header["centre"][i][c]) for c in columns},
    )


def _numbers(arrays: Arrays, name: str) -> np.ndarray:
    """float64 of a float array whose numbers are finite and not too large."""
    return take_numbers(arrays, name).astype(np.float64)


def _check(found: AverageOfKernels) -> None:
    """Raise FormatError unless sizes fit and every number can be used."""
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
        _check_similarities(trained, member.spec)
        width = _state_width(member.states)
        for column, weight in member.weight.items():
            beta, centre = member.beta[column], member.centre[column]
            if weight.shape != wanted or beta.shape != (width,):
                raise FormatError(
                    f"weights of a kernel are {weight.shape} and {beta.shape}; expected {wanted} "
                    f"and {(width,)}"
                )
            if not abs(centre) <= LARGEST:
                raise FormatError(f"a kernel has the centre {centre}; expected up to {LARGEST:g}")


def _check_similarities(trained: Trained, spec: KernelSpec) -> None:
    """Raise FormatError unless every block has a scale, and no similarity can be divided by 0."""
    _check_sizes("kernel", [getattr(spec, n) for n in _SCALARS])
    _check_sizes("kernel", [] if spec.clip is None else [spec.clip], above=1e-6)
    for kind, things in zip(_KINDS, (trained.drugs, trained.profiles), strict=True):
        of: Weights = getattr(spec, kind)
        _check_sizes(f"{kind} kernel", [of.identity, of.constant, *of.blocks.values()])
        _check_sizes(f"{kind} kernel", [of.identity + of.constant], above=1e-6)
        # A block that only the rows of the refit have was not there when the kernel was drawn.
        used = [n for n in things.blocks if of.blocks.get(n, 0.0)]
        scales = [trained.medians[kind][n] * of.widths[n] for n in used]
        _check_sizes(f"scale of a {kind} kernel", scales, above=1e-12)


_SCALARS = ("penalty", "single", "state", "both_states", "state_width")


def _check_sizes(what: str, values: list[float], *, above: float = 0.0) -> None:
    for value in values:
        if type(value) not in (int, float) or not above <= value <= LARGEST:
            raise FormatError(f"a {what} has {value!r}; expected {above:g} to {LARGEST:g}")


def _state_width(states: StateFeatures | None) -> int:
    """Features that a row has of its states. Raises FormatError when their parts do not fit."""
    if states is None:
        return 0
    landmarks, root = states.landmarks, states.root
    if landmarks.ndim != 2 or root.ndim != 2 or len(landmarks) != len(root):
        raise FormatError(f"states of a kernel are {landmarks.shape} and {root.shape}")
    _check_sizes("scale of states", [states.scale], above=1e-12)
    both = min(root.shape[1], PAIR_RANK)
    return root.shape[1] + both * (both + 1) // 2


def _things(prefix: str, things: Things) -> Arrays:
    arrays = {f"{prefix}:known": things.known, f"{prefix}:blocks": text_array(tuple(things.blocks))}
    for name, block in things.blocks.items():
        arrays[f"{prefix}:values:{name}"] = block.values.astype(np.float32)
        arrays[f"{prefix}:present:{name}"] = block.present
        arrays[f"{prefix}:exact:{name}"] = np.array([block.exact])
    return arrays


def _from(prefix: str, arrays: Arrays) -> Things:
    known = take(arrays, f"{prefix}:known")
    if known.ndim != 1 or known.dtype.kind != "i":
        raise FormatError(f"{prefix} of the kernel ridge are {known.dtype}{known.shape}")
    blocks = {}
    for name in take_text(arrays, f"{prefix}:blocks"):
        values = _numbers(arrays, f"{prefix}:values:{name}")
        present = take(arrays, f"{prefix}:present:{name}").astype(bool)
        if values.ndim != 2 or len(values) != len(known) or present.shape != (len(known),):
            raise FormatError(f"block {name!r} of the kernel ridge is {values.shape}")
        exact = bool(take(arrays, f"{prefix}:exact:{name}").all())
        blocks[name] = Block(values=values, present=present, exact=exact)
    return Things(known=known.astype(np.int64), blocks=blocks)
