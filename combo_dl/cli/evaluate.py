"""The verb ``evaluate``."""

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.train import settings_of, studies_of


def evaluate(cfg: DictConfig) -> None:
    """Score the model beside its baselines on the same folds. Raises ComboError."""
    from combo_dl.evaluate.run import EvaluateSettings
    from combo_dl.evaluate.run import evaluate as run

    settings = EvaluateSettings(train=settings_of(cfg), baselines=tuple(plain(cfg.baselines)))
    run(settings, studies_of(cfg))
