"""Attributions: they add up, they are of what the networks use, and sanity checks of Adebayo et al.
(NeurIPS 2018) hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from combo_dl.core.errors import ConfigError
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.explain import explain
from combo_dl.infer.explain_parts import ATOM, CURVE, FIELD, GENE, TOKEN
from combo_dl.infer.explain_path import day_weights, path_nodes

ROWS = pd.DataFrame(
    {
        "drugs": ["olaparib + cisplatin", "Keytruda + lenvatinib + erlotinib", "sorafenib + taxol"],
        "profile": ["LINE000", "LINE001", "LINE002"],
    }
)
EVERY = {"most_fields": None, "nodes": 256}
FROZEN = Path(__file__).parents[2] / "regression" / "bundle_format1"


def told(bundle, rows=ROWS, **more):
    return explain(bundle, rows, column="synergy_loewe", **EVERY | more)


@pytest.fixture(scope="module")
def found():
    return told(load_bundle(FROZEN))


def test_attributions_add_up_to_the_way_from_nothing_known(found):
    size = found.attributions.groupby("row")["attribution"].apply(lambda a: a.abs().sum())
    assert (found.rows["gap"].abs() / size.to_numpy()).max() < 0.01
    assert (found.rows["networks"] - found.rows["start"]).abs().min() > 0.1


def test_the_networks_are_those_of_predict(bundle, found):
    predicted = bundle.predict(ROWS)
    mean = predicted[predicted.endpoint == "synergy_loewe"]["mean"]
    assert found.rows["prediction"].to_numpy() == pytest.approx(mean.to_numpy())
    assert found.rows["networks"].to_numpy() == pytest.approx(mean.to_numpy(), rel=1e-4)


def test_more_points_of_the_path_leave_less_of_a_gap(bundle, found):
    few = told(bundle, nodes=4).rows["gap"].abs().max()
    assert found.rows["gap"].abs().max() < few / 4


def test_order_of_drugs_changes_nothing(bundle, found):
    turned = ROWS.assign(drugs=[" + ".join(reversed(d.split(" + "))) for d in ROWS.drugs])
    other = told(bundle, turned)
    key = ["row", "kind", "of", "name"]
    left, right = (
        t.attributions.set_index(key)["attribution"].sort_index() for t in (found, other)
    )
    assert left.index.equals(right.index)
    assert right.to_numpy() == pytest.approx(left.to_numpy(), abs=2e-3)


def test_padding_gets_nothing(bundle, found):
    """A row alone, without the place that a larger set beside it needs, is explained alike."""
    own = found.attributions
    assert set(own[own.row == 0]["of"]) == {"olaparib", "cisplatin", "LINE000"}
    alone = told(bundle, ROWS.head(1)).attributions["attribution"].to_numpy()
    assert alone == pytest.approx(own[own.row == 0]["attribution"].to_numpy(), abs=1e-4)


def profiles(bundle) -> pd.DataFrame:
    """The bundle's lines as a user's own table."""
    table = bundle.profiles()
    columns = {f.name: table.number[:, i] for i, f in enumerate(table.number_fields)}
    for i, field in enumerate(table.category_fields):
        columns[field.name] = [field.levels[c] if c >= 0 else None for c in table.category[:, i]]
    return pd.DataFrame({"profile": list(table.ids.names)} | columns)


def test_a_missing_field_gets_exactly_nothing(bundle):
    people = profiles(bundle)
    field = bundle.profiles().number_fields[1].name
    people.loc[0, field] = np.nan
    own = told(bundle, profiles=people, nodes=32).attributions
    at = own[(own.name == field) & (own.kind == FIELD)].set_index("row")["attribution"]
    assert at[0] == 0.0 and (at[1:] != 0.0).all()


def test_removing_the_top_field_changes_more_than_removing_another(bundle):
    people = profiles(bundle)
    rows = pd.DataFrame(
        [(d, p) for d in ROWS.drugs for p in people["profile"]], columns=["drugs", "profile"]
    )
    own = told(bundle, rows, profiles=people, nodes=64).attributions
    names = [f.name for f in bundle.profiles().number_fields]
    own = own[(own.kind == FIELD) & own.name.isin(names)]

    def changed(row, field):
        fewer = people.copy()
        fewer.loc[fewer.profile == rows.profile[row], field] = np.nan
        means = [
            bundle.predict(rows.iloc[[row]], profiles=p).set_index("endpoint")["mean"]
            for p in (people, fewer)
        ]
        return abs(means[0]["synergy_loewe"] - means[1]["synergy_loewe"])

    top, other = [], []
    for row in range(len(rows)):
        ranked = own[own.row == row].sort_values("attribution", key=abs, ascending=False)["name"]
        changes = [changed(row, field) for field in ranked]
        top.append(changes[0])
        other.append(np.mean(changes))
    assert np.mean(top) > 1.3 * np.mean(other)


def test_random_weights_change_attributions(bundle, found):
    generator = torch.Generator().manual_seed(0)
    for net in bundle.parts.members:
        for weight in net.parameters():
            weight.data = weight.std(correction=0) * torch.randn(weight.shape, generator=generator)
    other = told(bundle, nodes=64).attributions["attribution"]
    rank = found.attributions["attribution"].corr(other, method="spearman")
    assert abs(rank) < 0.4 and not np.allclose(found.attributions["attribution"], other)


def test_parts_have_the_names_of_what_they_are(found):
    own = found.attributions
    assert set(own["kind"]) == {ATOM, GENE, TOKEN, FIELD}
    atoms = own[(own.of == "cisplatin") & (own.kind == ATOM)]["name"]
    assert sorted(a.rstrip("0123456789") for a in atoms) == ["Cl", "Cl", "N", "N", "Pt"]
    assert {"PARP1", "PARP2"} <= set(own[(own.of == "olaparib") & (own.kind == GENE)]["name"])
    assert not len(own[(own.of == "pembrolizumab") & (own.kind == ATOM)])
    assert CURVE not in set(own["kind"]) and "cisplatin" in found.smiles


def test_a_few_fields_and_the_sum_of_the_others(bundle, found):
    few = told(bundle, most_fields=2).attributions
    fields = few[(few.kind == FIELD) & (few.row == 0)]
    others = fields[fields["name"].str.contains("other field")]["name"].tolist()
    assert others == ["5 other fields of expr", "1 other field"]
    whole = found.attributions.groupby("row")["attribution"].sum()
    assert few.groupby("row")["attribution"].sum().to_numpy() == pytest.approx(whole.to_numpy())


def test_evidence_of_a_measured_pair_is_that_pair(bundle):
    fitted = next(iter(bundle.parts.fitted.studies.values()))
    names = bundle.parts.fitted.catalog.drugs.names
    a, b, line = fitted.triples[0]
    rows = pd.DataFrame({"drug_a": [names[a]], "drug_b": [names[b]], "profile": fitted.known[line]})
    first = told(bundle, rows).evidence.iloc[0]
    assert set(first["measured"].split(" + ")) == {names[a], names[b]}
    assert first["likeness"] == pytest.approx(1.0) and first["in_this_profile"]
    seen = (fitted.triples[:, :2] == [a, b]).all(axis=1).sum()
    assert first["profiles"] == seen


def test_a_set_of_three_has_evidence_of_each_pair(found):
    own = found.evidence[found.evidence.row == 1]
    assert own["asked"].nunique() == 3 and len(own) == 15
    assert own["likeness"].between(-1, 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"nodes": 0}, "nodes is 0; expected a whole number from 1"),
        ({"nearest": 0}, "nearest is 0"),
    ],
)
def test_settings_are_checked(bundle, more, said):
    with pytest.raises(ConfigError, match=said):
        told(bundle, **more)


def test_an_unknown_endpoint_is_refused(bundle):
    with pytest.raises(ConfigError, match="nearest known: synergy_loewe"):
        explain(bundle, ROWS, column="synergy_lowe")


def test_points_of_a_path_integrate_a_cube_exactly():
    places, shares = path_nodes(8)
    assert shares.sum() == pytest.approx(1) and (shares * places**3).sum() == pytest.approx(0.25)


def test_mean_days_are_a_sum_of_a_curve():
    days, curve = np.array([0.0, 100.0, 300.0, 400.0]), np.array([1.0, 0.8, 0.4, 0.2])
    # Trapezia by hand: 90 + 120 + (0.4 + 0.3) / 2 x 50.
    assert day_weights(days, 350.0) @ curve == pytest.approx(90 + 120 + 17.5)
