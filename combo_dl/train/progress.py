"""Progress of a training in the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Teller(Protocol):
    """What a run tells of itself."""

    def member(self, name: str) -> None:
        """A member begins."""

    def epoch(self, epoch: int, epochs: int, error: float | None) -> None:
        """An epoch of the current member ended."""

    def done(self) -> None:
        """A member ended."""


class _Bars:
    def __init__(self, bars: Progress, members: int) -> None:
        self.bars = bars
        self.all = bars.add_task("members", total=members, note="")
        self.one = bars.add_task("", total=None, visible=False, note="")

    def member(self, name: str) -> None:
        self.bars.update(self.one, description=name, completed=0, visible=True)

    def epoch(self, epoch: int, epochs: int, error: float | None) -> None:
        note = "refit" if error is None else f"validation error {error:.4f}"
        self.bars.update(self.one, completed=epoch, total=epochs, note=note)

    def done(self) -> None:
        self.bars.update(self.one, visible=False)
        self.bars.advance(self.all)


@contextmanager
def shown(members: int) -> Iterator[Teller]:
    """Bars on standard error while the block runs: members of the run, epochs of this one."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield _Bars(bars, members)
