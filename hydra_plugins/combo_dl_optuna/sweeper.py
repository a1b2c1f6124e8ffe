"""The sweeper that Hydra finds: its settings, and a class that hands them to the search.

Hydra runs this module at every start and while it is not in ``sys.modules``: so no Optuna up here
and no postponed annotations, which dataclasses could not resolve.
"""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional  # noqa: UP035

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


@dataclass
class SamplerConf:
    """How the next trial is suggested.

    ``kind``: tpe, random, nsga2, grid, or null for nsga2 with several objectives and tpe with one.
    """

    kind: Optional[str] = None  # noqa: UP045
    startup_trials: int = 10
    multivariate: bool = False
    population_size: int = 50


@dataclass
class PrunerConf:
    """Which trials are stopped early: ``kind`` is median or none; steps are those a job reports."""

    kind: str = "none"
    startup_trials: int = 5
    warmup_steps: int = 0
    interval_steps: int = 1


@dataclass
class ComboDlOptunaConf:
    """Settings of ``hydra/sweeper=combo_dl_optuna``.

    ``n_trials`` counts finished trials (complete and pruned) of the study; null is for a grid.
    ``n_jobs`` trials go to the launcher at once. ``direction``: minimize, maximize, or a list.
    """

    _target_: str = "hydra_plugins.combo_dl_optuna.sweeper.ComboDlOptunaSweeper"
    storage: str = "sqlite:///${hydra.sweep.dir}/trials.sqlite"
    study_name: str = "search"
    n_trials: Optional[int] = 20  # noqa: UP045
    n_jobs: int = 1
    direction: Any = "minimize"
    seed: Optional[int] = 0  # noqa: UP045
    sampler: SamplerConf = field(default_factory=SamplerConf)
    pruner: PrunerConf = field(default_factory=PrunerConf)
    params: Dict[str, str] = field(default_factory=dict)  # noqa: UP006


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="combo_dl_optuna",
    node=ComboDlOptunaConf,
    provider="combo_dl_optuna",
)


class ComboDlOptunaSweeper(Sweeper):
    """Asks Optuna for trials, has the launcher run them, and tells Optuna what came out."""

    def __init__(
        self,
        *,
        storage: str,
        study_name: str,
        n_trials: int | None,
        n_jobs: int,
        direction: Any,
        seed: int | None,
        sampler: DictConfig,
        pruner: DictConfig,
        params: DictConfig,
    ) -> None:
        self.settings = ComboDlOptunaConf(
            storage=storage,
            study_name=study_name,
            n_trials=n_trials,
            n_jobs=n_jobs,
            direction=[direction] if isinstance(direction, str) else list(direction),
            seed=seed,
            sampler=SamplerConf(**OmegaConf.to_container(sampler, resolve=True)),  # type: ignore[arg-type]
            pruner=PrunerConf(**OmegaConf.to_container(pruner, resolve=True)),  # type: ignore[arg-type]
            params={str(key): str(value) for key, value in params.items()},
        )

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keep what Hydra hands over and make the launcher."""
        from hydra.core.plugins import Plugins

        self.hydra_context = hydra_context
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: List[str]) -> Any:  # noqa: UP006
        """Run trials until ``n_trials`` are finished; the best value, or values.

        Raises SweepError on settings that contradict each other and on the first job that fails.
        """
        from hydra_plugins.combo_dl_optuna._search import Search

        return Search.of(self, arguments).run()
