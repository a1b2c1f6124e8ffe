"""One epoch over all of TWOSIDES (63,473 pairs x 963 effects, whole rows at a time), in CPU time
and memory, and as a ratio to the work that no implementation can leave out.

    COMBO_DL_DATA=<tables> python scripts/benchmark_twosides_epoch.py [--epochs 2] [key=value …]

The floor is, in the same run and on one thread, the product of a vector a pair with the map to the
effects, the loss of every entry, and both gradients: nothing of drugs, optimiser or averaging.
Exit status 0 when an epoch takes at most 300 s of process CPU time and the process, tables and all,
at most 6 GiB.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from combo_dl.cli.compose import composed
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.nn.build import build_part
from combo_dl.nn.head.risk import RiskHead, RiskLogits
from combo_dl.train.member import Ready, ready
from combo_dl.train.run import prepare
from combo_dl.train.stage import Stage, run_stage
from combo_dl.train.work import Work

MOST_SECONDS, MOST_GIB = 300.0, 6.0
ENDPOINT = "ae_twosides"
OVERRIDES = ["experiment=twosides_pair_out", "data.twosides.empty_pairs=0", "folds=[0]"]


def epochs_of(work: Work, made: Ready, epochs: int) -> float:
    """CPU seconds of so many epochs, of which checkpoints and logs are a part."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(
            name="refit",
            folder=Path(folder),
            train=[(t, torch.from_numpy(made.rows[n])) for n, t in made.tensors.items()],
            validation=[],
            epochs=epochs,
            seed=0,
        )
        started = time.process_time()
        run_stage(
            stage,
            net=made.net,
            worlds=dict.fromkeys(made.tensors, made.fitted.world()),
            objective=build_part("objective", work.settings.objective, {}),
            fit=work.settings.fit,
        )
        return time.process_time() - started


def floor(made: Ready, batch_size: int) -> float:
    """CPU seconds of one pass of the last map and the loss over all entries."""
    (tensors,) = made.tensors.values()
    head = made.net.heads[ENDPOINT]
    assert isinstance(head, RiskHead)
    weight = head.column.weight.detach().clone().requires_grad_()
    vectors = torch.randn(len(tensors), weight.shape[1])
    label, observed = tensors.labels[ENDPOINT], tensors.observed[ENDPOINT]
    started = time.process_time()
    for rows in torch.arange(len(tensors)).split(batch_size):
        z = vectors[rows].requires_grad_()
        params = RiskLogits(logit=z @ weight.T)
        head.nll(params, label[rows].float(), observed[rows]).sum().backward()
    return time.process_time() - started


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("overrides", nargs="*")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cfg = composed("train", [*OVERRIDES, *asked.overrides])
    work = prepare(settings_of(cfg), studies_of(cfg))
    made = ready(work, np.arange(len(work.studies[0])), seed=0)
    before = floor(made, work.settings.fit.batch_size)
    spent = epochs_of(work, made, asked.epochs) / asked.epochs
    least = (before + floor(made, work.settings.fit.batch_size)) / 2
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows, width = made.tensors["twosides"].labels[ENDPOINT].shape
    print(f"{rows} pairs x {width} effects, batch {work.settings.fit.batch_size}")
    print(f"an epoch: {spent:.1f} s of CPU (at most {MOST_SECONDS:.0f}); the floor: {least:.1f} s")
    print(f"memory: {gib:.2f} GiB (at most {MOST_GIB:.0f})")
    print(f"ratio floor / epoch: {least / spent:.3f}")
    return 0 if spent <= MOST_SECONDS and gib <= MOST_GIB else 1


if __name__ == "__main__":
    sys.exit(main())
