import numpy as np
import pytest

from combo_dl.core.errors import FormatError
from combo_dl.data.drug_scale import DrugScaler, fingerprint_values, fit_drug_scaler


def test_only_what_varies_among_training_drugs_is_kept(tiny_world):
    catalog, graph, _ = tiny_world
    drugs = np.array([1, 2, 5, 9, 9, -1])
    scaler = fit_drug_scaler(catalog, graph, drugs)
    bits = fingerprint_values(catalog)[np.unique(drugs[drugs >= 0])]
    assert np.array_equal(scaler.fingerprint.kept, np.flatnonzero(bits.min(0) != bits.max(0)))
    assert scaler.classes == tuple(sorted({catalog.drug_class[d] for d in (1, 2, 5, 9)} - {""}))


def test_kept_bits_have_unit_size_and_absent_drugs_are_zero(tiny_world):
    catalog, graph, ids = tiny_world
    scaler = fit_drug_scaler(catalog, graph, ids)
    values = scaler.fingerprint.transform(fingerprint_values(catalog), catalog.has_structure)
    there = values[catalog.has_structure]
    assert np.isclose((there**2).mean(), 1, rtol=1e-4) and np.allclose(there.mean(0), 0, atol=1e-5)
    assert not values[~catalog.has_structure].any() and (~catalog.has_structure).any()


def test_no_structured_drug_teaches_no_bit(tiny_world):
    catalog, graph, _ = tiny_world
    scaler = fit_drug_scaler(catalog, graph, np.flatnonzero(~catalog.has_structure)[:1])
    raw = fingerprint_values(catalog)
    assert scaler.fingerprint.transform(raw, catalog.has_structure).shape == (len(catalog), 0)


def test_arrays_and_back(tiny_world):
    catalog, graph, ids = tiny_world
    scaler = fit_drug_scaler(catalog, graph, ids)
    back = DrugScaler.from_arrays(scaler.to_arrays())
    assert back.classes == scaler.classes and back.target.size == scaler.target.size
    assert np.array_equal(back.fingerprint.mean, scaler.fingerprint.mean)
    for broken in (np.zeros(1), np.zeros(2)):
        with pytest.raises(FormatError, match="broken target scaler"):
            DrugScaler.from_arrays(scaler.to_arrays() | {"target_size": broken})
