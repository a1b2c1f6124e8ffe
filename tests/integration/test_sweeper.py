"""The Optuna sweeper on a toy application: suggestions, resuming, pruning, objectives, faults."""

import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import optuna
import pytest
import toy_app
from hydra import version
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import CompactHydraException, ConfigCompositionException
from omegaconf import OmegaConf
from optuna.trial import TrialState

from combo_dl.cli.trial_store import absolute, open_storage
from combo_dl.core.errors import ConfigError


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    GlobalHydra.instance().clear()


def sweep(folder: Path, *overrides: str):
    GlobalHydra.instance().clear()
    version.setbase("1.3")
    hydra = Hydra.create_main_hydra2("toy", create_config_search_path(None))
    given = ["hydra/sweeper=combo_dl_optuna", f"hydra.sweep.dir={folder}", "hydra.mode=MULTIRUN"]
    # A journal file is made faster than a database.
    given.append(f"hydra.sweeper.storage={folder}/trials.journal")
    quiet = ["hydra/job_logging=none", "hydra/hydra_logging=none", "hydra.output_subdir=null"]
    return hydra.multirun("toy", toy_app.task, [*given, *quiet, *overrides])


def trials(folder: Path, storage: str = ""):
    return optuna.load_study(
        study_name="search", storage=open_storage(storage or f"{folder}/trials.journal")
    ).trials


def params(folder: Path):
    return [t.params for t in trials(folder) if t.state in (TrialState.COMPLETE, TrialState.PRUNED)]


def test_a_search_finds_the_minimum_and_reports_it(folder):
    storage = f"hydra.sweeper.storage=sqlite:///{folder}/made/trials.sqlite"
    best = sweep(folder, "x=interval(-2,2)", "n=range(1,4)", "hydra.sweeper.n_trials=15", storage)
    report = OmegaConf.load(folder / "optimization_results.yaml")
    assert report.best[0]["values"] == [best] and best < 1.5
    assert report.best[0].overrides[1] == "n=1" and report.trials.complete == 15
    assert (folder / "14").is_dir()


def test_hydra_syntax_becomes_distributions(folder):
    space = ["x=tag(log, interval(1e-4,1))", "n=int(interval(1,8))", "kind=choice(a,'b c',2)"]
    sweep(folder, *space, "act=choice(value)", "steps=range(2,9,3)", "hydra.sweeper.n_trials=1")
    found = trials(folder)[0].distributions
    assert found["x"] == optuna.distributions.FloatDistribution(1e-4, 1, log=True)
    assert found["n"] == optuna.distributions.IntDistribution(1, 8)
    assert found["steps"] == optuna.distributions.IntDistribution(2, 8, step=3)
    assert found["kind"].choices == ("a", "b\\ c", 2)


def test_command_line_wins_over_params(folder):
    sweep(
        folder,
        "+hydra.sweeper.params={x: 'interval(0,1)', n: 'range(1,9)'}",
        "n=5",
        "hydra.sweeper.n_trials=2",
    )
    assert [set(p) for p in params(folder)] == [{"x"}, {"x"}]


def test_the_same_command_goes_on_and_suggests_as_if_never_stopped(folder):
    space = ["x=interval(-2,2)", "hydra.sweeper.sampler.startup_trials=2"]
    sweep(folder / "once", *space, "hydra.sweeper.n_trials=8")
    sweep(folder / "twice", *space, "hydra.sweeper.n_trials=3")
    sweep(folder / "twice", *space, "hydra.sweeper.n_trials=8")
    assert params(folder / "once") == params(folder / "twice")
    assert len(trials(folder / "twice")) == 8


def test_a_killed_search_reaches_the_number(folder):
    command = [sys.executable, toy_app.__file__, "-m", "hydra/sweeper=combo_dl_optuna", "act=die"]
    command += [
        f"hydra.sweep.dir={folder}",
        f"marker={folder}/died",
        "x=interval(-2,2)",
        "hydra.sweeper.n_trials=5",
    ]
    assert subprocess.run(command, capture_output=True).returncode == -signal.SIGKILL
    storage = f"sqlite:///{folder}/trials.sqlite"
    assert trials(folder, storage)[3].state == TrialState.RUNNING
    assert subprocess.run(command, capture_output=True).returncode == 0
    states = [t.state.name for t in trials(folder, storage)]
    assert states == ["COMPLETE"] * 3 + ["FAIL"] + ["COMPLETE"] * 2


def test_a_job_that_fails_stops_the_search_in_one_line(folder):
    with pytest.raises(
        CompactHydraException, match=r"^trial 1 failed \(ValueError: n is 2\); the same"
    ):
        sweep(folder, "n=1,2,3", "act=fail", "hydra.sweeper.sampler.kind=grid")
    assert [t.state.name for t in trials(folder)] == ["COMPLETE", "FAIL"]


