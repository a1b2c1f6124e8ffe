"""A fixed training of seconds gives the losses that it gave when they were written here."""

import csv
import json

import pytest
import tiny

from combo_dl.train.run import train

VALIDATION = [0.0, 0.0, 0.0, 0.0]
TRAINING = [0.0, 0.0, 0.0, 0.0]


@pytest.fixture(scope="module")
def member(tmp_path_factory):
    out = tmp_path_factory.mktemp("golden")
    train(tiny.settings(out), [tiny.study()])
    return out / "members" / "fold0" / "seed0"


def test_validation_errors(member):
    found = json.loads((member / "member.json").read_text())["errors"]
    assert found == pytest.approx(VALIDATION, abs=1e-4)


def test_training_losses(member):
    log = csv.DictReader((member / "log_search" / "version_0" / "metrics.csv").open())
    found = [float(row["train_loss"]) for row in log if row["train_loss"]]
    assert found == pytest.approx(TRAINING, abs=1e-4)
