"""Runs that are killed outright, each at a moment of its own: ``python killed_runs.py FOLDER``.

One process imports the package once and forks a run for each moment. A run that is to die at its
n-th write dies when that file's content is on the disk and its name is not yet given.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import tiny
import torch

from combo_dl.core.study import Study
from combo_dl.train.callbacks import EpochProgress
from combo_dl.train.run import train
from combo_dl.train.settings import TrainSettings

# epoch 3: after a checkpoint of the search; 7: of the refit.  write 3: the search is found; 6: the
# kernels are half kept; 9: so is a member; 12: and the next one; 16: the bundle is half written.
MOMENTS = ["epoch1", "epoch3", "epoch7", "write3", "write6", "write9", "write12", "write16"]


def study() -> Study:
    """Enough rows for the validation error to fall, so that a refit has several epochs."""
    return tiny.study(n_rows=300)


def settings(out: Path) -> TrainSettings:
    """A search of four epochs, a refit, a second member; a checkpoint every second epoch."""
    fit = replace(tiny.FIT, lr=0.03, batch_size=64, max_epochs=4, checkpoint_epochs=2)
    return tiny.settings(out, fit=fit, seeds=2)


def dies_at_call(number: int, call: Callable) -> Callable:
    """``call``, which kills the process after its n-th return."""
    left = [number]

    def counted(*args: object) -> object:
        result = call(*args)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return counted


def run(moment: str, out: Path) -> None:
    """Train until the moment."""
    torch.set_num_threads(1)
    number = int(moment[5:])
    if moment.startswith("epoch"):
        EpochProgress.on_train_epoch_end = dies_at_call(number, EpochProgress.on_train_epoch_end)
    else:
        os.fsync = dies_at_call(number, os.fsync)
    train(settings(out), [study()])


def main(folder: Path) -> None:
    """One run a moment; says which were not killed."""
    for moment in MOMENTS:
        child = os.fork()
        if child == 0:
            run(moment, folder / moment)
            os._exit(0)
        if os.waitpid(child, 0)[1] != signal.SIGKILL:
            print(f"{moment} was not killed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
