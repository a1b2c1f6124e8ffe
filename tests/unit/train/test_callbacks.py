"""Averaged weights, the search for the number of epochs, and what settings they refuse."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import tiny
import torch

from combo_dl.core.errors import ConfigError
from combo_dl.train.callbacks import AveragedWeights, EpochSearch


def module(value: float = 0.0) -> SimpleNamespace:
    """A module whose network is one number."""
    net = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(net.weight, value)
    return SimpleNamespace(net=net)


def test_the_average_follows_its_rule():
    part, callback, expected = module(1.0), AveragedWeights(0.15), 1.0
    callback.on_fit_start(None, part)
    for step, weight in enumerate((3.0, -2.0, 5.0), start=1):
        torch.nn.init.constant_(part.net.weight, weight)
        callback.on_train_batch_end(None, part, None, None, 0)
        decay = min(0.15, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
    assert callback.average[0].item() == pytest.approx(expected)


def test_validation_sees_the_average_and_training_goes_on_with_its_own():
    part, callback = module(1.0), AveragedWeights(0.5)
    callback.on_fit_start(None, part)
    torch.nn.init.constant_(part.net.weight, 9.0)
    callback.on_validation_start(None, part)
    assert part.net.weight.item() == 1.0
    callback.on_validation_end(None, part)
    assert part.net.weight.item() == 9.0
    callback.on_fit_end(None, part)
    assert part.net.weight.item() == 1.0


def searched(errors, *, patience, report=None):
    """A search that heard these errors until it stopped; weight n at epoch n."""
    search = EpochSearch(patience=patience, report=report)
    # One process: what it tells the others it hears itself.
    alone = {"world_size": 1, "is_global_zero": True}
    strategy = SimpleNamespace(broadcast=lambda told: told)
    trainer = SimpleNamespace(callback_metrics={}, should_stop=False, strategy=strategy, **alone)
    for epoch, error in enumerate(errors, start=1):
        trainer.callback_metrics["val_error"] = torch.tensor(error)
        search.on_validation_end(trainer, module(float(epoch)))
        if trainer.should_stop:
            break
    return search


def test_the_search_keeps_the_best_epoch_and_stops_long_after_it():
    search = searched([0.9, 0.5, 0.7, 0.6, 0.8, 0.1], patience=3)
    assert len(search.errors) == 5 and search.best_epoch == 2
    assert search.best["weight"].item() == 2.0 and not search.pruned


def test_the_first_of_equal_epochs_is_the_best():
    assert searched([0.5, 0.5, 0.5], patience=9).best_epoch == 1


def test_a_search_goes_on_from_its_state():
    first, second = searched([0.9, 0.5], patience=9), EpochSearch(patience=9, report=None)
    second.load_state_dict(first.state_dict())
    assert (second.errors, second.best_epoch) == (first.errors, 2)
    assert torch.equal(second.best["weight"], first.best["weight"])


def test_a_report_may_give_up():
    search = searched([0.9, 0.5, 0.4], patience=9, report=lambda epoch, error: error < 0.6)
    assert search.pruned and len(search.errors) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_epochs": 2.5}, "trainer.max_epochs is 2.5; expected a whole number"),
        ({"max_epochs": True}, "trainer.max_epochs is True"),
        ({"refit": "yes"}, "trainer.refit is 'yes'; expected true or false"),
        ({"precision": 32}, "trainer.precision is 32; expected text"),
        ({"workers": 0}, "trainer.workers is 0; expected 1 or more"),
        ({"clip": -1.0}, "trainer.clip is -1.0; expected 0 or more"),
        ({"weight_decay": float("nan")}, "trainer.weight_decay is nan"),
        ({"average_decay": 1.0}, r"decay in \[0, 1\)"),
        ({"search": "last"}, "expected first, each or none"),
    ],
)
def test_settings_that_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        replace(tiny.FIT, **changes).validate()


def test_a_whole_number_is_a_number():
    assert replace(tiny.FIT, clip=5, weight_decay=0).validate().clip == 5
