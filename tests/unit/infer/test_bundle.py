"""Bundle.predict: tidy columns, sets, levels, and drugs of one's own."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.infer.summary import describe_bundle

COLUMNS = (
    "row drug_a drug_b drug_c profile endpoint unit mean low high level support profile_seen "
    "abstain"
)
ROWS = pd.DataFrame(
    {
        "drugs": ["olaparib + cisplatin", "Keytruda + lenvatinib + erlotinib", "sorafenib"],
        "profile": ["LINE000", "LINE001", "LINE002"],
    }
)


def test_the_table_is_tidy(bundle):
    found = bundle.predict(ROWS)
    assert found.columns.tolist() == COLUMNS.split()
    assert found.row.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.endpoint.tolist() == ["synergy_bliss", "synergy_loewe"] * 3
    assert found.drug_a.tolist()[::2] == ["olaparib", "pembrolizumab", "sorafenib"]
    assert found.drug_c.tolist()[::2] == ["", "erlotinib", ""]
    assert not found.isna().any().any() and set(found.level) == {0.8}
    # A bundle of the first format never learned when to abstain.
    assert not found.abstain.any()


def test_order_of_rows_and_of_drugs_changes_no_number(bundle):
    numbers = ["mean", "low", "high"]
    turned = ROWS.assign(drugs=[" + ".join(reversed(d.split(" + "))) for d in ROWS.drugs])
    straight = bundle.predict(ROWS)[numbers].to_numpy().reshape(3, 2, 3)
    found = bundle.predict(turned.iloc[::-1])[numbers].to_numpy().reshape(3, 2, 3)[::-1]
    assert found == pytest.approx(straight, abs=1e-4)


def test_the_interval_widens_with_the_level(bundle):
    wide, narrow = (bundle.predict(ROWS.head(2), level=level) for level in (0.95, 0.5))
    assert (wide.high - wide.low > narrow.high - narrow.low).all()
    assert wide["mean"].equals(narrow["mean"])


@pytest.mark.parametrize("level", [0.0, 1.0, 80.0, -0.5])
def test_a_level_that_is_no_share_is_refused(bundle, level):
    with pytest.raises(ConfigError, match="expected a share between 0 and 1"):
        bundle.predict(ROWS, level=level)


def test_bounds_of_an_endpoint_hold(bundle):
    found = bundle.predict(ROWS, level=0.999999)
    bliss = found[found.endpoint == "synergy_bliss"]
    assert bliss.low.min() >= -60 and bliss.high.max() <= 60
    assert found[found.endpoint == "synergy_loewe"].high.max() > 60


def own_drug(target: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"name": ["own-7"], "smiles": ["CC(=O)Oc1ccccc1C(=O)O"], "targets": [target]}
    )


OWN_ROWS = pd.DataFrame({"drugs": ["own-7 + olaparib"], "profile": ["LINE000"]})


def test_a_drug_of_ones_own_is_known_by_its_name(bundle):
    found = bundle.predict(OWN_ROWS, drugs=own_drug("PARP1"))
    assert found.drug_a[0] == "own-7" and found.support[0] == "one drug unseen"
    assert np.isfinite(found["mean"]).all()


def test_a_target_that_the_bundle_does_not_know_is_refused(bundle):
    with pytest.raises(InputError, match=r"'PARP99', which this bundle does not know.*PARP1"):
        bundle.predict(OWN_ROWS, drugs=own_drug("PARP99"))


def test_a_table_of_drugs_without_names_is_refused(bundle):
    with pytest.raises(InputError, match="needs the column 'name'"):
        bundle.predict(ROWS, drugs=pd.DataFrame({"smiles": ["CCO"]}))


def test_an_unknown_study_is_refused(bundle):
    with pytest.raises(ConfigError, match="no study 'oneil'"):
        bundle.predict(ROWS, study="oneil")


def test_one_drug_alone_has_synergy_exactly_zero(bundle):
    found = bundle.predict(ROWS.tail(1))[["mean", "low", "high"]].to_numpy()
    assert (found == 0).all()


def test_a_bundle_describes_itself_in_short_lines(frozen, bundle):
    found = dict(describe_bundle(frozen))
    assert found["networks"].startswith("2 of ") and found["digest"] == bundle.card["digest"]
    assert found["profiles of synthetic"] == "4 named, 7 fields"
    assert "never treatment advice" in found["use"]
    assert all("\n" not in f"{key}{value}" for key, value in found.items())


def test_what_was_never_seen_is_at_least_as_wide_as_all_labels(bundle):
    rows = pd.DataFrame(
        {"drug_a": ["OCCN1CCOCC1"], "drug_b": ["cisplatin"], "profile": ["LINE000"]}
    )
    found = bundle.predict(rows).set_index("endpoint")
    for name in found.index:
        size = max(float(net.heads[name].size.min()) for net in bundle.parts.members)
        head = bundle.parts.members[0].heads[name]
        assert found.high[name] - found["mean"][name] >= size * head.quantile(0.9) * 0.999
