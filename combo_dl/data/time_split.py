"""TimeFolds: learn from what came first, be tested on what came last."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold, prove
from combo_dl.data.splits import check_share, whole_numbers

UNIT = "time"


@dataclass(frozen=True, kw_only=True)
class TimeFolds:
    """One fold in time: of the distinct values of ``column`` the last ``test_share`` tests, the
    ``validation_share`` before it validates, what lies before is searched on.

    column: whole numbers of the study, larger = later; a negative one leaves its row out. Rows of
    one value (the arms of a trial) stay together. Shares are of all values: 0.2 and 0.2 leave 0.6.
    The proof is of time alone: drugs and combinations come again in later trials, as they do when a
    model is used.
    """

    column: str
    test_share: float
    validation_share: float

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The fold. Raises ConfigError (a share, no such column), InputError (too few values)."""
        self._check()
        order = whole_numbers(study, self.column).astype(np.int64)
        values = np.unique(order[order >= 0])
        test = round(len(values) * self.test_share)
        held = round(len(values) * (self.test_share + self.validation_share))
        if not 0 < test < held < len(values):
            raise InputError(
                f"column {self.column!r} has {len(values)} points in time, too few for "
                f"split.test_share {self.test_share:g} and split.validation_share "
                f"{self.validation_share:g}; bring more data or choose other shares"
            )
        return [_fold(order, validation_from=values[-held], test_from=values[-test])]

    def _check(self) -> None:
        for name in ("test_share", "validation_share"):
            check_share(name, getattr(self, name))
        if self.test_share + self.validation_share >= 1:
            raise ConfigError(
                f"split.test_share {self.test_share:g} and split.validation_share "
                f"{self.validation_share:g} leave nothing to train on; expected a sum below 1"
            )


def _fold(order: np.ndarray, *, validation_from: int, test_from: int) -> Fold:
    timed = order >= 0
    test, search = order >= test_from, timed & (order < validation_from)
    train, validation = timed & ~test, timed & ~test & ~search
    return Fold(
        name="fold0",
        train=np.flatnonzero(train),
        search=np.flatnonzero(search),
        validation=np.flatnonzero(validation),
        test=np.flatnonzero(test),
        proofs=(
            prove(UNIT, "train and test", order[train], order[test]),
            prove(UNIT, "search and validation", order[search], order[validation]),
        ),
    )
