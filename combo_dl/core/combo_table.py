"""ComboTable: rows of (set of drugs, profile) with labels."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_range, check_shape
from combo_dl.core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class ComboTable:
    """N rows.

    drugs: int32[N, K], ascending in a row, -1 pad at the end (one drug is a combination of one).
    dose: float32[N, K], NaN unknown, unit in the Study.  profile: int32[N], -1 = none.
    labels: {endpoint column group: float32[N, W]}, NaN unseen.  weight: float32[N] > 0.
    group: int32[N], rows measured under the same conditions (replicates).
    day: float32[N], NaN unknown.
    """

    drugs: np.ndarray
    dose: np.ndarray
    profile: np.ndarray
    labels: dict[str, np.ndarray]
    weight: np.ndarray
    group: np.ndarray
    day: np.ndarray

    @classmethod
    def undosed(
        cls,
        drugs: np.ndarray,
        *,
        profile: np.ndarray,
        labels: dict[str, np.ndarray],
        weight: np.ndarray | None = None,
        group: np.ndarray | None = None,
    ) -> "ComboTable":
        """Rows of which neither doses nor days are known; each its own group and of weight 1 where
        these are not given. ``drugs`` int32[N, K] ascending, ``profile`` int[N]."""
        n = len(drugs)
        return cls(
            drugs=drugs,
            dose=np.full(drugs.shape, np.nan, np.float32),
            profile=profile.astype(np.int32),
            labels=labels,
            weight=np.ones(n, np.float32) if weight is None else weight,
            group=(np.arange(n) if group is None else group).astype(np.int32),
            day=np.full(n, np.nan, np.float32),
        )

    def __len__(self) -> int:
        return len(self.drugs)

    @property
    def present(self) -> np.ndarray:
        """bool[N, K]: a drug stands in this place."""
        return self.drugs >= 0

    @property
    def size(self) -> np.ndarray:
        """int64[N]: number of drugs in the combination."""
        return self.present.sum(axis=1)

    def validate(self, *, n_drugs: int, n_profiles: int) -> "ComboTable":
        """Itself. Raises InputError naming the first row that is wrong."""
        n = len(self.drugs)
        check_shape("combination drugs", self.drugs, (n, None))
        check_shape("doses", self.dose, self.drugs.shape)
        for name in ("profile", "weight", "group", "day"):
            check_shape(name, getattr(self, name), (n,))
        check_range("combination drugs", self.drugs, -1, n_drugs)
        check_range("combination profiles", self.profile, -1, max(n_profiles, 1))
        self._check_sets()
        self._check_numbers()
        return self

    def _check_sets(self) -> None:
        left, right = self.drugs[:, :-1], self.drugs[:, 1:]
        _refuse((self.drugs < 0).all(axis=1), "has no drug; give at least one")
        _refuse(
            ((left == right) & (right >= 0)).any(axis=1),
            "names the same drug twice; name each drug once",
        )
        _refuse(
            ((left > right) & (right >= 0) | (left < 0) & (right >= 0)).any(axis=1),
            "has drug ids that are not ascending; sort them, with -1 at the end",
        )

    def _check_numbers(self) -> None:
        for name, label in self.labels.items():
            check_shape(f"labels {name}", label, (len(self), None))
            _refuse(
                np.isinf(label).any(axis=1),
                f"has an infinite label {name!r}; expected a number, or an empty cell where it was "
                "not measured",
            )
        _refuse(
            ~(np.isfinite(self.weight) & (self.weight > 0)),
            "has a weight that is not a number above 0",
        )
        _refuse((self.dose < 0).any(axis=1), "has a negative dose; expected a number of 0 or more")
        _refuse(np.isinf(self.dose).any(axis=1), "has an infinite dose; expected a number")

    def take(self, rows: np.ndarray) -> "ComboTable":
        """The table of these rows (ids or mask)."""
        return ComboTable(
            drugs=self.drugs[rows],
            dose=self.dose[rows],
            profile=self.profile[rows],
            labels={k: v[rows] for k, v in self.labels.items()},
            weight=self.weight[rows],
            group=self.group[rows],
            day=self.day[rows],
        )


def _refuse(bad: np.ndarray | np.bool_, why: str) -> None:
    if bad.any():
        raise InputError(f"row {int(np.argmax(bad))} {why} ({int(bad.sum())} such rows)")


def sorted_sets(drugs: np.ndarray, dose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of drug ids in ascending order with -1 at the end, doses moved with them."""
    key = np.where(drugs < 0, np.iinfo(np.int32).max, drugs)
    order = np.argsort(key, axis=1, kind="stable")
    return np.take_along_axis(drugs, order, 1), np.take_along_axis(dose, order, 1)
