"""What a companion study shows of held-out rows is counted, whatever it calls drugs and lines."""

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.combo_table import sorted_sets
from combo_dl.core.vocab import Vocab
from combo_dl.data.leakage_companion import audit_companion
from combo_dl.data.splits import DrugFolds, UnitFolds


@pytest.fixture(scope="module")
def companion(tiny_study):
    """The same measurements with other names, in another order of drugs; identities are kept."""
    n = len(tiny_study.drugs)
    combos = tiny_study.combos
    drugs = np.where(combos.drugs >= 0, n - 1 - combos.drugs, -1).astype(np.int32)
    drugs, dose = sorted_sets(drugs, combos.dose)
    lines = tuple(f"line-{name[4:]}" for name in tiny_study.profiles.ids.names)
    other = replace(
        tiny_study,
        name="beside",
        drugs=Vocab(kind="drug", names=tuple(f"o{i:02d}" for i in range(n))),
        combos=replace(combos, drugs=drugs, dose=dose),
        profiles=replace(tiny_study.profiles, ids=Vocab(kind="profile", names=lines)),
    )
    return other.validate()


def found_in(first, other, folds, rows, unit):
    keys = first.drugs.names
    told = {"identities": (keys, keys[::-1]), "unit": unit}
    return audit_companion((first, other), folds, rows, **told)


RULES = {
    "pair": UnitFolds(unit="pair", n_folds=4, seed=0),
    "drug": DrugFolds(n_folds=4, seed=0, given=False),
    "profile": UnitFolds(unit="profile", n_folds=4, seed=0),
    "group": UnitFolds(unit="group", n_folds=4, seed=0),
}


@pytest.mark.parametrize("unit", RULES)
def test_what_the_first_study_learns_from_may_be_seen_elsewhere(
    tiny_study, tiny_identity, companion, unit
):
    folds = RULES[unit].folds(tiny_study, tiny_identity)
    found = found_in(tiny_study, companion, folds, [f.train for f in folds], unit)
    kinds = ["triples"] + ([] if unit == "group" else [f"{unit}s"])
    assert [f.check for f in found] == [f"held-out {k} in a companion: beside" for k in kinds]
    assert [f.found for f in found] == [0] * len(found)


@pytest.mark.parametrize("unit", RULES)
def test_all_that_is_held_out_is_found(tiny_study, tiny_identity, companion, unit):
    folds = RULES[unit].folds(tiny_study, tiny_identity)
    everything = [np.arange(len(companion))] * len(folds)
    found = found_in(tiny_study, companion, folds, everything, unit)
    combos = tiny_study.combos
    triples = len(np.unique(np.column_stack([combos.drugs, combos.profile]), axis=0))
    units = {
        "pair": len(np.unique(combos.drugs, axis=0)),
        "drug": len(tiny_study.drugs),
        "profile": len(tiny_study.profiles),
    }
    expected = [triples] + ([units[unit]] if unit in units else [])
    assert [f.found for f in found] == expected and all(f.failed for f in found)


def test_one_planted_triple_is_named(tiny_study, tiny_identity, companion):
    folds = RULES["pair"].folds(tiny_study, tiny_identity)
    planted = int(folds[1].test[0])
    rows = [f.train for f in folds]
    rows[1] = np.append(rows[1], planted)
    triple, pair = found_in(tiny_study, companion, folds, rows, "pair")
    drugs = companion.combos.drugs[planted]
    names = " + ".join(companion.drugs.names[d] for d in drugs[drugs >= 0])
    line = companion.profiles.ids.names[companion.combos.profile[planted]]
    assert triple.examples == (f"{names} in {line} (fold1 test)",)
    assert (triple.found, pair.found, pair.examples) == (1, 1, (f"{names} (fold1 test)",))


def test_studies_without_profiles_are_compared_by_their_sets(tiny_study, tiny_identity, companion):
    bare = [
        replace(s, combos=replace(s.combos, profile=np.full(len(s), -1, np.int32)))
        for s in (tiny_study, companion)
    ]
    folds = RULES["pair"].folds(bare[0], tiny_identity)
    found = found_in(*bare, folds, [f.test for f in folds], "pair")
    assert found[0].found == found[1].found == len(np.unique(tiny_study.combos.drugs, axis=0))
    assert "no profile" in found[0].examples[0]
