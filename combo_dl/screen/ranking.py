"""The kept sets as a table: ranks, uncertainty, and all that ``predict`` says of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.frames import LETTERS
from combo_dl.infer.bundle import Bundle
from combo_dl.screen.diverse import cover, diverse
from combo_dl.screen.found import Found
from combo_dl.screen.plan import Plan
from combo_dl.screen.score_block import Ranker
from combo_dl.screen.views import PROFILE

_ROWS = 20_000  # that are predicted at once
_SHOWN = ("low", "high", "support", "abstain", "null", "excess", "excess_low", "excess_high")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Kept rows in the order of the table. at: int64[R], places in ``found``.  rank: int64[R], from
    1 in each view, 0 of a row that is on the front alone.  sets: the drugs' places."""

    at: np.ndarray
    rank: np.ndarray
    sets: list[tuple[int, ...]]


def ranked_rows(found: Found, ranker: Ranker, plan: Plan) -> Rows:
    """The rows of each view: those of the top, by rank, then those on the front alone."""
    settings = ranker.settings
    at, rank, sets = [], [], []
    for view in range(len(ranker.views)):
        own = np.flatnonzero(found.view == view)
        own = own[np.lexsort((found.number[own], -found.score[own].astype(np.float64)))]
        ids = [plan.set_of(int(n)) for n in found.number[own]]
        top = np.flatnonzero(found.top[own])
        chosen = diverse(
            [ids[i] for i in top], top=settings.top, most_per_drug=settings.most_per_drug
        )
        shown = [int(top[i]) for i in chosen]
        rest = [i for i in np.flatnonzero(found.front[own]).tolist() if i not in set(shown)]
        at += own[shown + rest].tolist()
        rank += [*range(1, len(shown) + 1), *[0] * len(rest)]
        sets += [ids[i] for i in shown + rest]
    return Rows(at=np.array(at, np.int64), rank=np.array(rank, np.int64), sets=sets)


def in_top(found: Found, rows: Rows) -> np.ndarray:
    """float64[R]: the share of the networks by which a set is among the top k of its view.

    Each network ranks all sets that are allowed and within the limits (which the ensemble decides)
    by its own scores. The networks of an ensemble are few draws: the share is coarse, in steps of
    1 / networks, and says how far they agree, not how often a measurement would. NaN of a single
    network, which cannot disagree.
    """
    nets = found.best.shape[0]
    if nets == 1:
        return np.full(len(rows.at), np.nan)
    least = found.best[:, :, -1].T[found.view[rows.at]]
    return (found.members[rows.at] >= least).mean(axis=1)


def table_of(found: Found, rows: Rows, ranker: Ranker, predicted: pd.DataFrame) -> pd.DataFrame:
    """One line a row: view, name, rank, drugs, score, members_sd, in_top, on_front; each column
    that ranks or limits, and of profiles what ``predict`` says of it (<column>_low …).

    score: what ranks, of a group or the cohort its mean over profiles.  members_sd: standard
    deviation of the score between networks.  A mean over profiles has <column>_abstain, the share
    of its profiles in which ``predict`` abstains, and no interval.
    """
    views, drugs = ranker.views, ranker.screened.drugs
    view = found.view[rows.at]
    width = max((len(ids) for ids in rows.sets), default=2)
    made: dict[str, object] = {
        "view": [views.kinds[v] for v in view],
        "name": [views.names[v] for v in view],
        "rank": rows.rank,
    }
    for k in range(width):
        made[f"drug_{LETTERS[k]}"] = [
            drugs[ids[k]].name if k < len(ids) else "" for ids in rows.sets
        ]
    members = found.members[rows.at].astype(np.float64)
    spread = members.std(axis=1, ddof=1) if members.shape[1] > 1 else np.full(len(members), np.nan)
    made |= {
        "score": found.score[rows.at],
        "members_sd": spread,
        "in_top": in_top(found, rows),
        "on_front": found.front[rows.at],
    }
    for w, column in enumerate(ranker.columns):
        made[column] = found.values[rows.at, w]
    table = pd.DataFrame(made)
    for column in ranker.columns:
        table = pd.concat([table, _said(column, rows, view, ranker, predicted)], axis=1)
    return table


