"""The verb ``report``."""

from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.folders import folders
from combo_dl.core.errors import ConfigError

_FROM = "from="


def as_list(overrides: Sequence[str]) -> tuple[str, ...]:
    """``from=a,b`` as the list ``from=[a,b]``: elsewhere a comma means values to try in turn."""
    return tuple(_listed(word) for word in overrides)


def _listed(word: str) -> str:
    value = word.removeprefix(_FROM)
    if not word.startswith(_FROM) or "," not in value or value[0] in "['\"{":
        return word
    return f"{_FROM}[{','.join(part for part in value.split(',') if part)}]"


def report(cfg: DictConfig) -> None:
    """Write one page from result folders of evaluate, or of one of rct_contrasts, screen or
    predict.

    Raises ComboError.
    """
    from combo_dl.report.contrast_page import write_contrast_report
    from combo_dl.report.contrasts import is_contrasts
    from combo_dl.report.page import write_report
    from combo_dl.report.screen_page import write_screen_report
    from combo_dl.report.screening import is_screening

    given = folders(plain(cfg)["from"], setting="from")
    pictures = None if cfg.pictures is None else Path(cfg.pictures)
    screens = [folder for folder in given if is_screening(folder)]
    trials = [folder for folder in given if is_contrasts(folder)]
    if screens and len(given) > 1:
        raise ConfigError(f"{screens[0]} is of screen or predict: a page shows one such folder")
    if pictures is not None and not screens:
        raise ConfigError("pictures are written of a screen or of predictions; leave pictures out")
    if trials and len(given) > 1:
        raise ConfigError(f"{trials[0]} is of rct_contrasts: a page shows one such folder")
    if trials:
        size = write_contrast_report(trials[0], Path(cfg.out))
    elif screens:
        size = write_screen_report(screens[0], Path(cfg.out), pictures)
    else:
        size = write_report(given, Path(cfg.out))
    print(f"written to {cfg.out}: one file of {size / 1000:.0f} kB that needs no network")
