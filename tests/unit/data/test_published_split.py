"""PublishedTest: the published rows test, and no patient stands on both sides."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from combo_dl.core.errors import ConfigError, InputError, LeakageError
from combo_dl.data.published_split import PublishedTest


def split(column="fold_published", share=0.25, seed=0):
    return PublishedTest(column=column, validation_share=share, seed=seed)


@pytest.fixture
def published(tiny_study):
    """The first profiles are learned from, the last tests, the one before is neither."""
    profile = tiny_study.combos.profile
    last = profile.max()
    side = np.where(profile == last, 1, np.where(profile == last - 1, -1, 0)).astype(np.int32)
    columns = {"fold_published": side, "wide": side + 1, "words": side.astype(str)}
    return replace(tiny_study, columns=columns)


def test_the_published_rows_test_and_a_share_of_profiles_validates(published, tiny_identity):
    (fold,) = split().folds(published, tiny_identity)
    side, profile = published.columns["fold_published"], published.combos.profile
    assert np.array_equal(fold.test, np.flatnonzero(side == 1))
    assert np.array_equal(fold.train, np.flatnonzero(side == 0))
    assert np.array_equal(fold.train, np.union1d(fold.search, fold.validation))
    learned = len(np.unique(profile[fold.train]))
    assert len(np.unique(profile[fold.validation])) == round(learned * 0.25)
    assert [(p.unit, p.shared) for p in fold.proofs] == [("profile", 0), ("profile", 0)]


def test_the_draw_is_that_of_the_seed(published, tiny_identity):
    first, again = (split().folds(published, tiny_identity)[0] for _ in range(2))
    drawn = [split(seed=s).folds(published, tiny_identity)[0].validation for s in range(1, 6)]
    assert np.array_equal(first.validation, again.validation)
    assert any(not np.array_equal(first.validation, other) for other in drawn)


def test_a_profile_on_both_sides_is_refused(published, tiny_identity):
    side = published.columns["fold_published"].copy()
    side[np.flatnonzero(side == 1)[0]] = 0
    columns = {"fold_published": side}
    with pytest.raises(LeakageError, match="both sides of train and test"):
        split().folds(replace(published, columns=columns), tiny_identity)


@pytest.mark.parametrize(
    ("rule", "kind", "message"),
    [
        (split(column="fold_publish"), ConfigError, "no column .*; nearest known: fold_published"),
        (split(column="words"), InputError, "holds .*; expected whole numbers"),
        (split(column="wide"), InputError, "holds 2; expected 0"),
        (split(share=1), ConfigError, "split.validation_share is 1; expected"),
        (split(share=True), ConfigError, "split.validation_share is True"),
        (split(share=0.001), InputError, "leaves no rows to validate"),
        (split(seed=-1), ConfigError, "split.seed is -1"),
    ],
)
def test_a_faulty_rule_is_one_error(published, tiny_identity, rule, kind, message):
    with pytest.raises(kind, match=message):
        rule.folds(published, tiny_identity)


def test_each_other_cohort_tests_in_a_fold_of_its_own(published, tiny_identity):
    cohort = published.combos.profile.astype(np.int32)
    last = int(cohort.max())
    names = pa.table({"code": [last], "name": ["Last"]})
    study = replace(
        published,
        columns=published.columns | {"cohort": cohort},
        tables=published.tables | {"cohorts": names},
    )
    by = replace(split(), by="cohort")
    folds = by.folds(study, tiny_identity)
    assert [f.name for f in folds] == [f"cohort {last - 1}", "Last"]
    for fold, code in zip(folds, (last - 1, last), strict=True):
        assert np.array_equal(fold.test, np.flatnonzero(cohort == code))
        assert np.array_equal(fold.train, folds[0].train)
    with pytest.raises(ConfigError, match="hospital"):
        replace(split(), by="hospital").folds(study, tiny_identity)
