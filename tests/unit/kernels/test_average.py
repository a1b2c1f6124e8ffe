"""Random kernels: the same for a seed, the best kept, settings that are refused."""

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import ConfigError
from combo_dl.kernels.average import KernelSettings, best_specs, fit_average
from combo_dl.kernels.clip import CLIPS, clipped
from combo_dl.kernels.ridge import fit_ridge, trained_on
from combo_dl.kernels.spec import draw_specs

SETTINGS = KernelSettings(drawn=6, kept=3, seed=4)
HELD = np.arange(60, 100)


def chosen(case, **changes):
    told = {"labels": case.labels, "weight": case.weight}
    return best_specs(replace(SETTINGS, **changes), case.inputs, case.rows, HELD, **told)


def test_a_seed_decides_the_kernels(case):
    assert case.specs() == case.specs()
    assert chosen(case) == chosen(case) != chosen(case, seed=5)
    told = {"drugs": case.inputs.of_drugs, "profiles": case.inputs.of_profiles}
    assert draw_specs(3, seed=1, **told) == draw_specs(9, seed=1, **told)[:3]


def test_the_kernels_with_the_least_error_are_kept(case):
    trained = trained_on(case.inputs, case.rows)
    told = {"drugs": trained.drugs, "profiles": trained.profiles}
    errors = []
    for spec in draw_specs(6, seed=4, **told):
        bounded = [replace(spec, clip=bound) for bound in CLIPS]
        errors.append(min(held_out_error(case, trained, s) for s in bounded))
    found = [held_out_error(case, trained, spec) for spec in chosen(case)]
    np.testing.assert_allclose(found, sorted(errors)[:3], rtol=1e-3)


def held_out_error(case, trained, spec):
    found = fit_ridge(spec, trained, case.inputs, case.rows, **case.told())
    parts = [
        np.nanmean((label[HELD] - mean) ** 2) / np.nanvar(label[case.rows])
        for label, mean in zip(
            case.labels.values(), found.predict(trained, case.inputs, HELD).values(), strict=True
        )
    ]
    return np.mean(parts)


def test_held_out_rows_without_a_label_choose_the_first(case):
    labels = {c: np.where(np.arange(120) < 60, label, np.nan) for c, label in case.labels.items()}
    told = {"labels": labels, "weight": case.weight}
    found = best_specs(SETTINGS, case.inputs, case.rows, HELD, **told)
    assert found == chosen_of_all(case)[:3]


def chosen_of_all(case):
    trained = trained_on(case.inputs, case.rows)
    return draw_specs(6, seed=4, drugs=trained.drugs, profiles=trained.profiles)


def test_it_is_the_mean_of_its_kernels(case):
    specs, told = case.specs(3), {"labels": case.labels, "weight": case.weight}
    whole = fit_average(specs, case.inputs, case.rows, **told).predict(case.inputs, HELD)
    each = [
        fit_average([s], case.inputs, case.rows, **told).predict(case.inputs, HELD) for s in specs
    ]
    for column, found in whole.items():
        np.testing.assert_allclose(found, np.mean([e[column] for e in each], axis=0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drawn": 0}, "kernel.drawn is 0; expected a whole number from 1 to 10000"),
        ({"drawn": 10_001}, "kernel.drawn is 10001"),
        ({"kept": 1.5}, "kernel.kept is 1.5"),
        ({"kept": True}, "kernel.kept is True"),
        ({"drawn": 5000, "kept": 1001}, "kernel.kept is 1001; expected .* to 1000"),
        ({"seed": -1}, "kernel.seed is -1; expected a whole number from 0"),
        ({"kept": 7}, "kernel.kept is 7 of kernel.drawn = 6; keep fewer than drawn"),
    ],
)
def test_settings_that_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        replace(SETTINGS, **changes).validate()


def test_settings_that_are_taken():
    assert SETTINGS.validate() is SETTINGS
    assert replace(SETTINGS, kept=6, seed=0).validate()


def test_labels_are_drawn_to_the_bound_and_no_further():
    label = np.array([0.0, 1.0, -1.0, 30.0, np.nan])
    weight = np.array([1.0, 1.0, 1.0, 1.0, 5.0])
    found = clipped(label, weight, 1.0)
    centre, size = label[:4].mean(), label[:4].std()
    np.testing.assert_allclose(found, [0.0, 1.0, -1.0, centre + size, np.nan])
    np.testing.assert_array_equal(clipped(label, weight, None), label)
    # A row of weight 2 is two rows.
    twice = clipped(np.array([0.0, 0.0, 9.0]), np.ones(3), 1.0)
    assert clipped(np.array([0.0, 9.0]), np.array([2.0, 1.0]), 1.0)[1] == pytest.approx(twice[2])
    assert np.isnan(clipped(np.full(2, np.nan), np.ones(2), 1.0)).all()
