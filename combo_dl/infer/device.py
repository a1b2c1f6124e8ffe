"""Where networks compute: the processor, or a GPU that is there; in float32, or in bfloat16."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch

from combo_dl.core.errors import ConfigError
from combo_dl.nn.network import ComboNet

DEVICES = ("cpu", "cuda")
PRECISIONS = ("float32", "bf16")


def check_device(device: str, precision: str = "float32") -> None:
    """Raise ConfigError where this machine lacks the device, or a name is wrong."""
    if device not in DEVICES:
        raise ConfigError(f"device is {device!r}; expected {' or '.join(DEVICES)}")
    if precision not in PRECISIONS:
        raise ConfigError(f"precision is {precision!r}; expected {' or '.join(PRECISIONS)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device=cuda, but no CUDA device is there; say device=cpu")


def placed(members: list[ComboNet], device: str) -> list[ComboNet]:
    """The networks on ``device``: themselves where they are there, else copies of them."""
    if device == "cpu":
        return members
    return [deepcopy(net).to(device) for net in members]


@contextmanager
def computing(device: str, precision: str) -> Iterator[None]:
    """Matrix products of the block in ``precision``: bf16 keeps the range of float32 and 8 bits of
    its fraction; sums, scales and weights stay in float32."""
    if precision == "float32":
        yield
        return
    with torch.autocast(device, dtype=torch.bfloat16):
        yield
