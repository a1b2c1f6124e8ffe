"""Mean days of held-out groups: what they had, what networks say, how they are kept and used."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import tiny_patients
from tiny_patients import COHORTS, SIZES

from combo_dl.core.arrays import text_array
from combo_dl.core.errors import ConfigError, FormatError
from combo_dl.core.study import HOSPITAL
from combo_dl.data.days_calibration import ARRAYS, fit_days_calibration, joined_groups
from combo_dl.data.splits import UnitFolds
from combo_dl.infer.bundle import load_bundle
from combo_dl.stats.survival import restricted_mean_days
from combo_dl.train.days import (
    FEWEST_PATIENTS,
    cohorts_of,
    days_laws,
    group_days,
    quantile_groups,
)
from combo_dl.train.held_out import read_held_out
from combo_dl.train.held_out_days import KEPT, read_days, write_days
from combo_dl.train.member import TEST, VALIDATION
from combo_dl.train.run import prepare, train
from combo_dl.train.survivals import followed, survival_curves

PATIENTS = UnitFolds(unit="profile", n_folds=3, seed=0)


def settings(out, **changes):
    fit = replace(tiny_patients.settings(out).fit, max_epochs=2)
    return tiny_patients.settings(out, **({"split": PATIENTS, "seeds": 2, "fit": fit} | changes))


def finished(study, out, **changes):
    made = settings(out, **changes)
    train(made, [study])
    return prepare(made, [study])


@pytest.fixture(scope="module")
def study():
    return tiny_patients.study()


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    """Patients of every cohort held out."""
    return finished(study, tmp_path_factory.mktemp("days") / "patients")


@pytest.fixture(scope="module")
def cohorts(study, tmp_path_factory):
    """Cohorts held out, nobody of which is learned from."""
    out = tmp_path_factory.mktemp("days") / "cohorts"
    return finished(study, out, split=tiny_patients.SPLIT)


def same(one, other) -> bool:
    equal = all(np.array_equal(getattr(one, n), getattr(other, n)) for n in ARRAYS)
    return equal and one.networks == other.networks


def only_group(work, fold, cohort):
    """(follow-up, mean curves) of a cohort so small that it is one group."""
    found = followed(work.studies[0], tiny_patients.OS, work.folds[fold].test)
    own = np.flatnonzero(cohorts_of(work.studies[0], found.rows) == cohort)
    assert FEWEST_PATIENTS <= len(own) < 2 * FEWEST_PATIENTS
    curves = survival_curves(work, fold, seeds=2)["os"].take(found.at[own])
    return found.seen.take(own), curves


def followed_to(seen) -> float:
    """The last day to the horizon beyond which 11 are seen."""
    return max(d for d in np.arange(250.0, 501.0) if (seen.time_days > d).sum() >= 11)


def test_a_group_has_what_kaplan_meier_says_and_what_the_networks_say(work):
    seen, curves = only_group(work, 0, "1")
    found = group_days(work, 0, TEST, seeds=2)["os"]
    at = int(np.flatnonzero(found.cohort == "1")[0])
    day = followed_to(seen)
    assert found.observed[at] * day == pytest.approx(restricted_mean_days(seen, day))
    told = curves.restricted_mean_days(day).mean()
    assert found.predicted[at] * day == pytest.approx(told, rel=1e-9)
    assert found.between[at] > 0 and found.sampling[at] > 0 and found.networks == 2


def test_patients_come_in_groups_of_a_cohort(work, cohorts):
    found = group_days(work, 0, TEST, seeds=2)["os"]
    assert {"0", "1"} <= set(found.cohort) <= {"0", "1", "2"}
    # The first cohort has the most patients, and the most groups; the last has too few for one.
    assert (found.cohort == "0").sum() > (found.cohort == "1").sum() and "3" not in found.cohort
    names = [f.name for f in cohorts.folds]
    own = group_days(cohorts, names.index(COHORTS[2]), TEST, seeds=2)["os"]
    assert set(own.cohort) == {"2"} and len(own) <= SIZES[2] // FEWEST_PATIENTS
    assert (np.diff(own.predicted) > 0).all()


def test_a_cohort_is_new_where_nobody_of_it_was_learned_from(work, cohorts):
    assert not group_days(work, 0, TEST, seeds=2)["os"].new.any()
    parts = [group_days(cohorts, k, TEST, seeds=2)["os"] for k in range(len(cohorts.folds))]
    assert joined_groups(parts).new.all()
    assert not group_days(cohorts, 0, VALIDATION, seeds=2)["os"].new.any()


def test_one_network_has_no_variance_between(work):
    one = group_days(work, 0, TEST, seeds=1)["os"]
    assert one.networks == 1 and not one.between.any()


def test_late_entry_counts(tmp_path):
    work = finished(tiny_patients.study(late=True), tmp_path / "late", seeds=1)
    seen, _ = only_group(work, 0, "1")
    found = group_days(work, 0, TEST, seeds=1)["os"]
    had = found.observed[found.cohort == "1"][0] * followed_to(seen)
    assert had == pytest.approx(restricted_mean_days(seen, followed_to(seen)))
    ignored = replace(seen, entry_days=np.zeros(len(seen)))
    assert restricted_mean_days(ignored, followed_to(seen)) > had + 1


def test_cohorts_that_are_not_followed_teach_nothing(work):
    endpoints = {"os": replace(tiny_patients.OS, horizon_days=3000.0)}
    network = replace(work.settings.network, endpoints=endpoints)
    far = replace(work, settings=replace(work.settings, network=network))
    found = group_days(far, 0, TEST, seeds=2)["os"]
    assert len(found) == 0 and fit_days_calibration(found, networks=2) is None


def test_equal_predictions_share_a_group():
    made = quantile_groups(np.array([3.0, 1.0, 1.0, 1.0, 2.0, 4.0]), 3)
    assert len(set(made[1:4])) == 1 and made.max() == 2
    assert set(quantile_groups(np.zeros(50), 5)) == {2}
    sizes = np.bincount(quantile_groups(np.random.default_rng(0).random(103), 5))
    assert len(sizes) == 5 and sizes.min() >= 20


def test_the_groups_of_all_folds_are_kept(work, tmp_path):
    kept = read_days(work.settings.out)
    parts = [group_days(work, fold, TEST, seeds=2) for fold in range(3)]
    assert set(kept) == {"os"} and same(kept["os"], joined_groups([p["os"] for p in parts]))
    write_days(tmp_path, [kept])
    assert same(read_days(tmp_path)["os"], kept["os"])
    assert read_days(tmp_path / "none") == {}
    # A training of survival alone has no other held-out rows.
    assert read_held_out(work.settings.out) == {}


def test_a_bundle_of_all_rows_is_calibrated_by_folders_of_held_out_groups(
    study, work, cohorts, tmp_path
):
    patients, whole = work.settings.out, cohorts.settings.out
    told = {"folds": "none", "seeds": 2}
    both = {"calibrate_from": (patients,), "calibrate_days_from": (whole,)}
    made = {}
    for name, more in {"one": {"calibrate_from": (patients,)}, "other": both}.items():
        out = settings(tmp_path / name, **told, **more)
        made[name] = load_bundle(train(out, [study]).bundles[0])
    expected = fit_days_calibration(read_days(patients)["os"], networks=2)
    assert made["one"].parts.days_laws == {"os": expected} and not expected.new_cohorts
    assert made["one"].card["days_laws"] == {"os": expected.to_json()}
    # Two cohorts have too few groups: nothing calibrates, and the networks speak alone.
    assert len(read_days(whole)["os"]) < 8 and made["other"].parts.days_laws == {}


def test_without_folders_validation_patients_calibrate(work):
    groups = group_days(work, 0, VALIDATION, seeds=2)["os"]
    law = fit_days_calibration(groups, networks=2)
    assert days_laws(work, 0, networks=2) == ({} if law is None else {"os": law})


def test_folders_of_other_settings_are_refused(study, work, tmp_path):
    other = settings(tmp_path / "o", folds="none", seed=1, calibrate_days_from=(work.settings.out,))
    with pytest.raises(ConfigError, match=r"calibrate_days_from=.* other settings"):
        train(other, [study])


def test_without_cohorts_groups_are_of_a_cancer_and_else_of_all(study):
    rows = np.arange(50)
    arms = replace(study, columns={"arm": np.arange(len(study), dtype=np.int32)})
    assert cohorts_of(arms, rows)[3] == "3"
    bare = replace(study, columns={})
    assert set(cohorts_of(bare, rows)) == {"Melanoma", "Renal"}
    fields = tuple(f for f in study.profiles.fields if f.name != "cancer_type")
    at = [f.name for f in study.profiles.category_fields].index("cancer_type")
    category = np.delete(study.profiles.category, at, axis=1)
    nameless = replace(study.profiles, fields=fields, category=category)
    assert set(cohorts_of(replace(bare, profiles=nameless), rows)) == {"all"}


def test_a_cohort_of_a_hospital_that_was_learned_from_is_not_new(cohorts):
    """Every cohort in one hospital: whoever is held out, somebody of it was learned from."""
    first = cohorts.studies[0]
    one = {HOSPITAL: np.zeros(len(first), np.int32)}
    same_hospital = replace(first, columns=first.columns | one)
    work = replace(cohorts, studies=[same_hospital, *cohorts.studies[1:]])
    for fold in range(len(cohorts.folds)):
        before = group_days(cohorts, fold, TEST, seeds=2)["os"]
        found = group_days(work, fold, TEST, seeds=2)["os"]
        assert before.new.all() and not found.new.any()


def test_a_folder_without_groups_calibrates_no_days(study, work, tmp_path):
    """One that holds risks alone, say, from before there were groups."""
    given = tmp_path / "old"
    shutil.copytree(work.settings.out, given)
    (given / KEPT).unlink()
    np.savez(given / "held_out.npz", columns=text_array(()))
    with pytest.raises(ConfigError, match=r"no held-out groups of os"):
        train(settings(tmp_path / "out", folds="none", calibrate_days_from=(given,)), [study])


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK broken"])
def test_broken_groups_are_refused_in_one_line(tmp_path, content):
    (tmp_path / KEPT).write_bytes(content)
    with pytest.raises(FormatError, match=r"cannot be read; run its training again"):
        read_days(tmp_path)
