from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from combo_dl.cli.compose import composed
from combo_dl.core.errors import ConfigError, InputError, SourceError, UnknownNameError
from combo_dl.core.monotherapy import curves_of
from combo_dl.datasets.plates import load

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "own_plates.csv"
KNOBS = {
    "conc_unit": None,
    "response": None,
    "loewe": "mean",
    "profiles": None,
    "drugs": None,
}
DOSES = (0.0, 0.1, 1.0, 10.0)


def survival(dose, ec50):
    return 1 / (1 + dose / ec50)


def wells(pairs=(("olaparib", "temozolomide"),), profiles=("A375",), less=0.1):
    """Margins and combinations of slope 1, whose combined wells have ``less`` than independence."""
    ec50 = {"olaparib": 1.0, "temozolomide": 3.0, "erlotinib": 0.5}
    rows = [
        (a, b, x, y, "uM", survival(x, ec50[a]) * survival(y, ec50[b]) - less * (x * y > 0), p)
        for p in profiles
        for a, b in pairs
        for x in DOSES
        for y in DOSES
    ]
    return pd.DataFrame(
        rows, columns=["drug_a", "drug_b", "conc_a", "conc_b", "conc_unit", "viability", "profile"]
    )


@pytest.fixture
def study(tmp_path):
    """A table of wells as a study."""

    def make(frame, **knobs):
        frame.to_csv(tmp_path / "plates.csv", index=False)
        return load(file=str(tmp_path / "plates.csv"), **(KNOBS | knobs))

    return make


def label(study, name):
    return study.combos.labels[name][:, 0]


def test_the_example_of_the_document_has_the_scores_that_it_says():
    study = load(file=str(EXAMPLE), **KNOBS)
    assert label(study, "synergy_bliss").tolist() == pytest.approx([10])
    assert label(study, "synergy_hsa").tolist() == pytest.approx([20])
    assert np.isnan(label(study, "synergy_loewe")).all()


def test_a_row_is_a_pair_in_a_profile(study):
    pairs = [("olaparib", "temozolomide"), ("erlotinib", "olaparib")]
    found = study(wells(pairs, ["HT29", "A375"]))
    assert (len(found), found.drugs.names) == (4, ("erlotinib", "olaparib", "temozolomide"))
    assert (found.profiles.ids.names, found.profiles.fields) == (("A375", "HT29"), ())
    assert label(found, "synergy_bliss") == pytest.approx(10)
    assert all(np.isfinite(v).all() for v in found.combos.labels.values())
    assert found.provenance.flow[1:3] == (("wells of one drug", 24), ("wells of two drugs", 36))


def test_the_other_order_and_another_spelling_are_the_same_pair(study):
    frame = wells()
    back = {"drug_a": "drug_b", "drug_b": "drug_a", "conc_a": "conc_b", "conc_b": "conc_a"}
    turned = frame.rename(columns=back).replace("olaparib", "OLAPARIB ")
    found = study(pd.concat([frame, turned]))
    assert len(found) == 1 and found.combos.weight.tolist() == [1]
    assert label(found, "synergy_zip") == pytest.approx(label(study(frame), "synergy_zip"))


def test_replicates_are_rows_of_one_group_weighted_by_their_wells(study):
    one, two = wells().assign(replicate=1), wells(less=0.2).assign(replicate=2)
    found = study(pd.concat([one, two[two["conc_a"] < 10]]))
    assert found.combos.group.tolist() == [0, 0]
    assert found.combos.weight.tolist() == pytest.approx([0.6, 0.4])
    assert label(found, "synergy_bliss").tolist() == pytest.approx([10, 20])


def test_repeated_wells_of_a_matrix_are_averaged(study):
    again = wells(less=0.3)
    again = again[(again["conc_a"] == 10) & (again["conc_b"] > 0)]
    found = study(pd.concat([wells(), again]))
    assert label(found, "synergy_bliss") == pytest.approx((6 * 10 + 3 * 20) / 9)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("inhibition", lambda v: 1 - v),
        ("viability_percent", lambda v: 100 * v),
        ("inhibition_percent", lambda v: 100 - 100 * v),
    ],
)
def test_every_way_to_say_a_response_is_the_same(study, name, change):
    frame = wells()
    said = frame.assign(**{name: change(frame["viability"])}).drop(columns="viability")
    expected = label(study(frame), "synergy_loewe")
    assert label(study(said), "synergy_loewe") == pytest.approx(expected)
    anonymous = study(said.rename(columns={name: "response"}), response=name)
    assert label(anonymous, "synergy_loewe") == pytest.approx(expected)


@pytest.mark.parametrize(("unit", "per_um"), [("nM", 1e3), ("µM", 1.0), ("mm", 1e-3)])
def test_units_are_converted(study, unit, per_um):
    frame = wells()
    frame[["conc_a", "conc_b"]] *= per_um
    found = study(frame.drop(columns="conc_unit"), conc_unit=unit)
    alone = found.tables["monotherapy"].to_pandas()
    assert sorted(alone["dose_um"].unique()) == pytest.approx(DOSES[1:])


