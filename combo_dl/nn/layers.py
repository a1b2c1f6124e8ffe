"""The perceptron that encoders, fusion and heads are made of."""

from torch import nn


def perceptron(width_in: int, widths: list[int], *, dropout: float) -> nn.Sequential:
    """Linear, ReLU, dropout for each of ``widths``."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(width_in, width), nn.ReLU(), nn.Dropout(dropout)]
        width_in = width
    return nn.Sequential(*layers)
