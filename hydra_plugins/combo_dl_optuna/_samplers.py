"""Which sampler suggests a trial, seeded so that a resumed search suggests the same."""

from typing import Any

from numpy.random import SeedSequence
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler

from hydra_plugins.combo_dl_optuna._space import SweepError
from hydra_plugins.combo_dl_optuna.sweeper import ComboDlOptunaConf, SamplerConf

KINDS = ("tpe", "random", "nsga2", "grid")
PRUNERS = ("median", "none")
DIRECTIONS = ("minimize", "maximize")


def checked(settings: ComboDlOptunaConf) -> ComboDlOptunaConf:
    """The settings, with the kind of sampler filled in. Raises SweepError on a contradiction."""
    several = len(settings.direction) > 1
    sampler = settings.sampler
    sampler.kind = sampler.kind or ("nsga2" if several else "tpe")
    _one_of("sampler.kind", sampler.kind, KINDS)
    _one_of("pruner.kind", settings.pruner.kind, PRUNERS)
    for direction in settings.direction or [None]:
        _one_of("direction", direction, DIRECTIONS)
    if several and settings.pruner.kind != "none":
        raise SweepError(
            f"pruner.kind={settings.pruner.kind} with {len(settings.direction)} objectives: "
            "a trial is pruned by one value only; set pruner.kind=none or give one direction"
        )
    if settings.n_trials is None and sampler.kind != "grid":
        raise SweepError(f"n_trials is null and sampler {sampler.kind} has no end; give a number")
    if settings.n_jobs < 1:
        raise SweepError(f"n_jobs is {settings.n_jobs}; at least 1 trial must run at once")
    return settings


def _one_of(key: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SweepError(f"hydra.sweeper.{key} is {value!r}; it must be one of {', '.join(known)}")


def sampler_for(settings: SamplerConf, *, seed: int | None, number: int) -> BaseSampler:
    """The sampler of trial ``number``.

    A sampler made anew for each trial holds no state, so what it suggests depends on the finished
    trials, the seed and the number, and not on whether the process was killed in between.
    """
    trial_seed = None if seed is None else int(SeedSequence([seed, number]).generate_state(1)[0])
    if settings.kind == "nsga2":
        return NSGAIISampler(population_size=settings.population_size, seed=trial_seed)
    if settings.kind == "tpe":
        return TPESampler(
            n_startup_trials=settings.startup_trials,
            multivariate=settings.multivariate,
            seed=trial_seed,
        )
    return RandomSampler(seed=trial_seed)
