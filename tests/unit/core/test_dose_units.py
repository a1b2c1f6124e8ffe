"""Doses with units: known answers, the spellings of published tables, and what is refused."""

import math

import pytest

from combo_dl.core.dose_units import KNOWN_UNITS, STANDARD_UNITS, parse_unit, standard_dose
from combo_dl.core.errors import InputError


def dose(value, unit, drug="cisplatin"):
    return standard_dose(value, unit, drug=drug, where="row 3")


@pytest.mark.parametrize(
    ("value", "unit", "amount", "standard"),
    [
        (75, "mg/m2", 135, "mg"),
        (10, "mg/kg", 700, "mg"),
        (1, "g", 1000, "mg"),
        (400, "ug", 0.4, "mg"),
        (5, "ug/kg", 0.35, "mg"),
        (300, "ng/kg", 0.021, "mg"),
        (180, "cGy", 1.8, "Gy"),
        (2, "Gy/fraction", 2, "Gy"),
        (1, "mCi", 37, "MBq"),
        (0.4, "mCi/kg", 1036, "MBq"),
        (2, "GBq", 2000, "MBq"),
        (3, "MIU/m2", 5.4e6, "IU"),
        (3, "10^6 IU", 3e6, "IU"),
        (6, "Mio  IU", 6e6, "IU"),
        (2, "kU", 2000, "IU"),
        (2, "10^6 cells/kg", 1.4e8, "cells"),
        (1e9, "TCID50", 1e9, "particles"),
        (2, "x10^13 vg/kg", 1.4e15, "particles"),
        (50, "nM", 0.05, "um"),
        (0, "mg", 0, "mg"),
    ],
)
def test_a_dose_is_what_the_standard_patient_gets(value, unit, amount, standard):
    assert dose(value, unit) == (pytest.approx(amount), standard)
    assert standard in STANDARD_UNITS


def test_an_auc_of_carboplatin_follows_calvert():
    assert dose(5, "AUC", "carboplatin") == (575, "mg")
    assert dose(0, "auc", "Carboplatin")[0] == 0


@pytest.mark.parametrize(
    "unit",
    ["mg/m2", "mg/m²", "mg m^-2", "mg m−2", "mg.m2", "mg m2", " mg / m2 ", "MG/M2", "mg per m2"],
)
def test_ways_to_write_one_unit(unit):
    assert dose(75, unit) == (pytest.approx(135), "mg")


@pytest.mark.parametrize(
    "unit", ["mg/m2/d", "mg/m2/day", "mg/m2/ day", "mg/m2/24 h", "mg/m2/per day", "mg m-2 d-1"]
)
def test_a_days_amount_says_so(unit):
    assert parse_unit(unit).per_day and parse_unit(unit).factor == pytest.approx(1.8)
    assert not parse_unit("mg/m2").per_day


@pytest.mark.parametrize("unit", ["µg/kg", "μg/kg", "mcg/kg", "UG/KG", "ug/kg IBW"])
def test_a_microgram_has_many_spellings(unit):
    assert parse_unit(unit).factor == pytest.approx(0.07)


def test_every_unit_that_is_named_to_a_user_can_be_read():
    assert all(parse_unit(u).factor > 0 for u in KNOWN_UNITS)


@pytest.mark.parametrize(
    ("value", "unit", "message"),
    [
        (1, "", "row 3 has a dose without a unit; give one, such as mg"),
        (1, "  ", "without a unit"),
        (1, "mg/m3", "row 3 has the unknown dose unit 'mg/m3'; nearest known: .*mg/m2"),
        (1, "mg/m2/m2", "unknown dose unit"),
        (1, "mg,  mg/m2", "unknown dose unit"),
        (1, "10^6 mg", "unknown dose unit"),
        (1, "mg/h", "'mg/h', a rate; expected the amount of an administration or of a day"),
        (1, "ug/kg/min", "a rate"),
        (1, "mg/m2/wk", "a rate"),
        (1, "mg/m2/3 weeks", "a rate"),
        (1, "mg/m2/96 hrs", "a rate"),
        (1, "ug/kg/per 12h", "a rate"),
        (1, "mg/L", "'mg/L', an amount in a volume; expected the amount that is given"),
        (-1, "mg", "row 3 has the dose -1 mg; expected a number of 0 or more"),
        (math.nan, "mg", "the dose nan mg"),
        (math.inf, "mg", "the dose inf mg"),
        (5, "AUC", "a dose of 'cisplatin' as AUC; only that of carboplatin"),
        (5, "AUC/m2", "unknown dose unit"),
    ],
)
def test_what_is_no_dose_is_refused(value, unit, message):
    with pytest.raises(InputError, match=message):
        dose(value, unit)


def test_a_million_is_not_taken_for_a_thousandth():
    with pytest.raises(InputError, match="unknown dose unit 'mIU'; nearest known: MIU"):
        dose(1, "mIU")


def test_an_auc_beyond_any_is_a_dose_in_another_unit():
    with pytest.raises(InputError, match="the dose AUC 450; expected at most 30"):
        dose(450, "AUC", "carboplatin")
