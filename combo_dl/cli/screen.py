"""The verb ``screen``."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from combo_dl.cli.compose import plain
from combo_dl.cli.tables import show_screen
from combo_dl.core.errors import ConfigError
from combo_dl.core.predictions import DISCLAIMER

_TABLES = (".csv", ".tsv", ".tab")


def screen(cfg: DictConfig) -> None:
    """Score all combinations, write the ranking and show its top. Raises ComboError."""
    from combo_dl.screen.choose_drugs import TRAINED
    from combo_dl.screen.files import ScreenFiles, screen_files
    from combo_dl.screen.settings import EngineSettings, RankSettings

    result = screen_files(
        ScreenFiles(
            bundle=Path(cfg.bundle),
            out=Path(cfg.out),
            drugs=TRAINED if cfg.drugs == TRAINED else _table_or_names(cfg, "drugs"),
            profiles=_table_or_names(cfg, "profiles"),
            groups=_path(cfg.groups),
            contraindicated=_path(cfg.contraindicated),
        ),
        RankSettings(
            maximise=cfg.maximise,
            limit=_numbers(cfg, "limit"),
            weights=_numbers(cfg, "weights"),
            harm=cfg.harm,
            top=cfg.top,
            most_per_drug=cfg.most_per_drug,
            approved=cfg.approved,
            other_targets=cfg.other_targets,
            most_new=cfg.most_new,
            seen_pairs=cfg.seen_pairs,
        ),
        size=cfg.size,
        level=cfg.level,
        allow_missing_fields=cfg.allow_missing_fields,
        block_rows=cfg.block_rows,
        keep_scores=cfg.keep_scores,
        engine=EngineSettings(
            engine=cfg.engine, workers=cfg.workers, device=cfg.device, precision=cfg.precision
        ),
        config=plain(cfg),
    )
    show_screen(result.ranking, result.cover, maximise=cfg.maximise)
    for note in result.notes:
        print(note)
    counts = result.counts
    print(
        f"{counts['sets']} combinations of {counts['drugs']} drugs in {counts['profiles']} "
        f"profiles, {counts['allowed_sets']} of them allowed, {counts['rows_within_limits']} rows "
        f"within the limits; {counts['rows_shown']} rows kept, of which "
        f"{counts['rows_shown_that_abstain']} abstain. Written to {cfg.out}. {DISCLAIMER}"
    )


def _table_or_names(cfg: DictConfig, key: str) -> Path | list[str] | None:
    given = OmegaConf.select(cfg, key)
    if given is None:
        return None
    if isinstance(given, str):
        if Path(given).suffix.lower() not in _TABLES:
            raise ConfigError(
                f"{key} is {given!r}; expected a file (.csv or .tsv) or a list of names, such as "
                f"{key}=[{given}]"
            )
        return Path(given)
    if not OmegaConf.is_list(given) or not len(given):
        raise ConfigError(f"{key} is {given!r}; expected a file or a list of names")
    return [str(name) for name in given]


def _numbers(cfg: DictConfig, key: str) -> dict[str, float]:
    given = OmegaConf.select(cfg, key)
    if given is None:
        return {}
    if not OmegaConf.is_dict(given):
        raise ConfigError(
            f"{key} is {given!r}; expected columns with numbers: '{key}={{dlt: 0.3}}'"
        )
    return {str(name): value for name, value in given.items()}


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
