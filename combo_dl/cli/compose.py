"""Settings of a verb: YAML files and the command line, composed and checked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra import initialize_config_dir
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from combo_dl.cli.config_path import config_folder
from combo_dl.cli.schema import register
from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

VERSION_BASE = "1.3"
# Groups of which several are chosen, and the key that every member of each has.
LISTS = {"data": "_target_", "head": "_target_", "endpoint": "kind"}


@contextmanager
def hydra_of(verb: str) -> Iterator[Hydra]:
    """Hydra, looking at the package's configuration folder, for as long as the block lasts."""
    register()
    with initialize_config_dir(
        config_dir=str(config_folder()), job_name=verb, version_base=VERSION_BASE
    ):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        yield hydra


def composed(verb: str, overrides: Sequence[str], *, complete: bool = True) -> DictConfig:
    """Settings of a verb, without Hydra's own; with ``complete``, none of them may be missing.

    Raises ConfigError on a missing value, Hydra's and OmegaConf's errors on the rest.
    """
    with hydra_of(verb) as hydra:
        cfg = hydra.compose_config(
            config_name=verb,
            overrides=list(overrides),
            run_mode=RunMode.RUN,
            with_log_configuration=False,
        )
        with open_dict(cfg):
            del cfg["hydra"]
            for group, mark in LISTS.items():
                leave_out(cfg, group, mark, hydra.config_loader.get_group_options(group))
    refuse_strays(cfg)
    if complete:
        require_all(cfg)
    return cfg


def leave_out(cfg: DictConfig, group: str, mark: str, options: Sequence[str]) -> None:
    """Drop what an experiment sets of members that the command line did not choose, such as
    ``data.moleculenet.table`` under ``data=[phase1_dlt]``. Raises ConfigError on a name that is no
    option of the group at all."""
    for name in list(cfg.get(group) or {}):
        entry = cfg[group][name]
        if not isinstance(entry, DictConfig) or mark in entry:
            continue
        if str(name) not in options:
            raise ConfigError(
                f"{group}.{name} is set, but there is no such {group}; {hint(str(name), options)}"
            )
        del cfg[group][name]


def refuse_strays(cfg: DictConfig) -> None:
    """Raise ConfigError on a key that the schema lacks: Hydra's ``+key=value`` adds any."""
    for prefix, node in (("", cfg), ("paths.", cfg.get("paths")), ("trial.", cfg.get("trial"))):
        known = getattr(OmegaConf.get_type(node), "__dataclass_fields__", None) if node else None
        for key in (str(key) for key in node or ()):
            if known is not None and key not in known:
                raise ConfigError(f"unknown setting {prefix + key!r}; {hint(key, known)}")


def require_all(cfg: DictConfig) -> None:
    """Raise ConfigError naming the mandatory settings that nobody gave, or gave empty."""
    missing = sorted(OmegaConf.missing_keys(cfg))
    if missing:
        example = " ".join(f"{key}=..." for key in missing)
        raise ConfigError(f"{', '.join(missing)} must be given: add {example} to the command")
    for key, value in ((str(key), value) for key, value in cfg.items()):
        # An empty path is the folder one stands in: nobody means that by "out=".
        if value == "":
            raise ConfigError(
                f"{key} is empty; give it a value, such as {key}=NAME, or leave it out"
            )


def plain(cfg: Any) -> Any:
    """Settings as plain Python (dicts, lists, numbers, strings), with all values filled in."""
    return OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)


def printed(cfg: DictConfig, *, resolve: bool) -> str:
    """Settings as YAML."""
    return OmegaConf.to_yaml(cfg, resolve=resolve)
