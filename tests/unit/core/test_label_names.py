"""Names of the columns of a wide label: laws of the table, and how a name is found."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.label_names import find_label, label_codes, label_names, label_table, table_name
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study, write_study

NAMES, CODES = ["dry mouth", "nausea", "Atelectasis"], ["C0043352", "C0027497", "C0004144"]


def study(*, named=True):
    rows = pd.DataFrame({"drug_a": ["cisplatin", "docetaxel"], "x": [0, 1], "y": [1, 0]})
    rows["z"] = np.nan
    made = Study.from_frames(rows, name="s", labels={"ae": ["x", "y", "z"], "one": ["x"]})
    if named:
        made.tables[table_name("ae")] = label_table(NAMES, CODES)
    return made


def test_names_and_codes_are_those_of_the_table_also_from_disk(tmp_path):
    write_study(study(), tmp_path / "s")
    for found in (study(), read_study(tmp_path / "s")):
        assert label_names(found, "ae") == tuple(NAMES)
        assert label_codes(found, "ae") == tuple(CODES)


def test_a_label_without_a_table_has_numbered_names():
    assert label_names(study(named=False), "ae") == ("ae:0", "ae:1", "ae:2")
    assert label_names(study(), "one") == ("one",)
    assert label_codes(study(), "one") == ("",)


@pytest.mark.parametrize("name", ["Dry-Mouth", "dry mouth", "C0043352"])
def test_a_column_is_found_by_name_or_code(name):
    assert find_label(study(), "ae", name) == 0


def test_an_effect_that_is_not_there_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="'ae' has no column 'nausia'; nearest known: naus"):
        find_label(study(), "ae", "nausia")


def test_a_label_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="study 's' has no label 'aes'; nearest known: ae"):
        label_names(study(), "aes")


def test_a_table_of_another_width_is_refused():
    made = study()
    made.tables[table_name("ae")] = label_table(NAMES[:2], CODES[:2])
    with pytest.raises(InputError, match=r"has 2 rows of name, code; expected .* of 3 columns"):
        label_names(made, "ae")


@pytest.mark.parametrize("names", [["dry mouth", "Dry-Mouth"], ["nausea", " "]])
def test_names_are_unique_and_not_empty(names):
    with pytest.raises(InputError, match="label column 1 is named"):
        label_table(names, ["1", "2"])


def test_there_is_one_code_a_name():
    with pytest.raises(InputError, match="3 label columns have 2 codes"):
        label_table(NAMES, CODES[:2])
