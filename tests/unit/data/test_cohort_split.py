"""CohortFolds: every cohort tests, and its hospital is neither learned from nor validated on."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from combo_dl.core.errors import ConfigError, InputError, LeakageError
from combo_dl.data.cohort_split import CohortFolds
from combo_dl.data.splits import whole

HOSPITAL_OF = np.array([0, 0, 1, 2, 3, 4])


def split(**changes):
    named = {"column": "cohort", "apart": "hospital", "validation_share": 0.25, "seed": 0}
    return CohortFolds(**(named | changes))


@pytest.fixture
def cohorts(tiny_study):
    """Six cohorts, the first two of one hospital."""
    cohort = (tiny_study.combos.profile % 6).astype(np.int32)
    columns = {"cohort": cohort, "hospital": HOSPITAL_OF[cohort].astype(np.int32)}
    named = pa.table({"code": [0, 1], "name": ["First", "Second"]})
    return replace(tiny_study, columns=columns, tables=tiny_study.tables | {"cohorts": named})


def test_each_cohort_tests_without_its_hospital(cohorts, tiny_identity):
    folds = split().folds(cohorts, tiny_identity)
    found = np.unique(cohorts.columns["cohort"])
    assert [f.name for f in folds][:2] == ["First", "Second"] and len(folds) == len(found)
    hospital = cohorts.columns["hospital"]
    for code, fold in zip(found, folds, strict=True):
        assert np.array_equal(fold.test, np.flatnonzero(cohorts.columns["cohort"] == code))
        assert np.array_equal(fold.train, np.flatnonzero(hospital != HOSPITAL_OF[code]))
        assert np.array_equal(fold.train, np.union1d(fold.search, fold.validation))
        assert not set(hospital[fold.search]) & set(hospital[fold.validation])
        assert len(fold.search) and len(fold.validation) >= 0.25 * len(fold.train)
        assert [p.shared for p in fold.proofs] == [0, 0]


def test_a_training_on_all_rows_validates_on_hospitals_that_its_search_never_saw(
    cohorts, tiny_identity
):
    fold = whole(split().folds(cohorts, tiny_identity))
    hospital = cohorts.columns["hospital"]
    assert len(fold.train) == len(cohorts)
    assert not set(hospital[fold.search]) & set(hospital[fold.validation])


def test_a_patient_of_two_hospitals_is_refused(cohorts, tiny_identity):
    columns = {k: v.copy() for k, v in cohorts.columns.items()}
    row = np.flatnonzero(columns["cohort"] == 2)[0]
    columns["cohort"][row], columns["hospital"][row] = 3, 2
    with pytest.raises(LeakageError, match="both sides of"):
        split().folds(replace(cohorts, columns=columns), tiny_identity)


@pytest.mark.parametrize(
    ("rule", "kind", "message"),
    [
        (split(column="cohorte"), ConfigError, "no column .*; nearest known: cohort"),
        (split(validation_share=1), ConfigError, "split.validation_share is 1; expected"),
        (split(seed=-1), ConfigError, "split.seed is -1"),
        (split(apart="one"), InputError, "'one' has 1 values; at least 3"),
    ],
)
def test_a_faulty_rule_is_one_error(cohorts, tiny_identity, rule, kind, message):
    one = {"one": np.zeros(len(cohorts), np.int32)}
    with pytest.raises(kind, match=message):
        rule.folds(replace(cohorts, columns=cohorts.columns | one), tiny_identity)
