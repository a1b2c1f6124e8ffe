"""The verb ``evaluate``."""

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.tables import show_scores
from combo_dl.cli.train import brief, settings_of, studies_of


def evaluate(cfg: DictConfig) -> None:
    """Score the model beside its baselines on the same folds. Raises ComboError."""
    from combo_dl.evaluate.run import EvaluateSettings
    from combo_dl.evaluate.run import evaluate as run

    settings = EvaluateSettings(
        train=settings_of(cfg), baselines=tuple(plain(cfg.baselines))
    ).validate()
    found = run(settings, studies_of(cfg))
    show_scores(brief(found.table), title="means over folds")
    if found.ceiling:
        print(f"estimate from replicates: a noiseless model has r = {found.ceiling['ceiling']:.2f}")
    print(f"written to {found.folder}: benchmark.md, benchmark.csv, benchmark.json")
