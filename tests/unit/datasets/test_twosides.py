"""TWOSIDES: rows written by hand in the true format, and the published counts (real)."""

import os
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.label_names import label_codes, label_names
from combo_dl.datasets import twosides

DRUGS = ["pubchem_cid,drug,canonical_smiles,inchikey14,smiles_source"]
DRUGS += [f"{i},drug{i:02},{'C' * i},STRUCTURE{i:05},PubChem" for i in range(1, 25)]
# 25 has the structure of 1 (and of none other), 26 has no name, 27 is structured by DrugBank.
DRUGS += ["25,salt01,C.O,STRUCTURE00001,PubChem", "26,,CN,STRUCTURE00026,PubChem"]
DRUGS += ["27,cisplatina,CP,STRUCTURE00027,DrugBank structure links by CID"]
EFFECTS = "side_effect_idx,umls_cui,name\n0,C10,rash\n1,C11,nausea\n2,C12,uveitis\n"
KNOBS = {
    "min_pairs": 20,
    "protocol": "pairs",
    "empty_pairs": 0,
    "share": 0.1,
    "least_entries": 3,
    "seed": 0,
    "check_digests": False,
}


def reports():
    """(cid_a, cid_b, effect): pairs of an even sum have a rash, of a sum by 3 nausea, one uveitis;
    pairs of 1 and its salt 25 with others have a rash under one name alone."""
    rows = []
    for a, b in combinations(range(2, 28), 2):
        if 25 not in (a, b):
            rows += [(a, b, 0)] * ((a + b) % 2 == 0) + [(a, b, 1)] * ((a + b) % 3 == 0)
    rows += [(1, b, 0) for b in range(2, 12)] + [(b, 25, 0) for b in range(12, 24)]
    rows += [(1, 2, 1), (2, 25, 1), (3, 4, 2)]
    return rows


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "toxicity" / "twosides_decagon"
    root.mkdir(parents=True)
    columns = ["cid_a", "cid_b", "side_effect_idx"]
    rows = pd.DataFrame(reports(), columns=columns).astype("int32")
    rows.to_parquet(root / "drug_pair_side_effects.parquet")
    (root / "drugs.csv").write_text("\n".join(DRUGS) + "\n")
    (root / "side_effects.csv").write_text(EFFECTS)
    single = [(1, "C77", "Cough"), (1, "C77", "Cough"), (26, "C78", None)]
    columns = ["pubchem_cid", "umls_cui", "name"]
    pd.DataFrame(single, columns=columns).to_parquet(root / "single_drug_side_effects.parquet")
    return tmp_path


def load(folder, **knobs):
    return twosides.load(folder=str(folder), **(KNOBS | knobs))


def pairs_of(study):
    names = np.array(study.drugs.names, dtype=object)
    return [tuple(names[row]) for row in study.combos.drugs]


def name_of(cid):
    return {25: "salt01", 26: "cid-26", 27: "cisplatina"}.get(cid, f"drug{cid:02}")


def test_a_pair_is_a_row_and_a_common_effect_a_column(folder):
    study = load(folder)
    assert label_names(study, "ae_twosides") == ("rash", "nausea")
    assert label_codes(study, "ae_twosides") == ("C10", "C11")
    expected = {}
    for a, b, effect in reports():
        label = expected.setdefault(tuple(sorted((name_of(a), name_of(b)))), [0, 0])
        if effect < 2:
            label[effect] = 1
    found = dict(zip(pairs_of(study), study.combos.labels["ae_twosides"].tolist(), strict=True))
    # drug03 with drug04 has the rare effect alone: a row in which nothing else was reported.
    assert found == expected and found["drug03", "drug04"] == [0, 0]


def test_a_structure_of_drugbank_is_not_read(folder):
    study = load(folder)
    assert [n for n, s in zip(study.drugs.names, study.smiles, strict=True) if not s] == [
        "cisplatina"
    ]


def test_effects_of_single_drugs_are_kept(folder):
    rows = load(folder).tables["single_effects"].to_pylist()
    assert rows == [
        {"drug": "drug01", "name": "Cough", "code": "C77"},
        {"drug": "cid-26", "name": "", "code": "C78"},
    ]


