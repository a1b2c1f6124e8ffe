from dataclasses import replace

import numpy as np
import pytest
import torch

from combo_dl.core.errors import InputError
from combo_dl.core.profile_table import ProfileTable

ROWS = torch.tensor([250, 3, 3, 17])


def test_rows_for_a_part_of_the_world_name_the_same_drugs(tensors, tiny_study):
    part = replace(tensors, drugs=tensors.drugs[5:9], present=tensors.present[5:9])
    kept = part.used_drugs()
    assert set(kept.tolist()) == set(part.drugs[part.present].tolist())
    assert 0 < len(kept) < len(tensors.used_drugs())
    local = part.of_drugs(kept)
    assert torch.equal(kept[local.drugs][part.present], part.drugs[part.present])
    assert (local.drugs[~part.present] == 0).all()


def test_a_batch_keeps_row_ids_and_repeats(tensors, tiny_study):
    batch = tensors.batch(ROWS)
    assert batch.row.tolist() == ROWS.tolist() and len(batch) == 4 and batch.study == "synthetic"
    assert torch.equal(batch.drugs[1], batch.drugs[2])
    loewe = tiny_study.combos.labels["synergy_loewe"][ROWS.numpy()]
    assert np.array_equal(batch.labels["loewe"].numpy(), loewe)
    assert batch.labels["both"].shape == (4, 2) and batch.observed["both"].all()


def test_only_the_profiles_that_occur_are_carried(tensors):
    batch = tensors.batch(ROWS)
    assert len(batch.number) == len(set(tensors.profile[ROWS].tolist()))
    assert torch.equal(batch.number[batch.profile], tensors.number[tensors.profile[ROWS]])
    assert torch.equal(batch.category[batch.profile], tensors.category[tensors.profile[ROWS]])


def test_absent_drugs_and_unknown_doses_are_zero_and_marked(tensors, tiny_study):
    size = torch.from_numpy(tiny_study.combos.size)
    assert torch.equal(tensors.present.sum(1), size) and not tensors.drugs[~tensors.present].any()
    assert not tensors.dose_known.any() and not tensors.dose.any()


def test_doses_are_log1p_and_unseen_labels_zero(tiny_study, tiny_world, fit_on):
    combos = tiny_study.combos
    label = combos.labels["synergy_loewe"].copy()
    label[4] = np.nan
    dose = np.where(combos.present, 3.0, np.nan).astype(np.float32)
    study = replace(tiny_study, combos=replace(combos, dose=dose, labels={"y": label}))
    made = fit_on(study, np.arange(50)).tensors(
        study, world_ids=tiny_world[2], columns={"y": ("y",), "none": ("z",)}
    )
    assert torch.allclose(made.dose[made.present], torch.log1p(torch.tensor(3.0)))
    assert torch.equal(made.dose_known, made.present) and set(made.labels) == {"y"}
    assert made.labels["y"][4] == 0 and (~made.observed["y"]).nonzero().tolist() == [[4, 0]]


def test_a_study_without_profiles_has_one_that_is_unseen(tiny_study, tiny_world, fit_on):
    nowhere = np.full(300, -1, np.int32)
    study = replace(
        tiny_study,
        combos=replace(tiny_study.combos, profile=nowhere),
        profiles=ProfileTable.empty(),
    )
    made = fit_on(study, np.arange(9)).tensors(study, world_ids=tiny_world[2], columns={})
    assert made.number.shape == (1, 0) and made.known_profile.tolist() == [-1]
    assert made.batch(ROWS).profile.tolist() == [0] * 4


def test_a_row_without_its_profile_is_named(tiny_study, tiny_world, fit_on):
    profile = tiny_study.combos.profile.copy()
    profile[7] = -1
    study = replace(tiny_study, combos=replace(tiny_study.combos, profile=profile))
    with pytest.raises(InputError, match="row 7 of study 'synthetic' has no profile"):
        fit_on(study, np.arange(5)).tensors(study, world_ids=tiny_world[2], columns={})


def test_moving_a_batch_keeps_every_field(tensors):
    batch = tensors.batch(ROWS)
    moved = batch.to("meta")
    assert moved.drugs.is_meta and moved.labels["loewe"].is_meta and moved.study == batch.study
    assert torch.equal(batch.to("cpu").row, batch.row)
