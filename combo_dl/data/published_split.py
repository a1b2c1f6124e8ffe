"""PublishedTest: the rows that the authors of a study learned from, and those that test."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.data.cohort_split import cohort_names
from combo_dl.data.fold import Fold, prove
from combo_dl.data.splits import check_seed, check_share, whole_numbers

UNIT = "profile"
NAME = "published"


@dataclass(frozen=True, kw_only=True)
class PublishedTest:
    """One fold, as published: rows with 0 in ``column`` are learned from, rows with 1 test.

    Rows with -1 are neither. ``validation_share`` of the profiles (patients) that are learned from,
    drawn by ``seed``, validate. A profile on both sides is refused.

    by: a column such as ``cohort``. All rows that are not learned from test then, those of each
    value in a fold of their own; the folds learn from the same rows.
    """

    column: str
    validation_share: float
    seed: int
    by: str | None = None

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The fold, or one a value of ``by``. Raises ConfigError (a setting, no such column),
        InputError (another number in the column, no rows of one side), LeakageError."""
        self._check()
        side = whole_numbers(study, self.column)
        other = side[~np.isin(side, (-1, 0, 1))]
        if len(other):
            raise InputError(
                f"column {self.column!r} holds {other[0]}; expected 0 (learned from), 1 (tests) or "
                "-1 (neither)"
            )
        profile = study.combos.profile.astype(np.int64)
        train = side == 0
        validation = train & np.isin(profile, self._drawn(profile[train]))
        search = train & ~validation
        tests = {NAME: side == 1} if self.by is None else self._tests(study, ~train)
        tested = any(rows.any() for rows in tests.values())
        sides = {"learn from": search.any(), "validate": validation.any(), "test": tested}
        for what, some in sides.items():
            if not some:
                raise InputError(
                    f"column {self.column!r} leaves no rows to {what}; choose another split"
                )
        return [
            Fold(
                name=name,
                train=np.flatnonzero(train),
                search=np.flatnonzero(search),
                validation=np.flatnonzero(validation),
                test=np.flatnonzero(test),
                proofs=(
                    prove(UNIT, "train and test", profile[train], profile[test]),
                    prove(UNIT, "search and validation", profile[search], profile[validation]),
                ),
            )
            for name, test in tests.items()
        ]

    def _tests(self, study: Study, others: np.ndarray) -> dict[str, np.ndarray]:
        """{name: bool[N]} of the values of ``by`` among the rows ``others``; the study's table of
        that name has the names of codes (``cohorts`` of ``cohort``)."""
        values = whole_numbers(study, str(self.by))
        names = cohort_names(study, str(self.by))
        return {names[int(v)]: others & (values == v) for v in np.unique(values[others])}

    def _drawn(self, profiles: np.ndarray) -> np.ndarray:
        names = np.unique(profiles)
        order = np.random.default_rng(self.seed).permutation(len(names))
        return names[order[: round(len(names) * self.validation_share)]]

    def _check(self) -> None:
        check_share("validation_share", self.validation_share)
        check_seed(self.seed)
