"""Single-drug curves in what training rows teach: of drugs, and of profiles by training drugs."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from curves import with_curves

from combo_dl.core.monotherapy import FIELDS, TABLE, curves_of
from combo_dl.data.batch import CURVE
from combo_dl.data.fitted import Fitted, fit
from combo_dl.data.study_tensors import RESPONSE

COMPONENTS = 3


@pytest.fixture(scope="module")
def screen(tiny_study):
    """The tiny study with wells of all drugs in all lines."""
    return with_curves(tiny_study)


@pytest.fixture(scope="module")
def rows(screen):
    """Rows without the last drug and without the last line."""
    combos = screen.combos
    hidden = (combos.drugs == 23).any(axis=1) | (combos.profile == 5)
    return np.flatnonzero(~hidden)


def fitted_on(study, rows, tiny_world, *, components=COMPONENTS):
    catalog, graph, ids = tiny_world
    return fit(
        catalog=catalog,
        graph=graph,
        studies=[study],
        world_ids={study.name: ids},
        rows={study.name: rows},
        max_fields=64,
        components=components,
    )


def tensors_of(fitted, study, tiny_world):
    return fitted.tensors(study, world_ids=tiny_world[2], columns={})


def with_changed_wells(study, **where):
    """The study with half the viability where a column of the wells holds a value."""
    frame = study.tables[TABLE].to_pandas()
    for column, value in where.items():
        frame.loc[frame[column] == value, "viability"] /= 2
    return replace(study, tables={TABLE: pa.Table.from_pandas(frame, preserve_index=False)})


def response_of(tensors) -> np.ndarray:
    """What the training drugs do in each profile: the block after the fields'."""
    mine = np.array(tensors.number_blocks) == RESPONSE
    assert mine.any() and mine[np.argmax(mine) :].all()
    return tensors.number.numpy()[:, mine]


def test_a_profile_is_described_by_what_training_drugs_do_in_it(screen, rows, tiny_world):
    fitted = fitted_on(screen, rows, tiny_world)
    part, tensors = fitted.studies["synthetic"], tensors_of(fitted, screen, tiny_world)
    found = response_of(tensors)
    assert part.by_profile.panel == tuple(screen.drugs.names[:23])
    assert found.shape == (6, COMPONENTS + len(FIELDS))
    assert part.profile_width == part.scaler.width + found.shape[1] == tensors.number.shape[1]
    curves = curves_of(screen.tables[TABLE].to_pandas()).by_profile()
    expected = part.by_profile.drug_vectors(curves, screen.profiles.ids.names)
    np.testing.assert_array_equal(found, expected[:, :-1])
    assert tensors.seen.numpy()[:, -found.shape[1] :].all() and np.ptp(found[:, 0]) > 0


def test_curves_of_a_held_out_drug_change_no_profile(screen, rows, tiny_world):
    other = with_changed_wells(screen, drug=screen.drugs.names[23])
    one, two = (fitted_on(s, rows, tiny_world) for s in (screen, other))
    left, right = (tensors_of(f, s, tiny_world) for f, s in ((one, screen), (two, other)))
    np.testing.assert_array_equal(response_of(left), response_of(right))
    np.testing.assert_array_equal(left.number.numpy(), right.number.numpy())
    # The drug's own curves are inputs: they do change what is said of the drug.
    drugs = [f.world().response.numpy() for f in (one, two)]
    changed = np.flatnonzero((drugs[0] != drugs[1]).any(axis=1))
    assert changed.tolist() == [23]


def test_curves_in_a_held_out_profile_teach_nothing_of_others(screen, rows, tiny_world):
    other = with_changed_wells(screen, profile=screen.profiles.ids.names[5])
    one, two = (fitted_on(s, rows, tiny_world) for s in (screen, other))
    for name in ("response", "by_profile"):
        left, right = (getattr(f.studies["synthetic"], name).to_arrays() for f in (one, two))
        assert all(np.array_equal(left[n], right[n]) for n in left)
    left, right = (
        response_of(tensors_of(f, s, tiny_world)) for f, s in ((one, screen), (two, other))
    )
    assert np.array_equal(left[:5], right[:5]) and not np.array_equal(left[5], right[5])
    drugs = [f.world().response.numpy() for f in (one, two)]
    assert np.array_equal(*drugs)


def test_a_profile_without_curves_has_no_response(screen, rows, tiny_world):
    frame = screen.tables[TABLE].to_pandas()
    frame = frame[frame["profile"] != "LINE002"]
    bare = replace(screen, tables={TABLE: pa.Table.from_pandas(frame, preserve_index=False)})
    tensors = tensors_of(fitted_on(bare, rows, tiny_world), bare, tiny_world)
    width = response_of(tensors).shape[1]
    seen = tensors.seen.numpy()[:, -width:]
    assert not response_of(tensors)[2].any() and seen.all(axis=1).tolist() == [1, 1, 0, 1, 1, 1]


def test_without_components_nothing_is_added(screen, rows, tiny_world):
    fitted = fitted_on(screen, rows, tiny_world, components=0)
    part, tensors = fitted.studies["synthetic"], tensors_of(fitted, screen, tiny_world)
    assert part.by_profile is None and part.profile_width == part.scaler.width
    assert RESPONSE not in tensors.number_blocks and not tensors.told


def test_arrays_and_back(screen, rows, tiny_world):
    fitted = fitted_on(screen, rows, tiny_world)
    back = Fitted.from_arrays(fitted.to_arrays())
    one, two = (tensors_of(f, screen, tiny_world) for f in (fitted, back))
    np.testing.assert_array_equal(one.number.numpy(), two.number.numpy())
    np.testing.assert_array_equal(one.told[CURVE].numpy(), two.told[CURVE].numpy())
    # A bundle from before profiles had a response is read without.
    old = {n: a for n, a in fitted.to_arrays().items() if ":by_profile:" not in n}
    part = Fitted.from_arrays(old).studies["synthetic"]
    assert part.by_profile is None and part.response is not None


def test_a_request_with_curves_of_its_own_describes_its_profile(screen, rows, tiny_world):
    fitted = fitted_on(screen, rows, tiny_world)
    other = with_changed_wells(screen, profile="LINE001")
    curves = curves_of(other.tables[TABLE].to_pandas())
    told = {"world_ids": tiny_world[2], "columns": {}}
    mine, known = fitted.tensors(screen, panel=curves, **told), fitted.tensors(screen, **told)
    changed = (response_of(mine) != response_of(known)).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [1]
