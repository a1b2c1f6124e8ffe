"""Which study predicts which endpoint."""

import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.infer.effects import chosen_effects
from combo_dl.infer.request_studies import endpoints_under, study_parts
from combo_dl.infer.request_table import read_request

STUDIES = {"screen": {"endpoints": ["loewe"]}, "trials": {"endpoints": ["loewe", "dlt"]}}


def card(studies, **more):
    return {"endpoints": {"dlt": {}, "loewe": {}}, "studies": studies} | more


def test_an_endpoint_goes_to_the_first_study_that_has_it():
    assert endpoints_under(card(STUDIES), None) == {"screen": ("loewe",), "trials": ("dlt",)}
    found = endpoints_under(card(STUDIES, first_study="trials"), None)
    assert found == {"trials": ("dlt", "loewe")}


def test_a_named_study_has_all_its_endpoints():
    assert endpoints_under(card(STUDIES), "trials") == {"trials": ("dlt", "loewe")}


def test_a_card_that_does_not_say_gives_the_first_study_all():
    assert endpoints_under(card({"b": {}, "a": {}}), None) == {"b": ("dlt", "loewe")}
    assert endpoints_under(card({"b": {}, "a": {}}), "a") == {"a": ("dlt", "loewe")}


def test_a_study_without_endpoints_is_refused():
    studies = STUDIES | {"empty": {"endpoints": []}}
    with pytest.raises(ConfigError, match="'empty' has no endpoint of this bundle; choose screen"):
        endpoints_under(card(studies), "empty")


def test_effects_are_columns_of_wide_endpoints():
    columns = {"dlt": ("dlt",), "ae": ("Nausea", "Skin rash")}
    assert chosen_effects(columns, ["skin-rash", "nausea", "Nausea"]) == ["Skin rash", "Nausea"]
    with pytest.raises(ConfigError, match="of one column each: leave effects out"):
        chosen_effects({"dlt": ("dlt",)}, ["dlt"])


def parts_of(*profiles):
    """Two screens with endpoints and cell lines of their own, but for one line of both."""
    studies = {"one": {"endpoints": ["loewe"]}, "two": {"endpoints": ["dlt"]}}
    tables = {
        name: profiles_from_frame(
            pd.DataFrame({"profile": lines, "x": [0.0, 1.0]}), space="cell_line"
        )
        for name, lines in (("one", ["A375", "HT29"]), ("two", ["HT29", "MCF7"]))
    }
    rows = pd.DataFrame({"drugs": ["cisplatin"] * len(profiles), "profile": profiles})
    request = read_request(rows, oncology_drugs())
    return study_parts(
        card(studies), tables, request, study=None, profiles=None, allow_missing=False
    )


def test_of_two_screens_each_predicts_its_own_cell_lines():
    parts, notes = parts_of("A375", "HT29", "MCF7")
    assert {p.study: p.shown for p in parts} == {"one": ("A375", "HT29"), "two": ("HT29", "MCF7")}
    assert [p.rows.tolist() for p in parts] == [[0, 1], [1, 2]]
    assert len(notes) == 2 and "1 of 3 rows names no cell line of two and has no dlt" in notes[1]


def test_of_two_screens_every_row_names_a_known_cell_line():
    with pytest.raises(InputError, match="row 1 names no profile"):
        parts_of("A375", "")
    with pytest.raises(UnknownNameError, match="row 1 names the unknown profile 'MCF-8'"):
        parts_of("A375", "MCF-8")
