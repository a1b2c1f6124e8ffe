"""A training of two folds of two networks with kernels, and what it left."""

from dataclasses import replace

import pytest
import tiny

from combo_dl.train.run import prepare, train

STUDY = {"n_rows": 260}


@pytest.fixture(scope="session")
def screen():
    """Enough rows for a calibration."""
    return tiny.study(**STUDY)


@pytest.fixture(scope="session")
def settings_of(tmp_path_factory):
    """``settings_of(**changes)``: two epochs, and a folder of their own."""

    def made(**changes):
        fit = replace(tiny.FIT, max_epochs=2)
        out = tmp_path_factory.mktemp("train") / "out"
        return tiny.settings(**{"out": out, "fit": fit, "folds": "0,1", "seeds": 2} | changes)

    return made


@pytest.fixture(scope="session")
def finished(screen, settings_of):
    """(settings, work, result) of unseen pairs."""
    settings = settings_of()
    result = train(settings, [screen])
    return settings, prepare(settings, [screen]), result
