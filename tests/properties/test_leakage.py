"""Laws against leakage: what is held out, in this study or a companion, changes nothing learned."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.vocab import Vocab
from combo_dl.data.loader import TrainLoader
from combo_dl.data.scale import fit_profile_scaler
from combo_dl.data.splits import DrugFolds, UnitFolds
from combo_dl.train.prepare import companion_rows

SEEDS = st.integers(0, 1000)
RULES = (
    UnitFolds(unit="pair", n_folds=5, seed=0),
    UnitFolds(unit="profile", n_folds=5, seed=0),
    DrugFolds(n_folds=5, seed=0, given=False),
)


def identities(*pairs) -> SimpleNamespace:
    """A world that knows the identity of each study's drugs."""
    table = {study.name: identity for study, identity in pairs}
    return SimpleNamespace(identity=lambda study: table[study.name])


def sets_of(study, identity) -> list[frozenset]:
    return [frozenset(identity[d] for d in row if d >= 0) for row in study.combos.drugs]


@given(data=st.data(), rule=st.sampled_from(RULES))
def test_a_companion_shows_nothing_that_is_held_out(data, rule, drawn_studies):
    first, identity = data.draw(drawn_studies)
    other, keys = data.draw(drawn_studies)
    # The companion names its drugs otherwise: only structures tell that they are the same.
    renamed = Vocab(kind="drug", names=tuple(f"o{i}" for i in range(len(keys))))
    other = replace(other, name="other", drugs=renamed)
    for fold in rule.folds(first, identity):
        world = identities((first, identity), (other, keys))
        rows = companion_rows(first, fold.test, other, world)
        kept = np.setdiff1d(np.arange(len(first)), fold.test)
        mine, theirs = sets_of(first, identity), sets_of(other, keys)
        hidden = {mine[i] for i in fold.test} - {mine[i] for i in kept}
        assert not hidden & {theirs[i] for i in rows}
        unseen = set().union(*(mine[i] for i in fold.test)) - set().union(*(mine[i] for i in kept))
        assert not unseen & set().union(*(theirs[i] for i in rows), frozenset())
        lines = first.combos.profile
        new = set(lines[fold.test].tolist()) - set(lines[kept].tolist())
        assert not new & set(other.combos.profile[rows].tolist())


@given(data=st.data())
def test_a_companion_trains_whole_where_nothing_is_held_out(data, drawn_studies):
    first, identity = data.draw(drawn_studies)
    other = replace(first, name="other")
    world = identities((first, identity), (other, identity))
    assert len(companion_rows(first, np.zeros(0, int), other, world)) == len(other)
    everything = np.arange(len(first))
    assert not len(companion_rows(first, everything, other, world))


@given(data=st.data(), max_fields=st.integers(1, 6))
def test_held_out_profiles_do_not_move_the_scaler(data, max_fields, drawn_studies):
    study, _ = data.draw(drawn_studies)
    held_out = data.draw(st.integers(0, len(study.profiles) - 1))
    rows = np.flatnonzero(study.combos.profile != held_out)
    number = study.profiles.number.copy()
    number[held_out] = data.draw(st.floats(-1e6, 1e6))
    other = replace(study.profiles, number=number)
    profile = study.combos.profile[rows]
    one, two = (
        fit_profile_scaler(t, profile, max_fields=max_fields).to_arrays()
        for t in (study.profiles, other)
    )
    assert all(np.array_equal(one[n], two[n]) for n in one)


@given(data=st.data(), max_fields=st.integers(1, 6))
def test_values_are_finite_and_a_hole_counts_as_the_mean(data, max_fields, drawn_studies):
    study, _ = data.draw(drawn_studies)
    number = study.profiles.number
    scaler = fit_profile_scaler(study.profiles, study.combos.profile, max_fields=max_fields)
    filled = np.where(np.isnan(number), scaler.mean, number)
    holes, seen = scaler.transform(number)
    whole, _ = scaler.transform(filled)
    assert np.isfinite(holes).all() and np.allclose(holes, whole, atol=1e-4)
    assert not seen[np.isnan(number).all(axis=1)].any()


@given(
    n_rows=st.integers(1, 60), batch_size=st.integers(1, 20), seed=SEEDS, epoch=st.integers(0, 50)
)
def test_an_epoch_has_each_row_at_most_once(n_rows, batch_size, seed, epoch):
    part = SimpleNamespace(batch=lambda rows: rows)
    made = TrainLoader(
        [(part, torch.arange(n_rows))], batch_size=batch_size, seed=seed, epoch=lambda: epoch
    )
    batches = list(made)
    rows = torch.cat(batches).tolist()
    assert len(batches) == len(made) and len(set(rows)) == len(rows)
    dropped = n_rows - len(rows)
    assert dropped == 0 or (dropped * 2 < batch_size and n_rows >= batch_size)
