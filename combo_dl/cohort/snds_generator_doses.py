"""Where a generated dose is written: a session, an outpatient visit, a claim, or a stay at home."""

from __future__ import annotations

import numpy as np

from combo_dl.cohort.snds_generator_rows import (
    ALONE_CODE,
    HOME,
    PARTNER_CODE,
    PRODUCTS,
    PUBLIC,
    RETURN_CODES,
    Claims,
    Counters,
    add_background,
    add_death_stays,
    add_diagnosis_stays,
    add_people,
    add_stays,
    add_toxic_stays,
    months_of,
    take,
    years_of,
)
from combo_dl.cohort.snds_generator_world import DRUGS, SITES, Rows, World


def draw_claims(
    rng: np.random.Generator,
    world: World,
    counters: Counters,
    last_day: int,
    *,
    claims_per_year: float,
    first_day: int,
) -> Claims:
    """The claims of a world, clean: every fact told once, each number filled in."""
    claims = Claims(rng, counters, last_day)
    add_people(claims, world)
    add_diagnosis_stays(claims, world)
    add_toxic_stays(claims, world)
    add_death_stays(claims, world)
    _doses(claims, world)
    add_background(claims, world, first_day, claims_per_year)
    return claims


def _doses(claims: Claims, world: World) -> None:
    doses, names = world.doses, list(DRUGS)
    way = np.array([DRUGS[n].way for n in names])[doses["drug"]]
    channel = world.people["channel"][doses["p"]]
    in_hospital = (way == "tariff") | ((way == "listed") & (channel <= 1))
    _sessions(claims, world, take(doses, in_hospital))
    listed = way == "listed"
    for number, write in ((2, _outpatient), (3, _unit_claims), (4, _home)):
        part = take(doses, listed & (channel == number))
        if len(part["p"]):
            write(claims, world, part)
    oral = take(doses, way == "oral")
    if len(oral["p"]):
        key = claims.claim(oral["p"], oral["day"], world.names)
        cip = np.array([PRODUCTS.get(n, ("", "", ""))[1] for n in names])[oral["drug"]]
        claims.add("ER_PHA_F", **key, PHA_PRS_C13=cip, PHA_ACT_QSN=oral["units"])


def _ucd(drug: np.ndarray) -> np.ndarray:
    codes = [PRODUCTS.get(name, ("", "", ""))[0] for name in DRUGS]
    return np.array([f"{code:0>13}" for code in codes])[drug]


def _indications(world: World, doses: Rows) -> np.ndarray:
    """COD_LES: whether the line of a dose holds chemotherapy too."""
    tariff = np.array([d.way == "tariff" for d in DRUGS.values()])
    line = world.doses["p"] * 4 + world.doses["line"]
    with_chemo = np.zeros(line.max() + 1, bool)
    with_chemo[line[tariff[world.doses["drug"]]]] = True
    return np.where(with_chemo[doses["p"] * 4 + doses["line"]], PARTNER_CODE, ALONE_CODE)


def _sessions(claims: Claims, world: World, doses: Rows) -> None:
    """One session stay a person and day, with a row for each listed drug in it."""
    if not len(doses["p"]):
        return
    both, where = np.unique(doses["p"] * 100_000 + doses["day"], return_inverse=True)
    p, day = both // 100_000, both % 100_000
    icd = np.array([site.icd for site in SITES])[world.people["site"][p]]
    private = world.people["channel"][p] == 1
    key = add_stays(
        claims, world, p, day, day, main="Z511", related=icd, ghm="28Z07Z", private=private
    )
    listed = np.array([d.way == "listed" for d in DRUGS.values()])[doses["drug"]]
    for is_private, table in ((False, "T_MCOaaMED"), (True, "T_MCOaaFH")):
        part = np.flatnonzero(listed & ((world.people["channel"][doses["p"]] == 1) == is_private))
        own, given = take(key, where[part]), take(doses, part)
        shared = {"UCD_UCD_COD": _ucd(given["drug"]), "COD_LES": _indications(world, given)}
        if is_private:
            extra = {"QUA_COD": given["units"], "COE_TAU": np.ones(len(part))}
            extra |= {"DEL_DAT_ENT": np.zeros(len(part), np.int64)}
        else:
            extra = {"ADM_NBR": given["units"].astype(float), "ANN": years_of(given["day"])}
            extra |= {"DAT_ADM_ANN": extra["ANN"], "ADM_MOIS": months_of(given["day"])}
            extra |= {"DELAI": np.zeros(len(part), np.int64), "NBR_SEJ": np.ones(len(part), int)}
        claims.add(table, **own, **shared, **extra)


