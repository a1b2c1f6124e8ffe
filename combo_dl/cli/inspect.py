"""The verb ``inspect``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from combo_dl.core.errors import ConfigError

if TYPE_CHECKING:
    from combo_dl.core.study import Study

# ``profile`` is a group of configurations too.
WORDS = {"leakage": "leakage=true", "profile": "check_profile=true"}


def as_settings(overrides: Sequence[str]) -> tuple[str, ...]:
    """The words ``leakage`` and ``profile`` as the settings that they stand for."""
    return tuple(WORDS.get(word, word) for word in overrides)


def inspect(cfg: DictConfig) -> None:
    """Print what is in a bundle, a study folder or named data sets, or audit the last two, or hold
    a table of profiles against what is expected of it.

    Raises ComboError, LeakageError among them.
    """
    if cfg.check_profile or cfg.rows is not None:
        from combo_dl.cli.profile import inspect_profile

        inspect_profile(cfg)
        return
    given = [key for key in ("bundle", "study", "data") if cfg[key]]
    if len(given) != 1:
        what = ", ".join(given) or "nothing"
        raise ConfigError(
            f"inspect was given {what}; give one of bundle=FOLDER, study=FOLDER, data=NAME"
        )
    if cfg.leakage:
        _audit(cfg, given[0])
        return
    for key in ("split", "relation"):
        if cfg[key]:
            raise ConfigError(f"{key} is for the audit alone; say combo-dl inspect leakage ...")
    for title, rows in _described(cfg, given[0]):
        _print(title, rows)


def _audit(cfg: DictConfig, kind: str) -> None:
    from combo_dl.cli.leakage import leakage

    if kind == "bundle":
        raise ConfigError("inspect leakage reads no bundle; give study=FOLDER or data=[NAME]")
    leakage(_studies(cfg, kind), cfg.split, cfg.relation)


def _described(cfg: DictConfig, kind: str) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    if kind == "bundle":
        from combo_dl.infer.summary import describe_bundle

        if cfg.profiles is not None:
            _write_profiles(Path(cfg.bundle), Path(cfg.profiles))
        return [(cfg.bundle, describe_bundle(Path(cfg.bundle)))]
    studies = _studies(cfg, kind)
    from combo_dl.infer.summary import describe_study

    return [(study.name, describe_study(study)) for study in studies]


def _write_profiles(bundle: Path, out: Path) -> None:
    from combo_dl.core.files import write_text
    from combo_dl.core.frames import profile_frame
    from combo_dl.infer.bundle import load_bundle

    frame = profile_frame(load_bundle(bundle).profiles())
    write_text(out, frame.to_csv(index=False, lineterminator="\n"))


def _studies(cfg: DictConfig, kind: str) -> "list[Study]":
    if kind == "study":
        from combo_dl.core.study_files import read_study

        return [read_study(Path(cfg.study))]
    from combo_dl.cli.train import studies_of

    return studies_of(cfg)


def _print(title: str, rows: Sequence[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, show_header=False, title_justify="left")
    for key, value in rows:
        table.add_row(key, value)
    Console().print(table)