def test_single_drugs_are_kept_as_curves(study):
    found = study(wells(profiles=["A375", "HT29"]))
    curves = curves_of(found.tables["monotherapy"].to_pandas())
    top = curves.at(["olaparib"], ["HT29"])[0, 0, 0]
    assert top == pytest.approx(survival(10, 1.0))


def test_the_volume_has_the_area_of_the_matrix(study):
    volume, mean = (label(study(wells(), loewe=k), "synergy_loewe") for k in ("volume", "mean"))
    # Four square decades; the trapezoid rule counts the middle of the matrix more than its edge.
    assert 2 < volume / mean < 6


def test_profiles_may_have_fields(study, tmp_path):
    lines = tmp_path / "lines.csv"
    lines.write_text("cell_line,expr:MYC,tissue\nA375,1.5,skin\nHT29,,colon\n")
    found = study(wells(), profiles=str(lines)).profiles
    assert [f.name for f in found.fields] == ["expr:MYC", "tissue"]
    assert found.number[:, 0].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)


def test_a_drug_of_ones_own_is_described_in_a_table(study, tmp_path):
    frame = wells().replace("olaparib", "cmpd-17")
    with pytest.raises(UnknownNameError, match="cmpd-17"):
        study(frame)
    (tmp_path / "drugs.csv").write_text("name,smiles\ncmpd-17,CCO\n")
    assert study(frame, drugs=str(tmp_path / "drugs.csv")).smiles[0] == "CCO"


def test_the_drugs_of_a_training_are_those_of_its_plates():
    cfg = composed("train", ["data=[plates]", "drugs=mine.csv"])
    assert cfg.data.plates.drugs == "mine.csv"
    assert composed("inspect", ["data=[plates]"]).data.plates.drugs is None


def with_cell(column, row, value):
    def change(frame):
        frame = frame.astype({column: object})
        frame.loc[row, column] = value
        return frame

    return change


MISTAKES = {
    "viability and inhibition look swapped: name the column inhibition": lambda f: f.assign(
        viability=1 - f["viability"]
    ),
    "viability rises with the dose": lambda f: f.assign(viability=1 - f["viability"])[
        f["conc_a"] + f["conc_b"] > 0
    ],
    "percentages are named viability_percent": lambda f: f.assign(viability=100 * f["viability"]),
    "fractions are named viability": lambda f: f.rename(columns={"viability": "viability_percent"}),
    "wells without drug in A375 have viability 0.50": with_cell("viability", 0, 0.5),
    "line 3 means a viability of 7": with_cell("viability", 1, 7.0),
    "line 6 .*the unit is M; was uM meant": lambda f: f.assign(
        conc_unit="M", conc_a=f["conc_a"], conc_b=f["conc_a"].where(f["conc_b"] > 0, 0)
    ),
    "has '' as viability; expected a number": with_cell("viability", 4, ""),
    "line 6 has '-1' as conc_a; a concentration is 0 or more": with_cell("conc_a", 4, -1),
    "line 6 has 'olaparib' as drug_a and no conc_a": with_cell("conc_a", 4, ""),
    "line 7 has '0.1' as conc_b but no drug_b": with_cell("drug_b", 5, ""),
    "line 7 has 'olaparib' as both drugs": with_cell("drug_b", 5, "olaparib"),
    "line 2 has 'furlong' as conc_unit": with_cell("conc_unit", 0, "furlong"),
    "line 2 has '' as profile": with_cell("profile", 0, ""),
    "does not say the unit": lambda f: f.drop(columns="conc_unit"),
    "no column 'drug_b'": lambda f: f.drop(columns="drug_b"),
    "has none of them": lambda f: f.rename(columns={"viability": "signal"}),
    "has viability and inhibition": lambda f: f.assign(inhibition=0.5),
    "drug_c": lambda f: f.assign(drug_c="erlotinib"),
    "temozolomide is combined at 10 uM in A375 and measured alone nowhere": lambda f: f[
        (f["conc_a"] > 0) | (f["conc_b"] == 0)
    ],
    "olaparib is combined at 10 uM in A375 and measured alone only up to 1 uM": lambda f: f[
        (f["conc_a"] < 10) | (f["conc_b"] > 0)
    ],
    "no well of two drugs": lambda f: f[f["conc_a"] * f["conc_b"] == 0],
    "has no rows": lambda f: f[:0],
}


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_is_one_line_that_says_it(study, said):
    with pytest.raises(InputError, match=said) as caught:
        study(MISTAKES[said](wells()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "knobs",
    [{"conc_unit": "grams"}, {"conc_unit": 3}, {"response": "growth"}, {"loewe": "sum"}],
    ids=str,
)
def test_a_setting_that_is_none_is_named(study, knobs):
    name = next(iter(knobs))
    with pytest.raises(ConfigError, match=rf"data\.plates\.{name}"):
        study(wells(), **knobs)


def test_a_missing_file_names_the_setting(tmp_path, study):
    with pytest.raises(SourceError, match=r"nope\.csv.*data\.plates\.file"):
        load(file=str(tmp_path / "nope.csv"), **KNOBS)
    with pytest.raises(SourceError, match=r"data\.plates\.profiles"):
        study(wells(), profiles=str(tmp_path / "nope.csv"))
