"""What training drugs teach about the side effects that drugs have alone."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from combo_dl.core.errors import ConfigError, FormatError
from combo_dl.core.single_effects import TABLE, single_effects
from combo_dl.data.effects_alone import EffectScaler, fit_effect_scaler
from combo_dl.data.fitted import Fitted, fit

DRUGS = tuple("abcdefgh")
COMPONENTS = 3


def effects(*rows: tuple[str, int]):
    """(drug, effect) rows beside four of seven effects a drug of DRUGS; the last has those of the
    first."""
    own = [(d, (i + k) % 7) for i, d in enumerate(DRUGS) for k in (0, 1, 3, 4)]
    drug, code = zip(*own, *rows, strict=True)
    return single_effects(pa.table({"drug": drug, "code": [f"C{c}" for c in code]}))


def fitted(found, drugs=DRUGS):
    return fit_effect_scaler(found, drugs=drugs, components=COMPONENTS)


def test_vectors_of_training_drugs_are_centred_and_of_one_size():
    found = effects()
    vectors = fitted(found).drug_vectors(found, DRUGS)
    assert vectors.shape == (len(DRUGS), COMPONENTS + 2) and (vectors[:, -1] == 1).all()
    assert np.abs(vectors[:, :-1].mean(axis=0)).max() < 1e-4
    assert vectors[:, 0].std() == pytest.approx(2.0, rel=1e-4)
    # Drugs of the same effects have the same vector.
    assert np.allclose(vectors[0], vectors[-1], atol=1e-5)
    assert np.abs(vectors[1:] - vectors[:-1]).max(axis=1).min() > 0.1


def test_a_drug_of_which_nothing_is_known_has_zeros():
    found = effects(("z", 99))
    vectors = fitted(found).drug_vectors(found, ("unknown", "z"))
    # An effect that hardly any training drug has says nothing either.
    assert not vectors.any()


def test_held_out_drugs_teach_nothing():
    without = fitted(effects(), DRUGS[:6])
    changed = fitted(effects(("g", 1), ("g", 40), ("h", 41)), DRUGS[:6])
    arrays = changed.to_arrays()
    for name, array in without.to_arrays().items():
        assert np.array_equal(array, arrays[name])


def test_few_drugs_have_few_components_and_none_have_none():
    assert fitted(effects(), DRUGS[:3]).loading.shape[1] <= 2
    nothing = fitted(effects(), ())
    assert nothing.width == 2 and not nothing.drug_vectors(effects(), DRUGS).any()


def test_the_scaler_makes_the_round_trip():
    found = effects()
    scaler = fitted(found)
    again = EffectScaler.from_arrays(scaler.to_arrays())
    assert np.array_equal(again.drug_vectors(found, DRUGS), scaler.drug_vectors(found, DRUGS))
    with pytest.raises(FormatError, match="broken scaler"):
        EffectScaler.from_arrays(scaler.to_arrays() | {"weight": np.zeros(2, np.float32)})


@pytest.fixture(scope="module")
def study(tiny_study):
    """The tiny study with effects of all drugs alone."""
    rng = np.random.default_rng(0)
    has = rng.random((len(tiny_study.drugs), 12)) < 0.4
    drug, code = np.nonzero(has)
    names = np.array(tiny_study.drugs.names, dtype=object)
    table = pa.table({"drug": names[drug], "code": [f"C{c}" for c in code]})
    return replace(tiny_study, tables=tiny_study.tables | {TABLE: table})


def fitted_on(study, rows, tiny_world, *, effects=COMPONENTS):
    catalog, graph, ids = tiny_world
    named = {study.name: ids}, {study.name: rows}
    return fit(
        catalog=catalog,
        graph=graph,
        studies=[study],
        world_ids=named[0],
        rows=named[1],
        max_fields=64,
        effects=effects,
    )


def test_a_new_drug_has_its_own_effects_and_is_under_any_name_itself(study, tiny_world):
    last = len(study.drugs) - 1
    rows = np.flatnonzero(~(study.combos.drugs == last).any(axis=1))
    found = fitted_on(study, rows, tiny_world)
    world = found.world()
    assert found.response_width == COMPONENTS + 2 and not found.has_curves
    assert world.known_id[last] == -1 and world.response[last].abs().sum() > 0
    catalog = tiny_world[0]
    names = tuple(f"other name of {n}" for n in catalog.drugs.names)
    renamed = replace(catalog, drugs=replace(catalog.drugs, names=names))
    same = found.same_drugs(renamed)
    again = found.world_of(renamed, tiny_world[1])
    assert (same >= 0).any()
    assert np.array_equal(again.response[same >= 0], world.response[same[same >= 0]])


def test_what_was_fitted_makes_the_round_trip(study, tiny_world):
    found = fitted_on(study, np.arange(len(study)), tiny_world)
    again = Fitted.from_arrays(found.to_arrays())
    assert np.array_equal(again.world().response, found.world().response)
    assert not fitted_on(study, np.arange(9), tiny_world, effects=0).response_width


def test_a_study_without_them_is_refused(tiny_study, tiny_world):
    with pytest.raises(ConfigError, match="no study has the table"):
        fitted_on(tiny_study, np.arange(len(tiny_study)), tiny_world)
