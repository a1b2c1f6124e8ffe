"""The verb ``predict``."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from combo_dl.cli.compose import plain
from combo_dl.cli.folders import folders
from combo_dl.cli.tables import show_predictions
from combo_dl.core.errors import ConfigError
from combo_dl.core.predictions import DISCLAIMER


def predict(cfg: DictConfig) -> None:
    """Predict for the combinations of a file and write the table. Raises ComboError."""
    from combo_dl.infer.assumed import Assumed
    from combo_dl.infer.files import Tables, predict_file

    effects = OmegaConf.select(cfg, "effects")
    if isinstance(effects, str):
        raise ConfigError(f"effects is {effects!r}; expected a list, such as effects=[{effects}]")
    table = predict_file(
        bundles=folders(plain(cfg)["bundle"], setting="bundle"),
        tables=Tables(
            rows=Path(cfg.rows),
            profiles=_path(cfg.profiles),
            drugs=_path(cfg.drugs),
            monotherapy=_path(cfg.monotherapy),
        ),
        out=Path(cfg.out),
        assumed=Assumed(
            level=cfg.level, spearman=cfg.spearman, first_scan_days=cfg.first_scan_days
        ),
        allow_missing_fields=cfg.allow_missing_fields,
        study=cfg.study,
        effects=None if effects is None else list(effects),
        # A last slash says that a folder is meant.
        folder=str(cfg.out).endswith("/"),
        device=cfg.device,
    )
    show_predictions(table)
    print(f"{len(table)} predictions written to {cfg.out}. {DISCLAIMER}")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
