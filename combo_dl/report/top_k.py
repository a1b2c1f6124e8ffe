"""Hits among the top k of a profile: what a laboratory gets that tests k combinations of a list."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LARGEST_K = 50
# A list counts if it is long enough; k stops where fewer than this share of lists would count.
SHARE_OF_LISTS = 0.5


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The test rows of one profile in one fold are a list; those at least K long count.

    hits: {model: float64[K], share of hits among the top k = 1..K, mean over lists}.
    perfect: float64[K], with the hits on top.  luck: the share of hits in the lists.
    """

    hits: dict[str, np.ndarray]
    perfect: np.ndarray
    luck: float
    n_lists: int


def top_lists(
    frame: "pd.DataFrame", models: list[str], threshold: float, *, largest: int = LARGEST_K
) -> Lists | None:
    """Lists of one endpoint's ``frame``; a hit is a truth above ``threshold``.

    Equal predictions share their places evenly: a model that knows nothing gets what luck gets.
    None where no list has two rows. Every model is read on the same rows.
    """
    keys = ["fold", "profile"]
    wide = frame.pivot_table(index=[*keys, "group"], columns="model", values="mean", sort=True)
    truth = frame.drop_duplicates([*keys, "group"]).set_index([*keys, "group"])["truth"]
    if not set(models) <= set(wide.columns):
        return None
    wide = wide[models].dropna().join(truth)
    sizes = wide.groupby(level=keys, sort=True).size()
    k = _length(sizes.to_numpy(), largest)
    if k < 2:
        return None
    parts = [part for _, part in wide.groupby(level=keys, sort=True) if len(part) >= k]
    events = [(part["truth"].to_numpy() > threshold).astype(float) for part in parts]
    return Lists(
        hits={
            m: np.mean(
                [hits_in_top(e, p[m].to_numpy(), k) for e, p in zip(events, parts, strict=True)],
                axis=0,
            )
            for m in models
        },
        perfect=np.mean([hits_in_top(e, e, k) for e in events], axis=0),
        luck=float(np.mean([e.mean() for e in events])),
        n_lists=len(parts),
    )


def _length(sizes: np.ndarray, largest: int) -> int:
    if not len(sizes):
        return 0
    enough = int(np.quantile(sizes, 1 - SHARE_OF_LISTS, method="lower"))
    return min(largest, enough)


def hits_in_top(event: np.ndarray, score: np.ndarray, k: int) -> np.ndarray:
    """float64[k]: share of events among the top 1..k of ``score`` float[n >= k].

    Rows of equal score count as the mean event of all of them, as if their order were drawn.
    """
    order = np.argsort(-score, kind="stable")
    _, of = np.unique(-score[order], return_inverse=True)
    tied = np.bincount(of, event[order]) / np.bincount(of)
    return np.cumsum(tied[of])[:k] / np.arange(1, k + 1)
