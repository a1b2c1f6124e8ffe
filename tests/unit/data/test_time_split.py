"""TimeFolds: what comes last tests, and no time stands on both sides."""

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.data.time_split import TimeFolds


def split(column="order", test=0.2, validation=0.2):
    return TimeFolds(column=column, test_share=test, validation_share=validation)


@pytest.fixture
def timed(tiny_study):
    """The study with 50 times of six rows each, in no order of the rows."""
    order = np.random.default_rng(0).permutation(len(tiny_study)) // 6
    return replace(tiny_study, columns={"order": order, "words": order.astype(str)})


def test_the_last_test_and_those_before_validate(timed, tiny_identity):
    (fold,) = split().folds(timed, tiny_identity)
    order = timed.columns["order"]
    assert set(order[fold.search]) == set(range(30))
    assert set(order[fold.validation]) == set(range(30, 40))
    assert set(order[fold.test]) == set(range(40, 50))
    assert np.array_equal(fold.train, np.union1d(fold.search, fold.validation))
    assert len(fold.train) + len(fold.test) == len(timed)


def test_the_proofs_are_of_time(timed, tiny_identity):
    (fold,) = split().folds(timed, tiny_identity)
    assert [(p.unit, p.left, p.right, p.shared) for p in fold.proofs] == [
        ("time", 40, 10, 0),
        ("time", 30, 10, 0),
    ]


def test_shares_are_of_times_and_not_of_rows(timed, tiny_identity):
    order = np.where(timed.columns["order"] < 45, 0, timed.columns["order"])
    few = replace(timed, columns={"order": order})
    (fold,) = split(test=0.5, validation=0.2).folds(few, tiny_identity)
    assert (len(fold.test), len(fold.validation), len(fold.search)) == (18, 6, 276)


def test_a_row_without_a_time_is_left_out(timed, tiny_identity):
    order = np.where(timed.columns["order"] == 3, -1, timed.columns["order"])
    (fold,) = split().folds(replace(timed, columns={"order": order}), tiny_identity)
    used = np.concatenate([fold.train, fold.test])
    assert len(used) == len(timed) - 6 and (order[used] >= 0).all()


@pytest.mark.parametrize(
    ("rule", "kind", "message"),
    [
        (split(column="ordr"), ConfigError, "no column 'ordr'; nearest known: order"),
        (split(column="words"), InputError, "column 'words' holds .*; expected whole numbers"),
        (split(test=0), ConfigError, "split.test_share is 0; expected a number between 0 and 1"),
        (split(validation=1.0), ConfigError, "split.validation_share is 1.0"),
        (split(test=True), ConfigError, "split.test_share is True"),
        (split(test="a"), ConfigError, "split.test_share is 'a'"),
        (split(test=0.6, validation=0.4), ConfigError, "leave nothing to train on"),
        (split(test=0.001), InputError, "has 50 points in time, too few for split.test_share"),
    ],
)
def test_a_faulty_rule_is_one_error(timed, tiny_identity, rule, kind, message):
    with pytest.raises(kind, match=message):
        rule.folds(timed, tiny_identity)
