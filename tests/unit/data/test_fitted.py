from dataclasses import replace

import numpy as np
import pytest
import torch

from combo_dl.core.errors import FormatError
from combo_dl.data.fitted import Fitted, known_profiles


def same(one: Fitted, other: Fitted) -> bool:
    left, right = one.to_arrays(), other.to_arrays()
    return left.keys() == right.keys() and all(np.array_equal(left[n], right[n]) for n in left)


def test_only_training_rows_teach(tiny_study, fit_on):
    """Whatever stands in held-out rows and profiles, the same is learned."""
    held_out = tiny_study.combos.profile == 2
    rows = np.flatnonzero(~held_out)
    number = tiny_study.profiles.number.copy()
    number[2] = 1e6
    labels = {k: np.where(held_out[:, None], 1e6, v) for k, v in tiny_study.combos.labels.items()}
    drugs = tiny_study.combos.drugs.copy()
    drugs[held_out] = [21, 22, 23]
    other = replace(
        tiny_study,
        profiles=replace(tiny_study.profiles, number=number),
        combos=replace(tiny_study.combos, labels=labels, drugs=drugs),
    )
    for max_fields in (64, 3):
        made = [fit_on(s, rows, max_fields=max_fields) for s in (tiny_study, other)]
        assert same(*made)


def test_known_names_pairs_and_drugs_are_those_of_training_rows(tiny_study, fit_on):
    rows = np.flatnonzero(tiny_study.combos.profile < 3)[:40]
    fitted = fit_on(tiny_study, rows)
    part, combos = fitted.studies["synthetic"], tiny_study.combos.take(rows)
    assert set(part.known) == {tiny_study.profiles.ids.names[p] for p in combos.profile}
    assert fitted.known_drugs.tolist() == np.unique(combos.drugs[combos.present]).tolist()
    expected = {
        (a, b, p)
        for row, p in zip(combos.drugs.tolist(), combos.profile.tolist(), strict=True)
        for a in row
        for b in row
        if 0 <= a < b
    }
    assert set(map(tuple, part.triples.tolist())) == expected
    assert set(map(tuple, part.pairs.tolist())) == {t[:2] for t in expected}


def test_patients_are_never_known_by_name(tiny_study, fit_on):
    people = replace(tiny_study, profiles=replace(tiny_study.profiles, space="patient"))
    part = fit_on(people, np.arange(100)).studies["synthetic"]
    assert part.known == () and part.triples.shape == (0, 3) and len(part.pairs)


def test_a_new_profile_has_no_training_id(tiny_study, tiny_world, fit_on):
    rows = np.flatnonzero(tiny_study.combos.profile != 0)
    fitted = fit_on(tiny_study, rows)
    tensors = fitted.tensors(tiny_study, world_ids=tiny_world[2], columns={})
    assert tensors.known_profile.tolist() == [-1, 0, 1, 2, 3, 4]


def test_a_study_with_no_training_row_teaches_nothing(tiny_study, fit_on):
    fitted = fit_on(tiny_study, np.zeros(0, np.int64), max_fields=3)
    assert fitted.studies["synthetic"].known == () and not len(fitted.known_drugs)


def test_arrays_and_back(tiny_study, tiny_world, fit_on):
    fitted = fit_on(tiny_study, np.arange(150), max_fields=3)
    arrays = fitted.to_arrays()
    back = Fitted.from_arrays(arrays)
    assert same(fitted, back) and all(a.dtype.kind != "O" for a in arrays.values())
    one, other = (
        f.tensors(tiny_study, world_ids=tiny_world[2], columns={}) for f in (fitted, back)
    )
    assert torch.equal(one.number, other.number)
    with pytest.raises(FormatError, match="array 'studies' is missing"):
        Fitted.from_arrays({n: a for n, a in arrays.items() if n != "studies"})


def test_profiles_by_name(tiny_study):
    some = known_profiles(tiny_study.profiles, ("LINE004", "LINE001")).validate()
    assert some.ids.names == ("LINE004", "LINE001")
    assert np.array_equal(some.number, tiny_study.profiles.number[[4, 1]])
