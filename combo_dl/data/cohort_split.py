"""CohortFolds: each cohort tests once, and nobody of its hospital is learned from."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold, prove
from combo_dl.data.splits import check_seed, check_share, whole_numbers

UNIT = "profile"


@dataclass(frozen=True, kw_only=True)
class CohortFolds:
    """One fold a value of ``column``, whose rows test; rows of the same ``apart`` are not learned
    from, since two cohorts of one hospital may hold the same patients.

    Whole values of ``apart``, drawn by ``seed`` one after another until they hold
    ``validation_share`` of the rows that are learned from, validate: what is chosen there is chosen
    for a hospital that was not seen. A profile on both sides is refused.

    column, apart: whole numbers of the study (``cohort``, ``hospital``).
    """

    column: str
    apart: str
    validation_share: float
    seed: int

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The folds, by the study's names of cohorts. Raises ConfigError (a setting, no such
        column), InputError (fewer than three hospitals), LeakageError."""
        self._check()
        cohort, hospital = whole_numbers(study, self.column), whole_numbers(study, self.apart)
        count = len(np.unique(hospital))
        if count < 3:
            raise InputError(
                f"column {self.apart!r} has {count} values; at least 3 are needed: to train, to "
                "validate and to test"
            )
        names = cohort_names(study, self.column)
        return [self._one(study, names[int(v)], cohort == v, hospital) for v in np.unique(cohort)]

    def _one(self, study: Study, name: str, test: np.ndarray, hospital: np.ndarray) -> Fold:
        profile = study.combos.profile.astype(np.int64)
        train = ~np.isin(hospital, hospital[test])
        validation = train & np.isin(hospital, self._drawn(hospital[train]))
        search = train & ~validation
        sides = {"train and test": (train, test), "search and validation": (search, validation)}
        return Fold(
            name=name,
            train=np.flatnonzero(train),
            search=np.flatnonzero(search),
            validation=np.flatnonzero(validation),
            test=np.flatnonzero(test),
            proofs=tuple(
                prove(UNIT, between, profile[left], profile[right])
                for between, (left, right) in sides.items()
            ),
        )

    def _drawn(self, hospital: np.ndarray) -> np.ndarray:
        """Values of ``hospital`` int[n], never all of them."""
        values, counts = np.unique(hospital, return_counts=True)
        order = np.random.default_rng(self.seed).permutation(len(values))[:-1]
        before = np.cumsum(counts[order]) - counts[order]
        return values[order[before < self.validation_share * len(hospital)]]

    def _check(self) -> None:
        check_share("validation_share", self.validation_share)
        check_seed(self.seed)


def cohort_names(study: Study, column: str) -> dict[int, str]:
    """{code: name} of the values of a column, by the study's table of that name (``cohorts`` of
    ``cohort``); a code without a name is ``cohort 3``."""
    table = study.tables.get(f"{column}s")
    named = {} if table is None else {r["code"]: r["name"] for r in table.to_pylist()}
    values = np.unique(whole_numbers(study, column))
    return {int(v): named.get(int(v), f"{column} {v}") for v in values}
