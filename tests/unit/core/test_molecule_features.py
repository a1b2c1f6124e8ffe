from combo_dl.core import molecule_features as features


def test_each_feature_fits_a_byte_and_has_a_place_for_other():
    sizes = [*features.ATOM_FEATURES.values(), *features.BOND_FEATURES.values()]
    assert all(2 <= size <= 255 for size in sizes)
    assert features.ATOM_FEATURES["element"] == len(set(features.ELEMENTS)) + 1
    assert features.BOND_FEATURES["type"] == len(features.BOND_TYPES) + 1
