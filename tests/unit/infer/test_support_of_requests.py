"""Support of a request: every level can be asked of a bundle."""

import pandas as pd

from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT


def test_every_level_of_a_bundle(bundle):
    part, names = bundle.parts.fitted.studies["synthetic"], bundle.parts.fitted.catalog.drugs.names
    a, b, p = part.triples[0]
    seen = {(x, y) for x, y in part.pairs.tolist()}
    elsewhere = next(q for q in range(4) if not (part.triples == [a, b, q]).all(axis=1).any())
    new = next(y for y in range(a + 1, len(names)) if (a, y) not in seen)
    ethanol, aspirin = "C(C)[OH]", "CC(=O)Oc1ccccc1C(=O)O"
    rows = pd.DataFrame(
        [
            (names[a], names[b], part.known[p]),
            (names[b], names[a], part.known[elsewhere]),
            (names[a], names[new], part.known[p]),
            (names[a], ethanol, part.known[p]),
            (aspirin, ethanol, part.known[p]),
            (names[a], "", part.known[p]),
            (aspirin, "", part.known[p]),
        ],
        columns=["drug_a", "drug_b", "profile"],
    )
    found = bundle.predict(rows).drop_duplicates("row").support
    assert tuple(found) == PAIR_SUPPORT + SINGLE_SUPPORT


def test_a_users_own_profile_is_not_seen(bundle):
    people = pd.DataFrame({"profile": ["LINE000"], "expr:G0000": [0.5]})
    rows = pd.DataFrame({"drugs": ["olaparib"] * 2, "profile": ["LINE000", "LINE001"]})
    found = bundle.predict(rows, profiles=people, allow_missing_fields=True)
    assert found.drop_duplicates("row").profile_seen.tolist() == [False, True]
