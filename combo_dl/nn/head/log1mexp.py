"""log(1 - exp(-a)) without loss of digits (Maechler M. Accurately computing log(1 - exp(-|a|)).
Rmpfr package vignette, 2012)."""

import math

import torch
from torch import Tensor


def log1mexp(a: Tensor) -> Tensor:
    """log(1 - exp(-a)) of a > 0."""
    near = a <= math.log(2.0)
    # Each branch is shown only what it can take, or its gradient would spoil the other's.
    small, large = torch.where(near, a, 0.5), torch.where(near, 1.0, a)
    return torch.where(near, (-torch.expm1(-small)).log(), torch.log1p(-torch.exp(-large)))


def log1mexp_of_log(log_a: Tensor) -> Tensor:
    """log(1 - exp(-exp(log_a))): finite also where exp(log_a) is 0 in single precision."""
    # Below, log(a - a^2 / 2 + ...) is log a - a / 2 to all digits.
    tiny = log_a < -10.0
    low = torch.where(tiny, log_a, -10.0)
    high = torch.where(tiny, 0.0, log_a.clamp(max=4.0))
    return torch.where(tiny, low - 0.5 * low.exp(), log1mexp(high.exp()))
