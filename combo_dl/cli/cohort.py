"""The verb ``cohort``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.core.errors import ConfigError

if TYPE_CHECKING:
    from combo_dl.cohort.event_source import EventSource
    from combo_dl.cohort.protocol import Protocol


def as_choice(overrides: Sequence[str]) -> tuple[str, ...]:
    """``protocol=NAME`` as the choice of a file of the group ``cohort``: ``protocol`` is a setting
    of ``evaluate``, and a name cannot be both."""
    return tuple(
        f"cohort={word.removeprefix('protocol=')}" if word.startswith("protocol=") else word
        for word in overrides
    )


def cohort(cfg: DictConfig) -> None:
    """Make the cohort of a protocol and write it. Raises ComboError."""
    from combo_dl.cohort.drug_codes import read_drug_codes
    from combo_dl.cohort.molecular import read_molecular
    from combo_dl.cohort.molecular_join import with_molecular
    from combo_dl.cohort.regimen_names import read_regimen_names
    from combo_dl.cohort.results import write_cohort
    from combo_dl.cohort.run import cohort_of, settings_of
    from combo_dl.report.flow_chart import flow_chart

    if not cfg.protocol:
        raise ConfigError("no protocol: add protocol=NAME (configs/cohort), such as demo_omop")
    protocol, rules = settings_of(plain(cfg.protocol), plain(cfg.lines))
    codes = read_drug_codes(Path(cfg.codes)) if cfg.codes else None
    names = read_regimen_names(Path(cfg.regimens)) if cfg.regimens else {}
    molecular = read_molecular(**plain(cfg.molecular)) if cfg.molecular else None
    _check_codes(cfg.source, protocol)
    made = cohort_of(_source(cfg.source), protocol, rules, codes=codes)
    if molecular is not None:
        made = with_molecular(made, molecular)
    out = Path(cfg.out)
    write_cohort(made, protocol, out, threshold=cfg.threshold, draw=flow_chart, names=names)
    for note in made.notes:
        print(f"note: {note}")
    for rule, left, _ in made.flow:
        print(f"{left:>9}  {rule}")
    print(f"study of {len(made.study)} people written to {out / 'study'}; it stays where the")
    print(f"records are. What may leave, with its manifest: {out / 'export'}")


def _check_codes(settings: DictConfig, protocol: "Protocol") -> None:
    """Hold the codes of a protocol against what its source can have, before a long reading."""
    from hydra.utils import get_method

    from combo_dl.cohort.codes import check_systems
    from combo_dl.cohort.event_source import systems_of
    from combo_dl.cohort.protocol import codes_of

    reader = settings.get("_target_")
    systems = systems_of(get_method(reader)) if reader else frozenset()
    if systems:
        check_systems(codes_of(protocol), systems)


def _source(settings: DictConfig) -> "EventSource":
    from hydra.utils import instantiate

    from combo_dl.cohort.event_source import EventSource as Source

    made = instantiate(settings)
    if not isinstance(made, Source):
        raise ConfigError("source is no source of events; choose source=NAME (configs/source)")
    return made
