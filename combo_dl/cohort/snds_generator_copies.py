"""Defects of hospital stays: records that must not count, each a copy of a stay that does."""

from __future__ import annotations

import numpy as np

from combo_dl.cohort.snds_generator_rows import Claims, Rows, take
from combo_dl.cohort.snds_generator_world import World

# Invented numbers in the form of the geographic FINESS of a hospital group that reports twice.
DUPLICATE_FINESS = ("750990001", "130990002", "690990003")
STAY_TABLES = ("T_MCOaaC", "T_MCOaaB", "T_MCOaaUM", "T_MCOaaD", "T_MCOaaMED", "T_MCOaaFH")
SHARE = 0.05


def copy_stays(
    claims: Claims,
    world: World,
    share: float,
    changed: dict[str, Rows],
    where: np.ndarray | None = None,
) -> None:
    """Acute stays once more under new record numbers, with other values in some tables."""
    chain = claims.rows("T_MCOaaC")
    chosen = claims.rng.random(len(chain["_s"])) < share
    if where is not None:
        chosen &= where
    picked = np.sort(chain["_s"][chosen])
    if not len(picked):
        return
    ids, record = claims.new_stays(len(picked))
    for table in STAY_TABLES:
        rows = claims.rows(table)
        if rows:
            own = take(rows, np.flatnonzero(np.isin(rows["_s"], picked)))
            if len(own["_s"]):
                at = np.searchsorted(picked, own["_s"])
                new = own | {"_s": ids[at], "RSA_NUM": record[at]}
                for name, value in changed.get(table, {}).items():
                    new[name] = np.resize(value, len(at))
                for name, value in changed.get("*", {}).items():
                    new[name] = np.resize(value, len(picked))[at]
                claims.tables[table].append(new)


def invalid_chaining(claims: Claims, world: World) -> None:
    """Stays linked to the wrong person (a return code is not 0) or to nobody (dummy number)."""
    wrong = claims.rng.permutation(world.names["psa"])
    copy_stays(
        claims, world, SHARE, {"T_MCOaaC": {"NIR_ANO_17": wrong, "NIR_RET": np.array(["1"])}}
    )
    copy_stays(
        claims,
        world,
        SHARE / 2,
        {"T_MCOaaC": {"NIR_ANO_17": wrong, "COH_SEX_RET": np.array(["1"])}},
    )
    copy_stays(claims, world, SHARE / 2, {"T_MCOaaC": {"NIR_ANO_17": np.array(["x" * 17])}})


def ungroupable_stays(claims: Claims, world: World) -> None:
    """Records that no group could be made of (GHM 90...), with drugs in them."""
    copy_stays(claims, world, SHARE, {"T_MCOaaB": {"GRG_GHM": np.array(["90Z00Z"])}})


def services_between_hospitals(claims: Claims, world: World) -> None:
    """A hospital reports what another one did for its patient."""
    copy_stays(claims, world, SHARE / 2, {"T_MCOaaB": {"SEJ_TYP": np.array(["B"])}})
    copy_stays(claims, world, SHARE / 2, {"T_MCOaaB": {"ENT_MOD": np.array(["0"])}})
    copy_stays(claims, world, SHARE / 2, {"T_MCOaaB": {"SOR_MOD": np.array(["0"])}})


def duplicate_finess(claims: Claims, world: World) -> None:
    """Hospital groups that report a stay under their geographic number too, up to 2017."""
    early = claims.rows("T_MCOaaC")["_year"] <= 2017
    copy_stays(claims, world, 0.2, {"*": {"ETA_NUM": np.array(DUPLICATE_FINESS)}}, early)
