"""Training speed as ratios, measured in one run: ``combo-dl train`` against a bare torch loop with
the same layers and batch size on pre-built tensors, and start-up against a bare interpreter.

    python scripts/benchmark_training.py [--epochs 40] [--rounds 3] [key=value …]

Everything is process CPU time on one thread. Exit status 0 when the ratio is at least 0.8 and
``combo-dl --help`` costs at most 0.3 s of CPU more than ``python -c pass``.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import torch

from combo_dl.cli.compose import composed
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.data.loader import TrainLoader
from combo_dl.nn.build import build_part
from combo_dl.train.member import ready
from combo_dl.train.run import prepare, train
from combo_dl.train.work import Work

OVERRIDES = [
    "data=[synthetic]",
    "data.synthetic.n_rows=10000",
    "data.synthetic.n_profiles=39",
    "data.synthetic.single_drug_share=0.0",
    "data.synthetic.three_drug_share=0.0",
    "data.synthetic.replicate_share=0.0",
    "folds=none",
    "trainer.search=none",
    "trainer.refit=true",
]


def bare_loop(work: Work, epochs: int) -> float:
    """CPU seconds of forward, loss, backward and step over batches that are made beforehand."""
    made = ready(work, np.arange(len(work.studies[0])), seed=0)
    world, fit = made.fitted.world(), work.settings.fit
    objective = build_part("objective", work.settings.objective, {})
    parts = [(t, torch.from_numpy(made.rows[n])) for n, t in made.tensors.items()]
    batches = list(TrainLoader(parts, batch_size=fit.batch_size, seed=0, epoch=lambda: 0))
    optimizer = torch.optim.AdamW(made.net.parameters(), lr=fit.lr, weight_decay=fit.weight_decay)
    made.net.train()
    started = time.process_time()
    for _ in range(epochs):
        for batch in batches:
            loss = objective(made.net, made.net(world, batch), batch).total
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return time.process_time() - started


def whole_train(work: Work) -> float:
    """CPU seconds of ``train``: read nothing, fit, checkpoint, log, write the bundle."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(work.settings, out=Path(folder) / "run")
        started = time.process_time()
        train(settings, work.studies)
        return time.process_time() - started


def start_up(command: list[str]) -> float:
    """CPU seconds of a command, the least of five."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("overrides", nargs="*")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cfg = composed("train", [*OVERRIDES, f"trainer.max_epochs={asked.epochs}", *asked.overrides])
    work = prepare(settings_of(cfg), studies_of(cfg))
    rows = asked.epochs * len(work.studies[0])
    bare_loop(work, 1)
    ratios = []
    for round_ in range(asked.rounds):
        # Interleaved, so that a machine that slows down slows both.
        bare, whole = bare_loop(work, asked.epochs), whole_train(work)
        ratios.append(bare / whole)
        print(
            f"round {round_}: bare {rows / bare:.0f}, train {rows / whole:.0f} rows per CPU-second"
        )
    python, helped = start_up([sys.executable, "-c", "pass"]), start_up([_script(), "--help"])
    ratio = median(ratios)
    print(
        f"batch {work.settings.fit.batch_size}, {sum(map(len, work.studies))} rows, "
        f"{asked.epochs} epochs"
    )
    print(
        f"start-up: combo-dl --help costs {helped - python:.3f} s of CPU more than python -c pass"
    )
    print(f"ratio train / bare loop: {ratio:.3f}")
    return 0 if ratio >= 0.8 and helped - python <= 0.3 else 1


def _script() -> str:
    return str(Path(sys.executable).parent / "combo-dl")


if __name__ == "__main__":
    sys.exit(main())
