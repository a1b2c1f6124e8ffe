"""The verb ``sweep``: Hydra runs ``train`` many times, for a grid or for a search."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra._internal.hydra import Hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from combo_dl.cli.compose import hydra_of, printed, require_all
from combo_dl.cli.schema import register
from combo_dl.cli.train import fit, objective_values
from combo_dl.core.errors import ComboError, ConfigError

# A worker process imports this module to find the job, and needs the resolvers before its settings.
register()


def sweep(overrides: Sequence[str], *, show: bool, resolve: bool) -> None:
    """Run a grid or a search over trainings, or print its settings. Raises ComboError."""
    with hydra_of("sweep") as hydra:
        if show:
            print(printed(_settings(hydra, overrides), resolve=resolve), end="")
            return
        given = [*overrides, "hydra.mode=MULTIRUN"]
        try:
            done = hydra.multirun(config_name="sweep", task_function=job, overrides=given)
        except OSError as error:
            # Hydra makes the folder of a sweep and of each job by itself.
            raise ComboError(
                f"cannot write results to {error.filename}: {error.strerror or error}; "
                "give out=FOLDER, a folder that is there or can be made"
            ) from error
        _print_grid(done)


def job(cfg: DictConfig) -> float | tuple[float, ...] | None:
    """One training, in the folder that the sweep gives it; None when it was pruned."""
    with open_dict(cfg):
        cfg.out = HydraConfig.get().runtime.output_dir
    require_all(cfg)
    if cfg.trainer.get("search") == "none":
        raise ConfigError(
            "trainer.search is none: nothing is validated, so trainings cannot be compared; "
            "say first or each"
        )
    return objective_values(fit(cfg), cfg.optimise)


def _settings(hydra: Hydra, overrides: Sequence[str]) -> DictConfig:
    """Settings of all jobs, and below ``hydra`` what sweeps over them."""
    cfg = hydra.compose_config(
        config_name="sweep",
        overrides=list(overrides),
        run_mode=RunMode.MULTIRUN,
        with_log_configuration=False,
    )
    HydraConfig.instance().set_config(cfg)
    swept = {"sweeper": cfg.hydra.sweeper, "sweep": cfg.hydra.sweep, "launcher": cfg.hydra.launcher}
    kept = OmegaConf.create(swept)
    with open_dict(cfg):
        cfg.hydra = kept
    return cfg


def _print_grid(returned: Any) -> None:
    """The value of each point of a grid; a search prints its own table."""
    batches = returned if isinstance(returned, list) else []
    jobs = [job for batch in batches if isinstance(batch, Sequence) for job in batch]
    if not jobs or not all(isinstance(job, JobReturn) for job in jobs):
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("folder", "overrides", "validation loss", title=f"{len(jobs)} trainings")
    # What all share says nothing about a point.
    shared = (
        set.intersection(*[set(job.overrides or ()) for job in jobs]) if len(jobs) > 1 else set()
    )
    for job in jobs:
        assert job.hydra_cfg is not None
        folder = Path(job.hydra_cfg.hydra.runtime.output_dir).name
        table.add_row(
            folder,
            " ".join(o for o in job.overrides or () if o not in shared),
            f"{job.return_value:.6g}",
        )
    Console().print(table)
