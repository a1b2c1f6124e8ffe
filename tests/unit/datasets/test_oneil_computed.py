"""O'Neil from its wells: known scores, profiles by DepMap's own ids, and only licensed files."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.study_files import read_study, write_study
from combo_dl.datasets import oneil_computed

DOSES = [1.0, 2.0, 4.0]
# What is left alive by each dose of a drug alone; 0.5 of both at any dose would be 0.25 by Bliss.
ALONE = {"ZOLINZA": 0.5, "5-FU": 0.8}


def wells(line, viability):
    rows = [("ZOLINZA", "5-FU", line, a, b, *[viability] * 4) for a in DOSES for b in DOSES]
    columns = ["drug_a", "drug_b", "cell_line", "conc_a_um", "conc_b_um"]
    return pd.DataFrame(rows, columns=[*columns, *(f"viability_{i}" for i in range(1, 5))])


@pytest.fixture
def folder(tmp_path):
    """Two lines, one of which DepMap lacks; in HT29 the drugs act as Bliss says, in A375 more."""
    root = tmp_path / "data"
    (root / "oneil").mkdir(parents=True)
    (root / "cell_lines").mkdir()
    pd.concat([wells("HT29", 0.4), wells("A375", 0.1)]).to_parquet(
        root / "oneil" / "dose_response_combination.parquet"
    )
    single = [(d, line, x, v) for d, v in ALONE.items() for line in ("HT29", "A375") for x in DOSES]
    pd.DataFrame(single, columns=["drug", "cell_line", "conc_um", "viability"]).to_parquet(
        root / "oneil" / "dose_response_single.parquet"
    )
    (root / "oneil" / "cell_lines.csv").write_text(
        "cell_line,tissue,depmap_id,in_depmap_census\nHT29,colon,ACH-1,True\nA375,skin,,False\n"
    )
    genes = pd.DataFrame({"gene_symbol": ["TP53", "KRAS"], "ACH-1": [1.5, 0.0], "ACH-2": [9.0] * 2})
    for kind in ("expression", "copy_number", "mutation"):
        genes.to_parquet(root / "cell_lines" / f"depmap_census706_{kind}.parquet")
    return root


def load(folder, **knobs):
    settings = {"mutation_min_lines": 1, "monotherapy": False, "check_digests": False}
    return oneil_computed.load(folder=str(folder), **(settings | knobs))


def test_scores_are_those_of_the_wells(folder):
    study = load(folder)
    assert study.drugs.names == ("fluorouracil", "vorinostat") and all(study.smiles)
    lines = [study.profiles.ids.names[p] for p in study.combos.profile]
    found = {n: dict(zip(lines, v[:, 0], strict=True)) for n, v in study.combos.labels.items()}
    # Bliss expects 0.5 + 0.2 - 0.1 = 0.6 inhibition, the best single drug 0.5.
    assert found["synergy_bliss"] == pytest.approx({"HT29": 0.0, "A375": 30.0}, abs=1e-4)
    assert found["synergy_hsa"] == pytest.approx({"HT29": 10.0, "A375": 40.0}, abs=1e-4)
    assert list(study.combos.labels) == sorted(study.combos.labels)


def test_profiles_are_depmap_s_and_missing_where_it_lacks_a_line(folder):
    people = load(folder).profiles
    assert [f.name for f in people.fields] == [
        *("expr:TP53", "expr:KRAS", "cn:TP53", "cn:KRAS"),
        "mut:TP53",
    ]
    number = dict(zip(people.ids.names, people.number.tolist(), strict=True))
    assert number["HT29"] == [1.5, 0.0, 1.5, 0.0, 1.5] and np.isnan(number["A375"]).all()
    without = load(folder, mutation_min_lines=0).profiles
    assert not any(f.name.startswith("mut:") for f in without.fields)


def test_every_file_states_a_licence_and_none_has_published_scores(folder):
    sources = load(folder).provenance.sources
    # Of the table of cell lines the names and the identifiers are read, which are MIT.
    assert all("Artistic" in s.licence or "MIT" in s.licence for s in sources)
    assert not any("measurements" in s.file or "drugs.csv" in s.file for s in sources)


def test_it_keeps_single_drug_curves_and_makes_the_round_trip(folder, tmp_path):
    study = load(folder, monotherapy=True)
    assert len(study.tables["monotherapy"]) == 2 * 2 * 3
    write_study(study, tmp_path / "kept")
    again = read_study(tmp_path / "kept")
    for name, label in study.combos.labels.items():
        assert np.array_equal(again.combos.labels[name], label, equal_nan=True)


def test_bad_settings_and_tables_are_refused_in_one_line(folder):
    with pytest.raises(ConfigError, match=r"oneil_computed\.mutation_min_lines is -1"):
        load(folder, mutation_min_lines=-1)
    path = folder / "oneil" / "cell_lines.csv"
    path.write_text(path.read_text().replace("ACH-1", "ACH-77"))
    with pytest.raises(InputError, match="ACH-77"):
        load(folder)
    path.unlink()
    with pytest.raises(SourceError, match=r"cell_lines\.csv"):
        load(folder)
