"""Doses of a request, in the unit of a study."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import InputError
from combo_dl.data.dose_scale import DoseScale
from combo_dl.infer.request_doses import asked_doses
from combo_dl.infer.request_table import read_request

SCALE = DoseScale(
    drugs=("cisplatin", "olaparib", "radiotherapy"),
    units=("mg", "mg", "Gy"),
    log10_typical=np.array([2.0, 2.6, 0.3]),
    seen=np.array([True, True, True]),
)


def asked(scale=None, unit="um", **columns):
    request = read_request(pd.DataFrame(columns), oncology_drugs())
    known = [d.name if d.name in SCALE.drugs else "" for d in request.drugs]
    return asked_doses(request, scale, dose_unit=unit, known=known)


def one(dose, unit, drug="cisplatin"):
    return {"drug_a": [drug], "dose_a": [dose], "dose_unit_a": [unit]}


@pytest.mark.parametrize(("dose", "unit"), [(5.0, "um"), (5.0, "uM"), (5000.0, "nM")])
def test_a_concentration_is_converted_to_the_unit_of_the_study(dose, unit):
    found = asked(**one(dose, unit))
    assert found.scale is None and found.dose[0, 0] == pytest.approx(5.0)


def test_numbers_without_units_are_in_the_unit_of_the_study():
    assert asked(drug_a=["cisplatin"], dose_a=[5.0]).dose.tolist() == [[5.0]]


@pytest.mark.parametrize(
    ("columns", "unit", "message"),
    [
        (one(5.0, "mg"), "um", "row 0 (cisplatin) has the dose 5 mg; its doses are known in um"),
        (one(5.0, "um"), "", "in no unit that is known; leave the units out"),
        (one(5.0, "nm"), "um", "unknown dose unit 'nm'"),
        (
            {"drug_a": ["cisplatin"] * 2, "dose_a": [5.0, 5.0], "dose_unit_a": ["nM", ""]},
            "um",
            "row 1 (cisplatin) has a dose without a unit",
        ),
    ],
)
def test_what_is_refused_in_one_unit(columns, unit, message):
    with pytest.raises(InputError) as caught:
        asked(unit=unit, **columns)
    assert message in str(caught.value)


def test_standard_doses_and_typical_ones_of_the_drugs_asked():
    found = asked(
        SCALE,
        "standard",
        drug_a=["cisplatin", "radiotherapy"],
        drug_b=["OCCN1CCOCC1", ""],
        dose_a=[75.0, 200.0],
        dose_b=[10.0, None],
        dose_unit_a=["mg/m2", "cGy"],
        dose_unit_b=["mg", ""],
    )
    np.testing.assert_allclose(found.dose, [[135.0, 10.0], [2.0, np.nan]], rtol=1e-6)
    scale = dict(zip(found.scale.drugs, found.scale.log10_typical, strict=True))
    # A new drug is compared with the typical dose of its unit.
    assert scale == pytest.approx({"cisplatin": 2.0, "radiotherapy": 0.3, "OCCN1CCOCC1": 2.3})
    assert found.scale.seen.tolist() == [True, False, True]


def test_a_synonym_has_the_doses_of_its_drug():
    found = asked(SCALE, "standard", **one(2.0, "mg/kg", "CDDP"))
    assert found.scale.drugs == ("cisplatin",) and found.dose[0, 0] == pytest.approx(140.0)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (one(5.0, "Gy"), "row 0 (cisplatin) has the dose 5 Gy; its doses are known in mg"),
        (one(5.0, ""), "has a dose without a unit"),
        (one(5.0, "mg/h"), "a rate"),
        (one(5.0, "IU", "OCCN1CCOCC1"), "a dose in IU; this bundle knows doses in Gy, mg alone"),
    ],
)
def test_what_is_refused_in_standard_units(columns, message):
    with pytest.raises(InputError) as caught:
        asked(SCALE, "standard", **columns)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_unit_needs_a_dose_in_every_form():
    for columns in (
        {"drug_a": ["cisplatin"], "dose_unit_a": ["mg"]},
        {"drug_a": ["cisplatin"], "dose_a": [None], "dose_unit_a": ["mg"]},
        {"combination": ["x"], "drug": ["cisplatin"], "dose_unit": ["mg"]},
    ):
        with pytest.raises(InputError, match=r"the dose unit 'mg' of 'cisplatin' without a dose"):
            asked(SCALE, "standard", **columns)


def test_units_follow_their_drugs():
    found = asked(
        SCALE,
        "standard",
        drug_a=["cisplatin", "radiotherapy"],
        drug_b=["radiotherapy", "cisplatin"],
        dose_a=[1.0, 2.0],
        dose_b=[2.0, 1.0],
        dose_unit_a=["g", "Gy"],
        dose_unit_b=["Gy", "g"],
    )
    assert found.dose.tolist() == [[1000.0, 2.0]] * 2
