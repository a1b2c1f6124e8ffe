"""Progress of a screen in the terminal, with the time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextmanager
def progress(total: int) -> Iterator[Callable[[int, bool], None]]:
    """A bar on standard error over ``total`` sets; ``tell(sets, resumed)`` moves it on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("sets", total=total)

        def tell(sets: int, resumed: bool) -> None:
            if resumed:
                # Blocks of an earlier run took no time of this one.
                bars.reset(task, completed=int(bars.tasks[0].completed) + sets, total=total)
            else:
                bars.advance(task, sets)

        yield tell
