"""The verb ``evaluate``."""

import shlex
import sys

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.tables import show_scores
from combo_dl.cli.train import brief, settings_of, studies_of


def evaluate(cfg: DictConfig) -> None:
    """Score the model beside its baselines on the same folds. Raises ComboError."""
    from combo_dl.evaluate.run import EvaluateSettings
    from combo_dl.evaluate.run import evaluate as run

    settings = EvaluateSettings(
        train=settings_of(cfg),
        baselines=tuple(plain(cfg.baselines)),
        command=_command(),
    ).validate()
    found = run(settings, studies_of(cfg))
    title = f"{found.record['protocol']['title']}: means over folds"
    show_scores(brief(found.table), title=title)
    if found.ceiling:
        print(f"estimate from replicates: a noiseless model has r = {found.ceiling['ceiling']:.2f}")
    print(f"written to {found.folder}: benchmark.md, .csv and .json, predictions.parquet")
    print(f"for plots: combo-dl report from={found.folder}")


def _command() -> str:
    """What was typed, but for where results went."""
    words = [w for w in sys.argv[1:] if not w.startswith("out=")]
    return shlex.join(["combo-dl", *words])