def structures(study):
    """The two structures of each row."""
    return [tuple(sorted(n.replace("salt", "drug") for n in pair)) for pair in pairs_of(study)]


def test_an_empty_pair_has_no_report_under_any_name_of_its_structures(folder):
    bare, study = load(folder), load(folder, empty_pairs=40)
    n = len(bare)
    assert len(study) == n + 40 == len(set(pairs_of(study)))
    assert not study.combos.labels["ae_twosides"][n:].any()
    assert not set(structures(study)[n:]) & set(structures(study)[:n])
    assert ("drug01", "drug01") not in structures(study)
    assert pairs_of(load(folder, empty_pairs=40)) == pairs_of(study)
    assert pairs_of(load(folder, empty_pairs=40, seed=1)) != pairs_of(study)


def test_the_protocol_holds_out_entries_by_structure(folder):
    study = load(folder, protocol="entries", empty_pairs=100)
    label, fold = study.combos.labels["ae_twosides"], study.columns["fold_entries"]
    seen = ~np.isnan(label)
    positive = {
        (s, w)
        for s, row in zip(structures(study), label == 1, strict=True)
        for w in np.flatnonzero(row)
    }
    parts = {}
    for k in range(3):
        rows = np.flatnonzero(fold == k)
        parts[k] = {(structures(study)[r], w) for r in rows for w in np.flatnonzero(seen[r])}
        for w in range(2) if k < 2 else ():
            assert (label[rows, w] == 1).sum() == (label[rows, w] == 0).sum() >= 3
        negatives = {(structures(study)[r], w) for r in rows for w in np.flatnonzero(label[r] == 0)}
        assert k == 2 or not negatives & positive
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    # A pair and its copies are one group; every pair has a training row.
    pairs = pairs_of(study)
    assert len({*zip(pairs, study.combos.group.tolist(), strict=True)}) == len(set(pairs))
    assert {p for p, k in zip(pairs, fold, strict=True) if k == 2} == set(pairs)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"protocol": "rows"}, "data.twosides.protocol is 'rows'; expected one of pairs, entries"),
        ({"empty_pairs": 9999}, "data.twosides.empty_pairs is 9999; expected at most"),
        ({"share": 0.5}, "data.twosides.share is 0.5; expected a number between 0 and 0.5"),
        ({"min_pairs": 0}, "data.twosides.min_pairs is 0"),
    ],
)
def test_a_wrong_setting_is_named(folder, knobs, said):
    with pytest.raises(ConfigError, match=said):
        load(folder, **knobs)


def test_what_cannot_be_held_out_is_named(folder):
    with pytest.raises(InputError, match=r"'rash' needs .* raise data.twosides.empty_pairs"):
        load(folder, protocol="entries")
    with pytest.raises(InputError, match="no effect was reported of 999 pairs"):
        load(folder, min_pairs=999)


REAL = {"min_pairs": 500, "least_entries": 50, "check_digests": True}


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ.get("COMBO_DL_DATA"), **REAL)
    assert study.provenance.flow[0][1] == 4649441
    assert len(study.drugs) == 645
    assert study.combos.labels["ae_twosides"].shape == (63473, 963)
    assert study.combos.labels["ae_twosides"].sum(dtype=np.float64) == 4576287
    # An effect of a pair is never one of a single drug: those may be inputs.
    single = set(study.tables["single_effects"].column("code").to_pylist())
    assert len(single) > 10_000 and not single & set(label_codes(study, "ae_twosides"))


@pytest.mark.real
def test_the_entries_are_of_all_effects():
    knobs = REAL | {"protocol": "entries", "empty_pairs": 10000}
    study = load(os.environ.get("COMBO_DL_DATA"), **knobs)
    flow = dict(study.provenance.flow)
    for part in ("test", "validation"):
        assert flow[f"{part} entries reported"] == flow[f"{part} entries not reported"] == 457076
    assert flow["training rows"] == 73473
