"""Heads that read all columns of a label as one outcome, such as (time_days, event)."""

from torch import Tensor, nn


def outcomes_observed(head: nn.Module, observed: Tensor) -> Tensor:
    """Which outcomes of bool[B, W] label columns are observed, in the shape of ``head.nll``.

    A head with ``joins_columns`` says it itself, bool[B, 1]; of others each column is an outcome.
    """
    if getattr(head, "joins_columns", False):
        return head.row_observed(observed)  # type: ignore[operator]
    return observed