def test_a_value_that_is_not_finite_is_a_fault(folder):
    with pytest.raises(CompactHydraException, match="trial 0 returned nan"):
        sweep(folder, "x=interval(0,1)", "act=nan")


def test_median_pruning_through_the_job(folder):
    pruner = "hydra.sweeper.pruner={kind: median, startup_trials: 2, warmup_steps: 1}"
    sweep(
        folder,
        "n=range(1,9)",
        "act=prune",
        pruner,
        "hydra.sweeper.n_trials=8",
        "hydra.sweeper.sampler.kind=grid",
    )
    found = trials(folder)
    assert [t.state.name for t in found[:2]] == ["COMPLETE", "COMPLETE"]
    assert {t.state.name for t in found[2:]} == {"PRUNED"}
    assert set(found[-1].intermediate_values) == {0, 1}


def test_several_objectives(folder):
    best = sweep(
        folder,
        "x=interval(-3,3)",
        "act=two",
        "hydra.sweeper.direction=[minimize,minimize]",
        "hydra.sweeper.n_trials=12",
    )
    front = sorted(map(tuple, best))
    assert front and all(a[1] > b[1] for a, b in pairwise(front))


def test_pruning_with_several_objectives_is_refused(folder):
    with pytest.raises(CompactHydraException, match="pruned by one value only"):
        sweep(
            folder,
            "x=interval(0,1)",
            "hydra.sweeper.direction=[minimize,maximize]",
            "hydra.sweeper.pruner.kind=median",
        )


def test_grid_visits_every_point_once(folder):
    sweep(
        folder,
        "n=1,2",
        "x=range(0.1,0.4,0.1)",
        "hydra.sweeper.n_trials=null",
        "hydra.sweeper.sampler.kind=grid",
        "hydra.sweeper.n_jobs=4",
    )
    assert [(p["n"], p["x"]) for p in params(folder)] == [
        (n, x) for n in (1, 2) for x in (0.1, 0.2, 0.3)
    ]


def test_batches_through_joblib_and_a_journal_file(folder):
    given = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweeper.n_jobs=2"]
    storage = f"{folder}/deep/trials.journal"
    sweep(
        folder,
        *given,
        "x=interval(0,1)",
        "hydra.sweeper.n_trials=4",
        f"hydra.sweeper.storage={storage}",
    )
    assert {t.state.name for t in trials(folder, storage)} == {"COMPLETE"}
    assert len({t.params["x"] for t in trials(folder, storage)}) == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["x=1"], "nothing to search"),
        (["x=interval(0,1)", "hydra.sweeper.sampler.kind=tpee"], "must be one of tpe, random"),
        (["x=interval(0,1)", "hydra.sweeper.direction=up"], "must be one of minimize, maximize"),
        (["x=interval(0,1)", "hydra.sweeper.n_trials=null"], "has no end"),
        (["x=interval(0,1)", "hydra.sweeper.n_jobs=0"], "at least 1"),
        (["x=interval(0,1)", "hydra.sweeper.sampler.kind=grid"], "x is an interval"),
        (["x=interval(1,0)"], "no search space"),
    ],
)
def test_settings_that_cannot_be(folder, given, message):
    with pytest.raises(CompactHydraException, match=message) as caught:
        sweep(folder, *given)
    assert "\n" not in str(caught.value)


def test_an_unknown_key_leaves_no_trial_behind(folder):
    with pytest.raises(ConfigCompositionException):
        sweep(folder, "y=interval(0,1)")
    assert not (folder / "trials.journal").exists()


def test_another_space_direction_or_setting_needs_another_study(folder):
    sweep(folder, "kind=choice(a,b)", "hydra.sweeper.n_trials=1")
    with pytest.raises(CompactHydraException, match="searched kind in"):
        sweep(folder, "kind=choice(a,c)", "hydra.sweeper.n_trials=2")
    with pytest.raises(CompactHydraException, match="was made to"):
        sweep(folder, "kind=choice(a,b)", "hydra.sweeper.direction=maximize")
    with pytest.raises(CompactHydraException, match="has trials with '', now 'n=2'"):
        sweep(folder, "kind=choice(a,b)", "n=2")


def test_storage_addresses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute("sqlite:///a/b.db") == f"sqlite:///{tmp_path}/a/b.db"
    assert absolute("a.journal") == f"{tmp_path}/a.journal"
    with pytest.raises(ConfigError, match="in memory"):
        open_storage("sqlite:///:memory:")
    with pytest.raises(ConfigError, match="cannot open the trial storage 'nosuch://x'"):
        open_storage("nosuch://x")