def _outpatient(claims: Claims, world: World, doses: Rows) -> None:
    ids, record = claims.new_stays(len(doses["p"]))
    hospital = np.array(PUBLIC)[doses["p"] % len(PUBLIC)]
    key = {"_p": doses["p"], "_day": doses["day"], "_year": years_of(doses["day"]), "_s": ids}
    key |= {"ETA_NUM": hospital, "SEQ_NUM": record}
    codes = ("NIR_RET", "NAI_RET", "SEX_RET", "IAS_RET", "ENT_DAT_RET")
    claims.add(
        "T_MCOaaCSTC",
        **key,
        NIR_ANO_17=world.names["psa"][doses["p"]],
        EXE_SOI_DTD=doses["day"],
        EXE_SOI_DTF=doses["day"],
        **{name: np.full(len(ids), "0") for name in codes},
    )
    claims.add(
        "T_MCOaaFHSTC",
        **key,
        UCD_UCD_COD=_ucd(doses["drug"]),
        QUA=doses["units"],
        FRACT_COE=1.0,
        DEL_DAT_ENT=0,
    )


def unit_claims(
    claims: Claims, world: World, rows: Rows, *, ucd: np.ndarray, top: int, in_pmsi: int
) -> None:
    """Claims of hospital units (ER_PRS_F, ER_UCD_F, ER_ETE_F) for rows of p, day and units."""
    key = claims.claim(rows["p"], rows["day"], world.names)
    units = {"UCD_DLV_NBR": rows["units"], "UCD_FRC_COE": np.ones(len(ucd))}
    claims.add("ER_UCD_F", **key, UCD_UCD_COD=ucd, UCD_TOP_UCD=np.full(len(ucd), top), **units)
    claims.add("ER_ETE_F", **key, ETE_IND_TAA=np.full(len(ucd), in_pmsi))


def _unit_claims(claims: Claims, world: World, doses: Rows) -> None:
    unit_claims(claims, world, doses, ucd=_ucd(doses["drug"]), top=0, in_pmsi=0)


def _home(claims: Claims, world: World, doses: Rows) -> None:
    ids, record = claims.new_stays(len(doses["p"]))
    p, day = doses["p"], doses["day"]
    key = {"_p": p, "_day": day, "_year": years_of(day), "_s": ids}
    key |= {"ETA_NUM_EPMSI": np.array(HOME)[p % len(HOME)], "RHAD_NUM": record}
    icd = np.array([site.icd for site in SITES])[world.people["site"][p]]
    claims.add(
        "T_HADaaC",
        **key,
        NIR_ANO_17=world.names["psa"][p],
        EXE_SOI_DTD=day,
        EXE_SOI_DTF=day,
        **{name: np.full(len(p), "0") for name in RETURN_CODES},
    )
    claims.add("T_HADaaB", **key, DGN_PAL=icd, SOR_MOD="8")
    claims.add("T_HADaaD", **key, DGN_ASS=np.full(len(p), "Z511"))
    claims.add(
        "T_HADaaMED",
        **key,
        UCD_UCD_COD=_ucd(doses["drug"]),
        ADM_NBR=doses["units"].astype(float),
        ADM_ANN=years_of(day),
        ADM_MOIS=months_of(day),
        DAT_DELAI=0,
        SEJ_NBR=1,
        COD_LES=_indications(world, doses),
    )
