"""A toy Hydra application: a parabola (or two) to be searched, with the faults a job can have."""

import os
import signal
from dataclasses import dataclass, field

import hydra
from hydra.core.config_store import ConfigStore

from combo_dl.cli.pruning import on_validation


@dataclass
class TrialConf:
    storage: str | None = None
    study: str | None = None
    id: int | None = None


@dataclass
class ToyConf:
    x: float = 0.0
    n: int = 1
    kind: str = "plain"
    act: str = "value"  # value, two, fail, nan, prune, or die (once: kill -9 while a trial runs)
    steps: int = 3
    marker: str = ""
    trial: TrialConf = field(default_factory=TrialConf)


ConfigStore.instance().store(name="toy", node=ToyConf)


def value_of(cfg: ToyConf) -> float:
    return (cfg.x - 1.0) ** 2 + cfg.n


def die_once(cfg: ToyConf) -> None:
    if cfg.trial.id == 4 and not os.path.exists(cfg.marker):  # noqa: PTH110
        open(cfg.marker, "w").close()  # noqa: PTH123
        os.kill(os.getpid(), signal.SIGKILL)


def pruned(cfg: ToyConf) -> bool:
    report = on_validation(cfg.trial)
    assert report is not None
    return any(report(step, value_of(cfg)) for step in range(cfg.steps))


def task(cfg: ToyConf) -> float | tuple[float, float] | None:
    if cfg.act == "fail" and cfg.n == 2:
        raise ValueError("n is 2\nand more")
    if cfg.act == "die":
        die_once(cfg)
    if cfg.act == "prune" and pruned(cfg):
        return None
    if cfg.act == "two":
        return cfg.x**2, (cfg.x - 1) ** 2
    return float("nan") if cfg.act == "nan" else value_of(cfg)


if __name__ == "__main__":
    hydra.main(config_path=None, config_name="toy", version_base="1.3")(task)()