def _said(
    column: str, rows: Rows, view: np.ndarray, ranker: Ranker, predicted: pd.DataFrame
) -> pd.DataFrame:
    """What ``predict`` says of one column, at the rows of profiles; shares of abstentions else."""
    part = predicted[predicted["endpoint"] == column].set_index(["set", "profile_id"])
    keys = [(ids, int(v)) for ids, v in zip(rows.sets, view, strict=True)]
    profile = np.array([ranker.views.kinds[v] == PROFILE for v in view], dtype=bool)
    shown = [c for c in _SHOWN if c in part and part[c].notna().any()]
    found = part[shown].reindex(pd.MultiIndex.from_tuples(keys)) if keys else part[shown][:0]
    found = found.reset_index(drop=True).astype({"abstain": object})
    for row in np.flatnonzero(~profile):
        of = [(rows.sets[row], int(u)) for u in ranker.views.members(int(view[row]))]
        found.loc[row, "abstain"] = float(part.loc[of, "abstain"].mean())
    found["abstain"] = found["abstain"].astype(float)
    return found.add_prefix(f"{column}_")


def predictions(
    bundle: Bundle, rows: Rows, found: Found, ranker: Ranker, given: dict, *, level: float
) -> pd.DataFrame:
    """``predict`` of each kept set in each profile of its view, with ``set`` and ``profile_id``."""
    views, screened = ranker.views, ranker.screened
    wanted = dict.fromkeys(
        (ids, int(u))
        for ids, at in zip(rows.sets, rows.at, strict=True)
        for u in views.members(int(found.view[at]))
    )
    asked = list(wanted)
    parts = []
    for start in range(0, len(asked), _ROWS):
        some = asked[start : start + _ROWS]
        width = max(len(ids) for ids, _ in some)
        frame = pd.DataFrame(
            {
                f"drug_{LETTERS[k]}": [
                    screened.drugs[ids[k]].name if k < len(ids) else None for ids, _ in some
                ]
                for k in range(width)
            }
            | {"profile": [screened.profiles[u] for _, u in some]}
        )
        # Of the nulls a screen tells the quick one.
        told = bundle.predict(frame, level=level, first_scan_days=None, **given)
        told["set"] = [some[n][0] for n in told["row"]]
        told["profile_id"] = [some[n][1] for n in told["row"]]
        parts.append(told[told["endpoint"].isin(ranker.columns)])
    return pd.concat(parts, ignore_index=True)


def covering(found: Found, rows: Rows, ranker: Ranker) -> pd.DataFrame:
    """A small choice of regimens of which each profile has one among its top k: set, profiles
    covered first by it. Empty where there is one profile."""
    profiles = len(ranker.screened.profiles)
    held: dict[tuple[int, ...], set[int]] = {}
    best_rank: dict[tuple[int, ...], int] = {}
    for ids, at, rank in zip(rows.sets, rows.at, rows.rank, strict=True):
        view = int(found.view[at])
        if view < profiles and rank > 0:
            held.setdefault(ids, set()).add(view)
            best_rank[ids] = best_rank.get(ids, 0) + int(rank)
    # Among equals the one that ranks higher where it is.
    order = sorted(held, key=lambda ids: (best_rank[ids] / len(held[ids]), ids))
    chosen = cover({ids: held[ids] for ids in order}, profiles)
    names = ranker.screened.profiles
    return pd.DataFrame(
        {
            "regimen": [
                " + ".join(ranker.screened.drugs[d].name for d in ids)  # type: ignore[attr-defined]
                for ids, _ in chosen
            ],
            "profiles": [len(added) for _, added in chosen],
            "names": ["; ".join(names[u] for u in added) for _, added in chosen],
        }
    )
