from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import FormatError
from combo_dl.core.profile_table import PATIENT, ProfileField, ProfileTable
from combo_dl.core.vocab import Vocab
from combo_dl.data.scale import NO_CEILING, ProfileScaler, fit_profile_scaler

NAMES = ("age", "expr:A", "expr:B", "expr:C", "expr:D", "mut:A")


def table(n_profiles: int = 8, *, seed: int = 0) -> ProfileTable:
    number = np.random.default_rng(seed).normal(3, 2, size=(n_profiles, len(NAMES)))
    return ProfileTable(
        space="cell_line",
        ids=Vocab(kind="profile", names=tuple(f"L{i}" for i in range(n_profiles))),
        fields=tuple(ProfileField(name=n) for n in NAMES),
        number=number.astype(np.float32),
        category=np.zeros((n_profiles, 0), np.int16),
    )


def test_small_blocks_are_standardised_by_training_profiles():
    data = table()
    scaler = fit_profile_scaler(data, np.array([0, 1, 2, 3, 0, -1]), max_fields=9)
    values, seen = scaler.transform(data.number[:4])
    assert scaler.width == 6 and seen.all() and values.dtype == np.float32
    assert np.allclose(values.mean(0), 0, atol=1e-5) and np.allclose(values.std(0), 1, atol=1e-5)


def test_a_missing_value_becomes_the_mean_and_is_marked():
    data = table()
    holes = data.number.copy()
    holes[5, 0] = holes[5, 1] = np.nan
    scaler = fit_profile_scaler(data, np.arange(4), max_fields=9)
    values, seen = scaler.transform(holes)
    assert values[5, scaler.component_block == 0].tolist() == [0.0]
    # A block counts as seen while any field of it is.
    assert seen[5].tolist() == [scaler.blocks[b] != "" for b in scaler.component_block]


def test_a_wide_block_keeps_its_size_and_its_components_are_repeatable():
    data = table(40)
    one = fit_profile_scaler(data, np.arange(40), max_fields=3)
    again = fit_profile_scaler(data, np.arange(40)[::-1], max_fields=3)
    assert np.array_equal(one.loading, again.loading)
    values, _ = one.transform(data.number)
    wide = values[:, one.component_block == one.blocks.index("expr")]
    assert wide.shape == (40, 3) and np.isclose((wide**2).sum(1).mean(), 3, rtol=1e-4)
    strongest = np.abs(one.loading).argmax(axis=0)
    assert (one.loading[strongest, np.arange(one.width)] > 0).all()


@pytest.mark.parametrize("rows", [[], [2]])
def test_too_few_profiles_teach_no_direction(rows):
    scaler = fit_profile_scaler(table(), np.array(rows, int), max_fields=3)
    values, seen = scaler.transform(table().number)
    assert scaler.width == 2 and np.isfinite(values).all() and seen.shape == (8, 2)


def test_a_field_that_never_varies_or_is_never_seen_is_harmless():
    data = table()
    number = data.number.copy()
    number[:, 0], number[:, 5] = 7.0, np.nan
    scaler = fit_profile_scaler(replace(data, number=number), np.arange(8), max_fields=9)
    values, _ = scaler.transform(number)
    assert np.isfinite(values).all() and not values[:, scaler.component_block == 0].any()


def test_arrays_and_back():
    scaler = fit_profile_scaler(table(), np.arange(5), max_fields=3)
    back = ProfileScaler.from_arrays(scaler.to_arrays())
    number = table(seed=4).number
    assert np.array_equal(back.transform(number)[0], scaler.transform(number)[0])
    with pytest.raises(FormatError, match="broken profile scaler: shapes"):
        ProfileScaler.from_arrays(scaler.to_arrays() | {"mean": np.zeros(2, np.float32)})


def patients(tmb):
    number = np.array([[v, 10 * v] for v in tmb], np.float32)
    return ProfileTable(
        space=PATIENT,
        ids=Vocab(kind="profile", names=tuple(f"row {i}" for i in range(len(tmb)))),
        fields=(ProfileField(name="tmb_mut_per_mb"), ProfileField(name="own")),
        number=number,
        category=np.zeros((len(tmb), 0), np.int16),
    )


def test_a_field_of_patients_counts_no_higher_than_its_ceiling():
    data = patients([10, 50, 400, np.nan])
    scaler = fit_profile_scaler(data, np.arange(4), max_fields=9)
    values, _ = scaler.transform(data.number)
    assert values[1, 0] == values[2, 0] and values[1, 1] < values[2, 1] and values[3, 0] == 0.0
    assert scaler.mean[0] == pytest.approx(110 / 3)
    # A cell line's field of that name is another thing.
    lines = fit_profile_scaler(replace(data, space="cell_line"), np.arange(4), max_fields=9)
    assert (lines.ceiling == np.float32(NO_CEILING)).all()


def test_a_scaler_from_before_ceilings_has_none():
    arrays = fit_profile_scaler(table(), np.arange(5), max_fields=3).to_arrays()
    del arrays["ceiling"]
    back = ProfileScaler.from_arrays(arrays)
    assert (back.ceiling == np.float32(NO_CEILING)).all()
