"""For whom combinations are ranked: each profile, each group of profiles, and all of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint

PROFILE, GROUP, COHORT = "profile", "group", "cohort"


@dataclass(frozen=True, kw_only=True)
class Views:
    """kinds, names: V each; the U profiles first.  share: float32[V - U, U], the share of each
    profile in the mean of each group and of the cohort."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    share: np.ndarray

    def __len__(self) -> int:
        return len(self.kinds)

    def of(self, values: np.ndarray) -> np.ndarray:
        """float32[..., V, n] of values float32[..., U, n]: those of profiles, and means."""
        if not len(self.share):
            return values
        return np.concatenate([values, self.share @ values], axis=-2)

    def members(self, view: int) -> np.ndarray:
        """int64: the profiles of a view."""
        first = len(self) - len(self.share)
        return np.array([view]) if view < first else np.flatnonzero(self.share[view - first])


def views_of(profiles: tuple[str, ...], groups: pd.DataFrame | None) -> Views:
    """Views of a screen; the cohort where there are several profiles.

    groups: a table ``profile, group``; profiles without a group are in none. Raises InputError on
    a missing column, UnknownNameError on an unknown profile.
    """
    rows: list[tuple[str, str, np.ndarray]] = []
    if groups is not None:
        rows += _groups(profiles, groups)
    if len(profiles) > 1:
        rows.append((COHORT, "all", np.ones(len(profiles), bool)))
    share = np.array([at / at.sum() for _, _, at in rows], np.float32)
    return Views(
        kinds=(PROFILE,) * len(profiles) + tuple(kind for kind, _, _ in rows),
        names=profiles + tuple(name for _, name, _ in rows),
        share=share.reshape(len(rows), len(profiles)),
    )


def _groups(profiles: tuple[str, ...], frame: pd.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    for column in ("profile", "group"):
        if column not in frame.columns:
            raise InputError(
                "a table of groups needs the columns profile and group; it has "
                f"{', '.join(map(str, frame.columns))}"
            )
    made: dict[str, np.ndarray] = {}
    index = {name: u for u, name in enumerate(profiles)}
    for name, group in frame[["profile", "group"]].astype(str).itertuples(index=False):
        if name not in index:
            raise UnknownNameError(
                f"the table of groups names the profile {name!r}, which is not screened; "
                f"{hint(name, profiles)}"
            )
        made.setdefault(group, np.zeros(len(profiles), bool))[index[name]] = True
    return [(GROUP, name, at) for name, at in made.items()]
