"""The linear maps and perceptrons that encoders, fusion and heads are made of."""

import warnings

from torch import Tensor, nn


def linear(width_in: int, width_out: int, *, bias: bool = True) -> nn.Linear:
    """A linear map of data that may be none: profiles without fields, drugs without structure."""
    with warnings.catch_warnings():
        # PyTorch warns of a map without inputs; here it is meant, and its result is the bias.
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")
        return nn.Linear(width_in, width_out, bias=bias)


def perceptron(width_in: int, widths: list[int], *, dropout: float) -> nn.Sequential:
    """Linear, ReLU, dropout for each of ``widths``."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(width_in, width), nn.ReLU(), nn.Dropout(dropout)]
        width_in = width
    return nn.Sequential(*layers)


def summed(bias: Tensor, tokens: dict[str, Tensor]) -> Tensor:
    """[·, H]: the bias [H] and the tokens, one after the other."""
    for token in tokens.values():
        bias = bias + token
    return bias
