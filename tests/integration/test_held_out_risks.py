"""A bundle of every row of two studies is calibrated by folds of each: of scores and of risks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
from tiny_trials import DLT, HEADS, trials

from combo_dl.data.risk_calibration import fit_risk_calibration
from combo_dl.infer.bundle import load_bundle
from combo_dl.train.held_out_risks import joined_risks, read_risks, write_risks
from combo_dl.train.run import train

ENDPOINTS = {e.name: e for e in (tiny.LOEWE, DLT)}
NETWORK = replace(tiny.NETWORK, head=HEADS, endpoints=ENDPOINTS)


def settings(out, **changes):
    fit = replace(tiny.FIT, max_epochs=2)
    return tiny.settings(out, network=NETWORK, fit=fit, seeds=1, kernel=None, **changes)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folds of the cell lines, and folds of the trials, by the same settings."""
    cells, trial = tiny.study(), trials(n_rows=400)
    out = tmp_path_factory.mktemp("folds")
    train(settings(out / "cells", folds="all"), [cells, trial])
    train(settings(out / "trials", folds="all"), [trial, cells])
    return out / "cells", out / "trials", [cells, trial]


def test_each_folder_has_what_its_first_study_has(folders):
    cells, trial, (_, study) = folders
    assert not read_risks(cells) and (cells / "held_out.npz").is_file()
    found = read_risks(trial)
    assert set(found) == {"dlt"} and not (trial / "held_out.npz").is_file()
    # Each row of the trials is held out once.
    label = study.combos.labels["dlt"]
    assert len(found["dlt"]) == len(label) and found["dlt"].label.sum() == label.sum()


def test_a_bundle_of_every_row_has_laws_of_both(folders, tmp_path):
    cells, trial, studies = folders
    every = settings(tmp_path / "every", folds="none", calibrate_from=(cells, trial))
    parts = load_bundle(train(every, studies).bundles[0]).parts
    expected = fit_risk_calibration(read_risks(trial)["dlt"])
    assert parts.risk_laws == {"dlt": expected} and set(parts.laws) == {"synergy_loewe"}


def test_entries_make_the_round_trip_and_clusters_of_two_parts_stay_apart(folders, tmp_path):
    rows = read_risks(folders[1])["dlt"]
    write_risks(tmp_path, [{"dlt": rows}, {}])
    again = read_risks(tmp_path)["dlt"]
    for name, array in vars(rows).items():
        same = np.unique(again.cluster, return_inverse=True)[1] if name == "cluster" else array
        own = np.unique(array, return_inverse=True)[1] if name == "cluster" else array
        assert np.array_equal(same, own)
    twice = joined_risks([rows, rows])
    assert len(np.unique(twice.cluster)) == 2 * len(np.unique(rows.cluster))


def test_a_drug_of_the_other_study_is_no_support_for_what_this_one_measures(folders, tmp_path):
    _, _, studies = folders
    bundle = load_bundle(train(settings(tmp_path / "all", folds="none"), studies).bundles[0])
    screen, clinic = studies
    own = set(screen.drugs.names)
    only = next(n for n in clinic.drugs.names if n not in own)
    seen = screen.drugs.names[int(screen.combos.drugs[0, 0])]
    rows = pd.DataFrame({"drugs": [f"{only} + {seen}"], "profile": [screen.profiles.ids.names[0]]})
    support = bundle.predict(rows).set_index("endpoint")["support"]
    assert support["synergy_loewe"] == "one drug unseen"
    assert support["dlt"] != "both unseen"
