"""Read a bundle, as untrusted input: nothing is unpickled, no class outside ``combo_dl.nn`` is
built, and what does not fit is refused in one line."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch.overrides import TorchFunctionMode

from combo_dl.core.bundle_format import CARD, KERNEL, READ, WEIGHTS, WORLD
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ComboError, FormatError
from combo_dl.core.files import digest_of, read_json, sha256
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.data.calibration import Calibration
from combo_dl.data.days_calibration import DaysCalibration
from combo_dl.data.fitted import Fitted
from combo_dl.data.risk_calibration import RiskCalibration
from combo_dl.infer.bundle_checks import check_card, check_kernels, check_world
from combo_dl.infer.device import check_device, placed
from combo_dl.kernels.average import AverageOfKernels
from combo_dl.kernels.store import from_arrays
from combo_dl.nn.build import NetworkSpec, build_network
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.network import ComboNet

MAX_FILE_BYTES = 2 << 30
MAX_ARRAY_BYTES = 8 << 30


@dataclass(frozen=True, kw_only=True)
class BundleParts:
    """What a bundle folder holds, checked. profiles: {study: its named profiles}.  laws: {label
    column: its calibration}, None in format 1.  kernels: the kernel ridge, where there is one.
    risk_laws: {endpoint of 0/1 labels: its calibration}.  days_laws: {endpoint of survival: its
    calibration}.  device: where networks compute."""

    card: dict
    fitted: Fitted
    profiles: dict[str, ProfileTable]
    members: list[ComboNet]
    laws: dict[str, Calibration] | None
    kernels: AverageOfKernels | None
    risk_laws: dict[str, RiskCalibration] = field(default_factory=dict)
    days_laws: dict[str, DaysCalibration] = field(default_factory=dict)
    device: str = "cpu"

    @cached_property
    def runners(self) -> list[ComboNet]:
        """The networks where they compute (``device``); the rest of a bundle stays on the
        processor."""
        return placed(self.members, self.device)


def read_bundle(folder: Path, *, device: str = "cpu") -> BundleParts:
    """The parts of a bundle, whose networks will compute on ``device``.

    Raises FormatError when anything is missing, changed or unfit, ConfigError on a device that is
    not there.
    """
    check_device(device)
    card = _card(folder)
    for name in (WEIGHTS, WORLD):
        _check_file(folder, name, card)
    arrays = _arrays(folder / WORLD)
    try:
        check_card(card)
        fitted = Fitted.from_arrays(arrays)
        dims = Dimensions.from_json(card["dimensions"])
        check_world(card, fitted, dims)
        profiles = {name: _profiles(name, study, arrays) for name, study in card["studies"].items()}
        members = _members(card, dims, folder / WEIGHTS)
        kernels = _kernels(card, fitted, arrays)
        risks = {n: RiskCalibration.from_json(r) for n, r in card.get("risk_laws", {}).items()}
        days = {n: DaysCalibration.from_json(r) for n, r in card.get("days_laws", {}).items()}
    except FormatError as error:
        raise FormatError(f"broken bundle {folder}: {error}") from error
    except (
        ComboError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        IndexError,
    ) as error:
        reason = str(error).split("\n")[0]
        raise FormatError(f"broken bundle {folder}: {type(error).__name__}: {reason}") from error
    laws = {c: Calibration.from_json(law) for c, law in card.get("laws", {}).items()}
    return BundleParts(
        card=card,
        fitted=fitted,
        profiles=profiles,
        members=members,
        laws=None if card["format"] == 1 else laws,
        kernels=kernels,
        risk_laws=risks,
        days_laws=days,
        device=device,
    )


def _card(folder: Path) -> dict:
    if (folder / "bundle" / CARD).is_file() and not (folder / CARD).is_file():
        raise FormatError(f"{folder} is a result folder; its bundle is {folder / 'bundle'}")
    if not (folder / CARD).is_file():
        raise FormatError(
            f"no bundle at {folder}; expected a folder with {CARD}, {WEIGHTS} and {WORLD}"
        )
    card = read_json(folder / CARD)
    if card.get("format") not in READ or isinstance(card["format"], bool):
        raise FormatError(
            f"{folder} has bundle format {card.get('format')!r}; this version reads "
            f"{' and '.join(map(str, READ))}"
        )
    rest = {k: v for k, v in card.items() if k != "digest"}
    if digest_of(json.dumps(rest, sort_keys=True)) != card.get("digest"):
        raise FormatError(
            f"{folder / CARD} was changed: its digest does not fit; get the bundle again"
        )
    return card


def _check_file(folder: Path, name: str, card: dict) -> None:
    path = folder / name
    if not path.is_file():
        raise FormatError(f"{folder} lacks {name}; get the bundle again")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FormatError(
            f"{path} has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are read"
        )
    files = card.get("files")
    if not isinstance(files, dict) or sha256(path) != files.get(name):
        raise FormatError(
            f"{path} was changed: its sha256 is not the one in {CARD}; get the bundle again"
        )


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        # A handle of our own: the reader leaves one open when the archive is broken.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
            total = sum(info.file_size for info in kept.zip.infolist())
            if total > MAX_ARRAY_BYTES:
                raise FormatError(
                    f"{path} unpacks to {total} bytes; at most {MAX_ARRAY_BYTES} are read"
                )
            return {name: kept[name] for name in kept.files}
    except (OSError, ValueError, BadZipFile, AttributeError, EOFError) as error:
        raise FormatError(f"{path} is not a file of plain arrays: {error}") from error


def _profiles(name: str, study: dict, arrays: dict[str, np.ndarray]) -> ProfileTable:
    fields = tuple(ProfileField.from_json(f) for f in study["fields"])
    start = f"profiles:{name}:"
    own = {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
    if own:
        return ProfileTable.from_arrays(own, space=study["space"], fields=fields)
    empty = ProfileTable.empty()
    number = np.zeros((0, sum(f.kind == "number" for f in fields)), np.float32)
    category = np.zeros((0, sum(f.kind == "category" for f in fields)), np.int16)
    return ProfileTable(
        space=study["space"], ids=empty.ids, fields=fields, number=number, category=category
    )


def _kernels(card: dict, fitted: Fitted, arrays: dict[str, np.ndarray]) -> AverageOfKernels | None:
    columns = tuple(card.get("kernel_columns", []))
    own = {n.removeprefix(KERNEL): a for n, a in arrays.items() if n.startswith(KERNEL)}
    if not columns:
        return None
    found = from_arrays(own, columns)
    study = card.get("first_study", next(iter(card["studies"])))
    fields = card["studies"][study]["fields"]
    check_kernels(found, fitted, study, sum(f["kind"] == "category" for f in fields))
    return found


def _members(card: dict, dims: Dimensions, path: Path) -> list[ComboNet]:
    endpoints = {n: Endpoint.from_json(n, raw) for n, raw in card["endpoints"].items()}
    spec = NetworkSpec(**card["network"], endpoints=endpoints)
    try:
        weights = load(path.read_bytes())
    except SafetensorError as error:
        raise FormatError(f"{path.name} is not a safetensors file: {error}") from error
    made = []
    for i in range(card["members"]):
        start = f"{i}/"
        own = {n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)}
        made.append(_member(spec, dims, own))
    return made


class _NoDraws(TorchFunctionMode):
    """No first weights are drawn: there is nothing to fill, and on the meta device torch would
    import its compiler to do so, which takes longer than torch itself."""

    def __torch_function__(
        self, func: Callable, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        if func is torch.nn.init.normal_:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def _member(spec: NetworkSpec, dims: Dimensions, weights: dict[str, torch.Tensor]) -> ComboNet:
    # On the meta device the network takes no memory before its sizes are known to fit the weights.
    with torch.device("meta"), _NoDraws():
        net = build_network(spec, dims)
    expected = {n: (tuple(t.shape), t.dtype) for n, t in net.state_dict().items()}
    found = {n: (tuple(t.shape), t.dtype) for n, t in weights.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise FormatError(
                f"weight {name!r} is {found.get(name)}; the card expects {expected.get(name)}"
            )
    if any(not torch.isfinite(t).all() for t in weights.values()):
        raise FormatError(f"{WEIGHTS} holds weights that are not finite numbers")
    net.load_state_dict(weights, assign=True)
    return net.eval()
