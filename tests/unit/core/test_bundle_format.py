from combo_dl.core import bundle_format


def test_four_files_and_a_plain_statement_of_use():
    names = {bundle_format.CARD, bundle_format.WEIGHTS, bundle_format.WORLD, bundle_format.README}
    assert len(names) == 4 and bundle_format.FORMAT == 2 == max(bundle_format.READ)
    assert "never treatment advice" in bundle_format.INTENDED_USE
