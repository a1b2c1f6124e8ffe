"""A run that was killed goes on to the very bits of one that was not; one folder, one setting."""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import killed_runs
import numpy as np
import pytest
import tiny

from combo_dl.core.errors import ComboError, ConfigError, FormatError
from combo_dl.train.run import train

WEIGHTS = [Path("members/fold0/seed0"), Path("members/fold0/seed1"), Path("bundle")]
KERNELS = Path("members/fold0/kernel/kernel.npz")


@pytest.fixture(scope="module")
def study():
    return killed_runs.study()


@pytest.fixture(scope="module")
def whole(tmp_path_factory, study):
    """A run that nothing interrupted: (settings, result)."""
    settings = killed_runs.settings(tmp_path_factory.mktemp("whole") / "out")
    return settings, train(settings, [study])


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folder of the killed runs."""
    folder = tmp_path_factory.mktemp("killed")
    path = os.pathsep.join(str(Path(__file__).parents[k]) for k in (0, 1))
    done = subprocess.run(
        [sys.executable, killed_runs.__file__, str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        check=True,
    )
    assert done.stdout == ""
    for moment, checkpoint in (("epoch3", "search.ckpt"), ("epoch7", "refit.ckpt")):
        assert (folder / moment / WEIGHTS[0] / checkpoint).is_file()
    return folder


def assert_same_weights(out, other):
    for place in WEIGHTS:
        file = place / "weights.safetensors"
        assert (out / file).read_bytes() == (other / file).read_bytes()


def assert_same_kernels(out, other):
    with np.load(out / KERNELS) as one, np.load(other / KERNELS) as two:
        assert one.files == two.files and "0:weight:synergy_loewe" in one.files
        assert all(np.array_equal(one[name], two[name]) for name in one.files)


def assert_same_numbers(one, other):
    """To the last digit; JSON writes a score that is not defined as NaN, which is then alike."""
    assert one.value == other.value
    assert json.dumps(one.scores) == json.dumps(other.scores)


@pytest.mark.parametrize("moment", killed_runs.MOMENTS)
def test_a_killed_run_goes_on_to_the_same_bits(moment, killed, whole, study):
    settings, result = whole
    assert not (killed / moment / "result.json").exists()
    again = train(killed_runs.settings(killed / moment), [study])
    assert_same_weights(killed / moment, settings.out)
    assert_same_kernels(killed / moment, settings.out)
    assert_same_numbers(again, result)


def test_a_finished_run_is_not_fitted_again(whole, study, monkeypatch):
    settings, result = whole
    monkeypatch.setattr("combo_dl.train.stage.run_stage", None)
    monkeypatch.setattr("combo_dl.train.member.run_stage", None)
    monkeypatch.setattr("combo_dl.train.companion.fit_average", None)
    again = train(settings, [study])
    assert_same_numbers(again, result)


def test_an_ensemble_grows_without_fitting_its_first_members_again(whole, study, tmp_path):
    settings, _ = whole
    small = replace(settings, out=tmp_path, seeds=1)
    train(small, [study])
    first = tmp_path / WEIGHTS[0] / "weights.safetensors"
    before = first.stat().st_mtime_ns
    train(replace(small, seeds=2), [study])
    assert first.stat().st_mtime_ns == before
    assert_same_weights(tmp_path, settings.out)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 5}, "seed"),
        ({"max_fields": 2}, "max_fields"),
        ({"kernel": None}, "kernel"),
        ({"kernel": replace(tiny.KERNEL, seed=1)}, "kernel"),
        ({"fit": replace(tiny.FIT, lr=0.02, batch_size=16)}, "trainer"),
        ({"network": replace(tiny.NETWORK, model=tiny.NETWORK.model | {"width": 4})}, "network"),
    ],
)
def test_another_configuration_in_the_folder_is_refused(whole, study, changes, named):
    settings, _ = whole
    message = rf"holds a training with other settings \({named}\); choose another out"
    with pytest.raises(ConfigError, match=message) as caught:
        train(replace(settings, **changes), [study])
    assert "\n" not in str(caught.value)


def test_other_data_in_the_folder_are_refused(whole):
    with pytest.raises(ConfigError, match=r"other settings \(data, rows\)"):
        train(whole[0], [tiny.study(seed=9)])


def test_workers_and_checkpoints_may_change(whole, study):
    settings, result = whole
    fit = replace(settings.fit, workers=2, checkpoint_epochs=7)
    assert train(replace(settings, fit=fit), [study]).value == result.value


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04", b"\x80\x02}q\x00."], ids=repr)
def test_a_broken_checkpoint_is_one_line(whole, study, tmp_path, content):
    folder = tmp_path / WEIGHTS[0]
    folder.mkdir(parents=True)
    (folder / "search.ckpt").write_bytes(content)
    with pytest.raises(FormatError, match=r"cannot resume from .*; delete it to start") as caught:
        train(replace(whole[0], out=tmp_path), [study])
    assert "\n" not in str(caught.value)


def test_a_second_run_in_the_folder_waits_for_no_one(whole, study):
    settings, _ = whole
    with (settings.out / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(ComboError, match="another run is writing to"):
            train(settings, [study])
