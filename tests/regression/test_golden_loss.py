"""A fixed training of seconds gives the losses that it gave when they were written here."""

import csv
import json

import pytest
import tiny

from combo_dl.train.run import train

VALIDATION = [1.331823, 1.323116, 1.316873, 1.310352]
TRAINING = [0.525547, 0.477593, 0.468585, 0.453496]


@pytest.fixture(scope="module")
def member(tmp_path_factory):
    out = tmp_path_factory.mktemp("golden")
    train(tiny.settings(out), [tiny.study(n_rows=300)])
    return out / "members" / "fold0" / "seed0"


def test_validation_errors(member):
    found = json.loads((member / "member.json").read_text())["errors"]
    assert found == pytest.approx(VALIDATION, abs=1e-4)


def test_training_losses(member):
    log = (member / "log_search" / "version_0" / "metrics.csv").read_text().splitlines()
    found = [float(row["train_loss"]) for row in csv.DictReader(log) if row["train_loss"]]
    assert found == pytest.approx(TRAINING, abs=1e-4)
