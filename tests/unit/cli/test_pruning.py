"""The callback of a trial reports to its study and hears when to stop."""

from dataclasses import dataclass

import optuna
import pytest

from combo_dl.cli.pruning import on_validation
from combo_dl.cli.trial_store import PRUNER_ATTRIBUTE, open_storage
from combo_dl.core.errors import ConfigError


@dataclass
class Settings:
    storage: str | None = None
    study: str | None = None
    id: int | None = None


def study_in(path, kind: str) -> optuna.Study:
    study = optuna.create_study(storage=open_storage(str(path)), study_name="s")
    pruner = {"kind": kind, "startup_trials": 1, "warmup_steps": 0, "interval_steps": 1}
    study.set_user_attr(PRUNER_ATTRIBUTE, pruner)
    return study


def test_no_trial_no_callback():
    assert on_validation(Settings()) is None


def test_half_a_trial_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="sets all three"):
        on_validation(Settings(storage=str(tmp_path / "a.journal")))


def test_an_unknown_study_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="has no study 'other'"):
        on_validation(Settings(storage=str(tmp_path / "a.journal"), study="other", id=0))


def test_worse_than_the_median_is_told_to_stop(tmp_path):
    path = tmp_path / "a.journal"
    study = study_in(path, "median")
    first, second = study.ask(), study.ask()
    first.report(1.0, 0)
    study.tell(first, 1.0)
    report = on_validation(Settings(storage=str(path), study="s", id=second._trial_id))
    assert report is not None and report(0, 2.0)
    assert study.trials[1].intermediate_values == {0: 2.0}


def test_a_search_without_pruning_asks_for_no_reports(tmp_path):
    path = tmp_path / "a.journal"
    trial = study_in(path, "none").ask()
    assert on_validation(Settings(storage=str(path), study="s", id=trial._trial_id)) is None


def test_optuna_missing_tells_how_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"pip install combo-dl\[sweep\]"):
        open_storage(str(tmp_path / "a.journal"))
