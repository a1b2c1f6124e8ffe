"""The verb ``export``."""

from pathlib import Path

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.folders import folders


def export(cfg: DictConfig) -> None:
    """Write what may leave of result folders, and its manifest. Raises ComboError."""
    from combo_dl.evaluate.exported import exported

    passed = exported(
        folders(plain(cfg)["from"], setting="from"),
        Path(cfg.out),
        study=None if cfg.study is None else Path(cfg.study),
        membership=None if cfg.membership is None else Path(cfg.membership),
        threshold=cfg.threshold,
    )
    for one in passed:
        print(f"{one.file}: {one.why}")
    print(
        f"{len(passed)} files written to {cfg.out}, with manifest.json: what may leave, after your"
    )
    print("platform's own check. All else in the folders stays where the records are.")
