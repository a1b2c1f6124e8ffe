"""The known defects of the SNDS, each planted on its own into clean claims.

Every defect leaves the truth as it is: it changes what the tables say, as the real ones do. A copy
of a stay gets a record number of its own, a copy of a claim a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from combo_dl.cohort.snds_generator_copies import (
    duplicate_finess,
    invalid_chaining,
    services_between_hospitals,
    ungroupable_stays,
)
from combo_dl.cohort.snds_generator_doses import unit_claims
from combo_dl.cohort.snds_generator_rows import (
    PRODUCTS,
    Claims,
    Rows,
    months_of,
    padded,
    stack,
    take,
    years_of,
)
from combo_dl.cohort.snds_generator_world import NEVER, World

UNKNOWN_UCD = "0000009999999"
SHARE = 0.05
Plant = Callable[[Claims, World], None]


def several_pseudonyms(claims: Claims, world: World) -> None:
    """A quarter of the people change their pseudonym once; the register keeps both."""
    n = len(world.names["psa"])
    moves = (claims.rng.random(n) < 0.25) & (world.names["top"] == "1") & ~world.people["twin"]
    second = np.char.add("N", padded(np.arange(n) + world.people["number"][0], 16))
    register = claims.rows("IR_BEN_R")
    first_seen = np.full(n, NEVER)
    np.minimum.at(first_seen, register["_p"], world.people["diagnosis"][register["_p"]])
    switch = first_seen + claims.rng.integers(30, 400, n)
    for table in list(claims.tables):
        rows = claims.rows(table)
        for column in ("BEN_NIR_PSA", "NIR_ANO_17"):
            if column in rows and "_day" in rows:
                later = moves[rows["_p"]] & (rows["_day"] >= switch[rows["_p"]])
                # A stay that is linked to nobody, or to another person, stays so.
                later &= rows[column] == world.names["psa"][rows["_p"]]
                rows[column] = np.where(later, second[rows["_p"]], rows[column])
    moved = take(register, moves[register["_p"]])
    own = dict(moved, BEN_NIR_PSA=second[moved["_p"]])
    old = claims.rng.random(n) < 0.5
    archived = moves[register["_p"]] & old[register["_p"]]
    claims.add("IR_BEN_R_ARC", **take(register, archived))
    claims.tables["IR_BEN_R"] = [take(register, ~archived), own]


def fictitious_people(claims: Claims, world: World) -> None:
    """Numbers of nobody (BEN_CDI_NIR 13) with claims of a drug that exists."""
    n = max(1, int(SHARE * len(world.names["psa"])))
    register = take(claims.rows("IR_BEN_R"), np.arange(n))
    invented = np.char.add("F", padded(np.arange(n) + world.people["number"][0], 16))
    ghosts = dict(register, BEN_NIR_PSA=invented, BEN_IDT_ANO=invented, BEN_NIR_ANO=invented)
    claims.tables["IR_BEN_R"].append(ghosts | {"BEN_CDI_NIR": np.full(n, "13")})
    day = world.people["diagnosis"][:n]
    key = claims.claim(np.arange(n), day, {"psa": invented, "rank": world.names["rank"]})
    claims.add("ER_PHA_F", **key, PHA_PRS_C13=PRODUCTS["sunitinib"][1], PHA_ACT_QSN=1)


def dates_of_1600(claims: Claims, world: World) -> None:
    """A date that is not known is 1600-01-01."""
    missing = np.datetime64("1600-01-01").astype("datetime64[D]").astype(np.int64)
    for table in ("IR_BEN_R", "IR_BEN_R_ARC"):
        rows = claims.rows(table)
        if rows:
            rows["BEN_DCD_DTE"] = np.where(
                rows["BEN_DCD_DTE"] >= NEVER, missing, rows["BEN_DCD_DTE"]
            )


def corrections(claims: Claims, world: World) -> None:
    """Lines billed with a wrong quantity, cancelled by their negative copy and billed again."""
    for table, column in (("ER_PHA_F", "PHA_ACT_QSN"), ("ER_UCD_F", "UCD_DLV_NBR")):
        rows = claims.rows(table)
        if not rows:
            continue
        picked = take(rows, np.flatnonzero(claims.rng.random(len(rows["_p"])) < SHARE))
        for sign in (1, -1):
            copy_claims(claims, world, table, picked, {column: sign * (picked[column] + 1)})


def copy_claims(
    claims: Claims, world: World, table: str, rows: Rows, changed: Rows, **claim: int
) -> None:
    """The same lines under new keys, with other values here or in ER_PRS_F (``claim``)."""
    if not len(rows["_p"]):
        return
    day = rows["_day"]
    key = claims.claim(rows["_p"], day, world.names)
    for column, value in claim.items():
        claims.tables["ER_PRS_F"][-1][column] = np.full(len(day), value)
    claims.add(table, **(rows | key | changed))


def late_flows(claims: Claims, world: World) -> None:
    """Claims loaded months after the care; a few of them after any sensible reading of the flow."""
    rows = claims.rows("ER_PRS_F")
    n = len(rows["_p"])
    delay = np.where(claims.rng.random(n) < 0.10, claims.rng.integers(1, 6, n), 0)
    delay = np.where(claims.rng.random(n) < 0.005, claims.rng.integers(7, 20, n), delay)
    month = rows["FLX_DIS_DTD"].astype("datetime64[D]").astype("datetime64[M]") + delay
    moved = month.astype("datetime64[D]").astype(np.int64)
    order = np.argsort(_line_number(rows))
    numbers = _line_number(rows)[order]
    for table in ("ER_PHA_F", "ER_UCD_F", "ER_ETE_F"):
        beside = claims.rows(table)
        if beside:
            at = order[np.searchsorted(numbers, _line_number(beside))]
            beside["FLX_DIS_DTD"] = moved[at]
    rows["FLX_DIS_DTD"] = moved


def _line_number(rows: Rows) -> np.ndarray:
    """The running number that a nine-column key was made of."""
    even = (rows["ORG_CLE_NUM"] != "01C000000").astype(np.int64)
    document = rows["FLX_EMT_NUM"] * 200 + rows["FLX_EMT_ORD"]
    return ((document * 2_500 + rows["DCT_ORD_NUM"]) * 7 + rows["PRS_ORD_NUM"] - 1) * 2 + even


def information_copies(claims: Claims, world: World) -> None:
    """Lines sent again for information (71), and supplements of the same act."""
    for column, value in (("DPN_QLF", 71), ("PRS_DPN_QLP", 71), ("CPL_MAJ_TOP", 2)):
        for table in ("ER_PHA_F", "ER_UCD_F"):
            rows = claims.rows(table)
            if rows:
                picked = np.flatnonzero(claims.rng.random(len(rows["_p"])) < SHARE / 2)
                copy_claims(claims, world, table, take(rows, picked), {}, **{column: value})


def public_stays_in_claims(claims: Claims, world: World) -> None:
    """Drugs of public stays told in DCIR as well, marked by ETE_IND_TAA = 1."""
    _tell_in_claims(claims, world, "T_MCOaaMED", "ADM_NBR", top=1, in_pmsi=1)


def private_told_twice(claims: Claims, world: World) -> None:
    """Drugs of private clinics in FH and, rightly too, in ER_UCD_F."""
    _tell_in_claims(claims, world, "T_MCOaaFH", "QUA_COD", top=1, in_pmsi=0)


def _tell_in_claims(
    claims: Claims, world: World, table: str, column: str, *, top: int, in_pmsi: int
) -> None:
    rows = claims.rows(table)
    if rows:
        picked = take(rows, np.flatnonzero(claims.rng.random(len(rows["_p"])) < 0.2))
        told = {"p": picked["_p"], "day": picked["_day"], "units": picked[column].astype(np.int64)}
        ucd = picked["UCD_UCD_COD"]
        if len(ucd):
            unit_claims(claims, world, told, ucd=ucd, top=top, in_pmsi=in_pmsi)


def shared_stays(claims: Claims, world: World) -> None:
    """One administrative stay of several sessions: each repeats the whole quantity (NBR_SEJ)."""
    rows = claims.rows("T_MCOaaMED")
    if rows:
        month = years_of(rows["_day"]) * 12 + months_of(rows["_day"])
        keys = np.stack([rows["_p"], month, rows["UCD_UCD_COD"].astype(np.int64)])
        _, where, n = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
        several = n[where]
        rows["NBR_SEJ"] = several
        rows["ADM_NBR"] = rows["ADM_NBR"] * several


def told_in_two_tables(claims: Claims, world: World) -> None:
    """Bevacizumab in MED and MEDATU, and some of it in MEDATU alone."""
    rows = claims.rows("T_MCOaaMED")
    if not rows:
        return
    ours = rows["UCD_UCD_COD"] == "000000" + PRODUCTS["bevacizumab"][0]
    luck = claims.rng.random(len(ours))
    early = take(rows, np.flatnonzero(ours & (luck < 0.6)))
    if len(early["_p"]):
        renamed = {"ADM_ANN": early["DAT_ADM_ANN"], "DAT_DELAI": early["DELAI"]}
        renamed["SEJ_NBR"] = early["NBR_SEJ"]
        claims.add("T_MCOaaMEDATU", **(early | renamed))
        claims.tables["T_MCOaaMED"] = [take(rows, ~(ours & (luck < 0.2)))]


def broken_drug_rows(claims: Claims, world: World) -> None:
    """Rows of quantity 0, below 0 or none, of a UCD nobody knows, of a drug before its listing."""
    rows = claims.rows("T_MCOaaMED")
    if not rows:
        return
    wrong = claims.rows("T_MCOaaMED")
    extra = []
    for quantity in (0.0, -1.0, np.nan):
        own = take(wrong, np.flatnonzero(claims.rng.random(len(wrong["_p"])) < SHARE))
        extra.append(own | {"ADM_NBR": np.full(len(own["_p"]), quantity)})
    own = take(wrong, np.flatnonzero(claims.rng.random(len(wrong["_p"])) < SHARE))
    extra.append(own | {"UCD_UCD_COD": np.full(len(own["_p"]), UNKNOWN_UCD)})
    unlisted = "000000" + PRODUCTS["cetuximab"][0]
    first = np.flatnonzero(wrong["_day"] < world.people["unlisted_before"][0])
    own = take(wrong, first[claims.rng.random(len(first)) < 0.2])
    extra.append(own | {"UCD_UCD_COD": np.full(len(own["_p"]), unlisted)})
    claims.tables["T_MCOaaMED"] = [stack([wrong, *extra])]


def no_delay(claims: Claims, world: World) -> None:
    """Rows of the first two years have no delay after entry."""
    rows = claims.rows("T_MCOaaMED")
    if rows:
        old = rows["_year"] <= rows["_year"].min() + 1
        rows["DELAI"] = np.where(old, np.nan, rows["DELAI"].astype(float))


def no_indication(claims: Claims, world: World) -> None:
    """COD_LES begins in 2018."""
    for table in ("T_MCOaaMED", "T_MCOaaFH", "T_HADaaMED"):
        rows = claims.rows(table)
        if rows:
            rows["COD_LES"] = np.where(rows["_year"] < 2018, "", rows["COD_LES"])


def trailing_blanks(claims: Claims, world: World) -> None:
    """Codes padded to a width."""
    for table, column in (
        ("T_MCOaaB", "DGN_PAL"),
        ("T_MCOaaB", "DGN_REL"),
        ("T_MCOaaD", "ASS_DGN"),
        ("IR_IMB_R", "MED_MTF_COD"),
    ):
        rows = claims.rows(table)
        if rows:
            rows[column] = np.char.ljust(rows[column].astype("U8"), 6)


def scattered_deaths(claims: Claims, world: World) -> None:
    """The register misses a tenth of the deaths; certificates miss seven in a hundred of all."""
    certificates = claims.rows("KI_CCI_R")
    if not certificates:
        return
    has = claims.rng.random(len(certificates["_p"])) < 0.93
    claims.tables["KI_CCI_R"] = [take(certificates, has)]
    told = np.zeros(len(world.names["psa"]), bool)
    told[certificates["_p"][has]] = True
    # The register keeps what the certificate lacks but for one in twenty of these.
    lost = claims.rng.random(len(told)) < np.where(told, 0.10, 0.05)
    for table in ("IR_BEN_R", "IR_BEN_R_ARC"):
        rows = claims.rows(table)
        if rows:
            rows["BEN_DCD_DTE"] = np.where(lost[rows["_p"]], NEVER, rows["BEN_DCD_DTE"])


def other_long_term_illness(claims: Claims, world: World) -> None:
    """Illness asked for and not granted (IMB_ETM_NAT 11 to 13): a tumour that was not there."""
    rows = claims.rows("IR_IMB_R")
    if rows:
        own = take(rows, np.flatnonzero(claims.rng.random(len(rows["_p"])) < SHARE))
        own = own | {"MED_MTF_COD": np.full(len(own["_p"]), "C61")}
        nature = claims.rng.choice(np.array([11, 12, 13]), len(own["_p"]))
        claims.tables["IR_IMB_R"].append(own | {"IMB_ETM_NAT": nature})


def changing_ranks(claims: Claims, world: World) -> None:
    """Outside the general scheme BEN_RNG_GEM is an order in the family, and changes."""
    rows = claims.rows("ER_PRS_F")
    other = (rows["_p"] % 5 == 0) & ~world.people["twin"][rows["_p"]]
    drawn = claims.rng.integers(1, 4, len(other))
    rows["BEN_RNG_GEM"] = np.where(other, drawn, rows["BEN_RNG_GEM"])


# In the order in which they are planted: copies are made before identities are rewritten. Four
# defects are no change of rows: missing own numbers and twins are drawn with the people, the old
# generation of ATC and the archive tables belong to how files are written.
DEFECTS: dict[str, Plant] = {
    "corrections": corrections,
    "information_copies": information_copies,
    "public_stays_in_claims": public_stays_in_claims,
    "private_told_twice": private_told_twice,
    "shared_stays": shared_stays,
    "told_in_two_tables": told_in_two_tables,
    "broken_drug_rows": broken_drug_rows,
    "fictitious_people": fictitious_people,
    "invalid_chaining": invalid_chaining,
    "ungroupable_stays": ungroupable_stays,
    "services_between_hospitals": services_between_hospitals,
    "duplicate_finess": duplicate_finess,
    "several_pseudonyms": several_pseudonyms,
    "late_flows": late_flows,
    "changing_ranks": changing_ranks,
    "no_delay": no_delay,
    "no_indication": no_indication,
    "trailing_blanks": trailing_blanks,
    "scattered_deaths": scattered_deaths,
    "dates_of_1600": dates_of_1600,
    "other_long_term_illness": other_long_term_illness,
}
OF_PEOPLE = ("missing_own_number", "twins")
OF_FILES = ("old_atc", "archive_tables")
ALL_DEFECTS = (*DEFECTS, *OF_PEOPLE, *OF_FILES)
