"""The kernel ridge beside networks: fitted once, on training rows, never on patients."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from combo_dl.core.profile_table import ProfileTable
from combo_dl.infer.bundle import load_bundle
from combo_dl.train import companion
from combo_dl.train.companion import (
    columns_of,
    fit_companion,
    has_companion,
    read_companion,
    read_forecasts,
)
from combo_dl.train.run import prepare, train

COLUMN = "synergy_loewe"
FILES = ("kernel.json", "kernel.npz", "test.npz", "validation.npz")


@pytest.fixture
def work(screen, settings_of):
    """Nothing is fitted yet."""
    return prepare(settings_of(), [screen])


def arrays_of(path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as kept:
        return {n: kept[n] for n in kept.files}


def same_files(one, other) -> bool:
    left, right = (arrays_of(f / "kernel.npz") for f in (one, other))
    return left.keys() == right.keys() and all(np.array_equal(left[n], right[n]) for n in left)


def test_it_is_fitted_once(work, monkeypatch):
    fit_companion(work, 0)
    folder = work.companion_folder(0)
    assert sorted(p.name for p in folder.iterdir()) == sorted(FILES)
    before = {name: (folder / name).stat().st_mtime_ns for name in FILES}
    monkeypatch.setattr(companion, "fit_average", None)
    fit_companion(work, 0)
    assert {name: (folder / name).stat().st_mtime_ns for name in FILES} == before
    # Without its last file it was never finished.
    (folder / "kernel.json").unlink()
    with pytest.raises(TypeError):
        fit_companion(work, 0)


def test_a_training_has_the_same_kernels(work, finished):
    fit_companion(work, 1)
    assert same_files(work.companion_folder(1), finished[1].companion_folder(1))


def test_what_was_kept_says_what_was_forecast(finished):
    _, work, _ = finished
    found = read_companion(work, 0)
    inputs = companion._inputs(work, work.folds[0].train)
    again = found.predict(inputs, work.folds[0].test)[COLUMN]
    assert len(found.members) == tiny.KERNEL.kept
    np.testing.assert_allclose(read_forecasts(work, 0, "test")[COLUMN], again, atol=1e-3)
    held = read_forecasts(work, 0, "validation")[COLUMN]
    assert held.shape == work.folds[0].validation.shape and np.isfinite(held).all()


def spoiled(study, rows, by=1e4):
    """The study with other labels in these rows."""
    label = study.combos.labels[COLUMN].copy()
    label[rows] += by
    labels = study.combos.labels | {COLUMN: label}
    return replace(study, combos=replace(study.combos, labels=labels))


def test_labels_of_test_rows_are_never_seen(work, finished, screen):
    other = spoiled(screen, work.folds[0].test)
    fit_companion(replace(work, studies=[other]), 0)
    kept = finished[1].companion_folder(0)
    assert same_files(work.companion_folder(0), kept)
    for part in ("test", "validation"):
        one, two = (arrays_of(f / f"{part}.npz") for f in (work.companion_folder(0), kept))
        assert np.array_equal(one[COLUMN], two[COLUMN])


def test_labels_of_validation_rows_choose_the_kernels_and_teach_nothing(work, screen, monkeypatch):
    """With all kernels kept and one bound there is nothing to choose, up to their order."""
    monkeypatch.setattr("combo_dl.kernels.average.CLIPS", (None,))
    everything = replace(tiny.KERNEL, kept=tiny.KERNEL.drawn)
    work = replace(work, settings=replace(work.settings, kernel=everything))
    fit_companion(work, 0)
    elsewhere = replace(work.settings, out=work.settings.out / "other")
    other = spoiled(screen, work.folds[0].validation)
    fit_companion(replace(work, settings=elsewhere, studies=[other]), 0)
    one, two = (
        read_forecasts(replace(work, settings=s), 0, "validation")[COLUMN]
        for s in (work.settings, elsewhere)
    )
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_without_a_search_the_first_kernels_are_taken(screen, settings_of):
    fit = replace(tiny.FIT, search="none", max_epochs=1)
    work = prepare(settings_of(fit=fit), [screen])
    fit_companion(work, 0)
    assert len(read_companion(work, 0).members) == tiny.KERNEL.kept


def test_only_scores_of_synergy_have_one(screen, settings_of):
    bliss = replace(tiny.LOEWE, name="synergy_bliss", columns=("synergy_bliss",))
    other = replace(tiny.LOEWE, name="other", columns=("synergy_bliss",), kind="toxicity")
    for endpoint, expected in ((bliss, ("synergy_bliss", COLUMN)), (other, (COLUMN,))):
        named = {endpoint.name: endpoint, COLUMN: tiny.LOEWE}
        network = replace(tiny.NETWORK, endpoints=named)
        work = prepare(settings_of(network=network), [screen])
        assert columns_of(work) == expected


def test_none_is_asked_for_none_is_made(screen, settings_of):
    work = prepare(settings_of(kernel=None), [screen])
    assert not has_companion(work)
    fit_companion(work, 0)
    assert not work.companion_folder(0).exists() and read_companion(work, 0) is None
    assert read_forecasts(work, 0, "test") == {}


def patients(study):
    """The study as one of people: a profile each, none of which may leave the training."""
    n = len(study)
    rng = np.random.default_rng(8)
    table = ProfileTable(
        space="patient",
        ids=type(study.profiles.ids)(kind="profile", names=tuple(f"P-{i:03d}" for i in range(n))),
        fields=study.profiles.fields,
        number=rng.normal(size=(n, len(study.profiles.number_fields))).astype(np.float32),
        category=rng.integers(0, 4, size=(n, 1)).astype(np.int16),
    )
    at = np.arange(n, dtype=np.int32)
    return replace(study, profiles=table, combos=replace(study.combos, profile=at)).validate()


@pytest.mark.parametrize("response", ["patients first", "beside cell lines"])
def test_no_row_of_a_patient_leaves_the_training(screen, settings_of, response):
    people = replace(patients(screen), name="people")
    studies = [people] if response == "patients first" else [screen, people]
    settings = settings_of(folds="0", seeds=1)
    result = train(settings, studies)
    card = load_bundle(result.bundles[0]).card
    assert card["kernel_columns"] == ([] if response == "patients first" else [COLUMN])
    arrays = arrays_of(result.bundles[0] / "world.npz")
    kernels = [n for n in arrays if n.startswith("kernel:")]
    assert bool(kernels) == (response != "patients first")
    number = people.profiles.number
    scaled = (number - number.mean(axis=0)) / number.std(axis=0)
    for name, array in arrays.items():
        if array.dtype.kind == "U":
            assert not any(str(t).startswith("P-") for t in array.reshape(-1)), name
        elif array.dtype.kind == "f" and array.ndim == 2:
            width = min(array.shape[1], number.shape[1])
            for rows in (number, scaled):
                apart = np.abs(array[:, None, :width] - rows[None, :, :width]).max(axis=2)
                # Single columns may agree by chance.
                assert width < 3 or apart.min(initial=1.0) > 1e-3, name
        assert len(people) not in array.shape, name
