"""Laws of studies: frames and files give back what they were given."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study, study_digest, write_study


def own_table(study: Study) -> DrugTable:
    return DrugTable(drugs=tuple(Drug(name=n, modality="other") for n in study.drugs.names))


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = len(set(zip(one.tolist(), other.tolist(), strict=True)))
    return pairs == len(set(one.tolist())) == len(set(other.tolist()))


@given(data=st.data())
def test_frames_and_back(data, drawn_studies):
    study, _ = data.draw(drawn_studies)
    combos, profiles = study.to_frames()
    back = Study.from_frames(
        combos, profiles, name="drawn", labels={"y": ["y"]}, table=own_table(study)
    )
    names, again = np.array([*study.drugs.names, ""]), np.array([*back.drugs.names, ""])
    assert np.array_equal(names[study.combos.drugs], again[back.combos.drugs])
    for name in ("dose", "profile", "weight", "day"):
        one, other = getattr(study.combos, name), getattr(back.combos, name)
        assert np.array_equal(one, other, equal_nan=True), name
    assert same_partition(study.combos.group, back.combos.group)
    assert np.array_equal(study.combos.labels["y"], back.combos.labels["y"])
    assert np.array_equal(study.profiles.number, back.profiles.number, equal_nan=True)


@given(data=st.data())
def test_files_and_back(data, drawn_studies):
    study, _ = data.draw(drawn_studies)
    with tempfile.TemporaryDirectory() as folder:
        write_study(study, Path(folder) / "study")
        back = read_study(Path(folder) / "study")
    assert study_digest(back) == study_digest(study)
    assert np.array_equal(back.combos.group, study.combos.group)


@given(data=st.data())
def test_columns_of_drugs_may_stand_in_any_order(data, drawn_studies):
    study, _ = data.draw(drawn_studies)
    combos, profiles = study.to_frames()
    turned = {"drug_a": "drug_b", "drug_b": "drug_a", "dose_a": "dose_b", "dose_b": "dose_a"}
    told = {"name": "drawn", "labels": {"y": ["y"]}, "table": own_table(study)}
    one = Study.from_frames(combos, profiles, **told)
    other = Study.from_frames(combos.rename(columns=turned), profiles, **told)
    assert study_digest(one) == study_digest(other)
