"""Each planted leak is named, and nothing else; a clean study passes every check."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_graph import DRUG_DRUG
from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import LeakageError
from combo_dl.core.study import Study
from combo_dl.data.findings import refuse_leaks
from combo_dl.data.fold import Fold
from combo_dl.data.leakage import audit
from combo_dl.data.leakage_folds import claimed_unit, folds_to_audit, given_splits
from combo_dl.data.splits import DrugFolds, GivenFolds, UnitFolds
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
# Another spelling of it, as the mesylate.
MESYLATE = "CS(=O)(=O)O.CN1CCN(CC1)Cc1ccc(cc1)C(=O)Nc1ccc(C)c(c1)Nc1nccc(n1)-c1cccnc1"
OCTANOATE, NONANOATE = "CCCCCCCC(=O)OCC1CCCCC1", "CCCCCCCCC(=O)OCC1CCCCC1"
DRUGS = (
    Drug(name="imatinib", smiles=IMATINIB, targets=("ABL1",)),
    Drug(name="octanoate", smiles=OCTANOATE, targets=("EGFR",)),
    Drug(name="aspirin", smiles="CC(=O)Oc1ccccc1C(=O)O", targets=("PTGS1", "PTGS2")),
    Drug(name="antibody", modality="antibody", targets=("CD19",)),
    Drug(name="water", smiles="O"),
    Drug(name="salt", smiles=MESYLATE),
    Drug(name="nonanoate", smiles=NONANOATE),
    Drug(name="blocker", smiles="CC(C)Cc1ccc(cc1)C(C)C(=O)O", targets=("PTGS2", "PTGS1")),
)
TARGETS = ("ABL1", "CD19", "EGFR", "PTGS1", "PTGS2")
# drug, drug, fold: each pair is in one fold, in two lines.
PAIRS = [
    ("imatinib", "octanoate", 0),
    ("imatinib", "aspirin", 1),
    ("octanoate", "aspirin", 2),
    ("imatinib", "antibody", 0),
    ("octanoate", "antibody", 1),
    ("aspirin", "antibody", 2),
    ("water", "imatinib", 0),
]
CLEAN = [(a, b, line, fold) for a, b, fold in PAIRS for line in ("L1", "L2")]
PAIR = GivenFolds(column="fold_comb", unit="pair")
ROW = GivenFolds(column="fold_comb", unit="group")


def made(rows, *, lines=("L1", "L2", "L3"), myc=(0.1, 0.2, 0.3)) -> Study:
    """A study of rows (drug, drug, line, fold) and of lines with the expression of one gene."""
    frame = pd.DataFrame(rows, columns=["drug_a", "drug_b", "profile", "fold_comb"])
    return Study.from_frames(
        frame.assign(y=1.0),
        pd.DataFrame({"profile": lines, "expr:MYC": myc}),
        name="planted",
        labels={"y": ["y"]},
        table=DrugTable(drugs=DRUGS),
    )


CATALOG = build_catalog(DRUGS)
GRAPH = build_graph(DRUGS, targets=TARGETS)


def findings(study, split, *, graph=GRAPH, folds=None, label_sources=()):
    """Those of the study's folds, or of other ones."""
    identity = [CATALOG.inchikey14[CATALOG.drugs.id(n)] for n in study.drugs.names]
    ours, refusal = folds_to_audit(split, study, identity)
    found = audit(
        study,
        ours if folds is None else folds,
        identity=identity,
        unit=claimed_unit(split, ours),
        catalog=CATALOG,
        graph=graph,
        label_sources=label_sources,
    )
    # The split's own proof and the audit, which do not share their code, agree.
    assert refusal is None or any(f.failed for f in found)
    return found


def named(found) -> dict[str, str]:
    """{check: first example} of what was found."""
    return {f.check: f.examples[0] for f in found if f.found}


def failed(found) -> set[str]:
    return {f.check for f in found if f.failed}


SAME, PAIRED = "same structure under two names", "pair on both sides"
AGAIN, EDGES = "replicates on two sides", "graph edges that carry labels"


def test_a_clean_study_is_clean_and_every_check_is_listed():
    found = findings(made(CLEAN), PAIR)
    assert named(found) == {}
    assert [f.check for f in found] == [
        *(SAME, PAIRED, AGAIN, EDGES, "pair inside a larger set"),
        *(f"near-duplicates: {what}" for what in ("structures", "targets", "profiles")),
    ]
    assert found[-1].examples == ("not looked for: the folds hold pairs apart",)
    refuse_leaks({"here": found})


def test_a_held_out_pair_inside_a_learned_set_of_three_is_told():
    rows = pd.DataFrame(CLEAN, columns=["drug_a", "drug_b", "profile", "fold_comb"])
    larger = pd.DataFrame(
        [("octanoate", "imatinib", "L1", 1, "water")], columns=[*rows.columns, "drug_c"]
    )
    lines = pd.DataFrame({"profile": ["L1", "L2"], "expr:MYC": [0.1, 0.2]})
    study = Study.from_frames(
        pd.concat([rows, larger]).fillna({"drug_c": ""}).assign(y=1.0),
        lines,
        name="planted",
        labels={"y": ["y"]},
        table=DrugTable(drugs=DRUGS),
    )
    found = {f.check: f for f in findings(study, PAIR)}["pair inside a larger set"]
    # octanoate + imatinib and water + imatinib are held out in fold 0, the three learned there.
    assert (found.found, found.severity) == (2, "warn")
    assert found.examples[0] == "imatinib + octanoate (fold0 test)"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            ("salt", "octanoate", "L3", 1),
            {
                SAME: "imatinib + octanoate = octanoate + salt (fold0 test)",
                PAIRED: "imatinib + octanoate (fold0 test)",
            },
        ),
        (("octanoate", "imatinib", "L3", 1), {PAIRED: "imatinib + octanoate (fold0 test)"}),
        (
            ("octanoate", "imatinib", "L1", 1),
            {
                PAIRED: "imatinib + octanoate (fold0 test)",
                AGAIN: "imatinib + octanoate in L1 (fold0 test)",
            },
        ),
        (
            ("nonanoate", "aspirin", "L1", 1),
            {
                "near-duplicates: structures": "aspirin + nonanoate ~ aspirin + octanoate, "
                "Tanimoto 1.00 (fold1 test)"
            },
        ),
        (
            ("blocker", "octanoate", "L1", 0),
            {"near-duplicates: targets": "aspirin + octanoate ~ blocker + octanoate (fold2 test)"},
        ),
    ],
    ids=["two names", "the other order", "a replicate", "an analogue", "equal targets"],
)
def test_a_leak_of_pairs_is_named(row, expected):
    assert named(findings(made([*CLEAN, row]), PAIR)) == expected


@pytest.mark.parametrize("row", [("salt", "octanoate", "L1", 0), ("nonanoate", "water", "L1", 1)])
def test_what_stays_on_one_side_does_no_harm(row):
    found = findings(made([*CLEAN, row]), PAIR)
    assert failed(found) == set()
    warned = {SAME: "imatinib = salt (KTUFNOKKBVMGRW)"} if row[0] == "salt" else {}
    assert named(found) == warned


@pytest.mark.parametrize(
    "row", [("imatinib", "octanoate", "L1", 1), ("salt", "octanoate", "L2", 2)]
)
def test_a_replicate_is_named_in_rows_drawn_at_random_too(row):
    found = findings(made([*CLEAN, row]), ROW)
    assert failed(found) == {AGAIN}
    # That random rows share their pairs is known of them, and told.
    assert next(f for f in found if f.check == PAIRED).severity == "warn"


def test_a_group_on_two_sides_is_a_replicate():
    study = made(CLEAN)
    group = study.combos.group.copy()
    group[2] = group[0]
    found = findings(replace(study, combos=replace(study.combos, group=group)), PAIR)
    assert named(found) == {AGAIN: "imatinib + octanoate in L1 (fold0 test)"}


def linked(a: str, b: str, source: str):
    """The graph with a drug–drug edge, in both directions."""
    edge = np.array([[a, b], [b, a]])
    ids = GRAPH.drugs.ids(edge.ravel().tolist()).reshape(2, 2)
    return replace(
        GRAPH,
        edges=GRAPH.edges | {DRUG_DRUG: ids},
        weight=GRAPH.weight | {DRUG_DRUG: np.ones(2, np.float32)},
        source=GRAPH.source | {DRUG_DRUG: source},
    ).validate()


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (("water", "antibody", "planted"), "2 of drug interacts drug come from planted"),
        (("water", "antibody", "beside"), "2 of drug interacts drug come from beside"),
        (("aspirin", "imatinib", "leaflets"), "aspirin – imatinib of leaflets (fold0 validation)"),
        # By identity: the edge is of the salt.
        (("aspirin", "salt", "leaflets"), "aspirin – imatinib of leaflets (fold0 validation)"),
        (("water", "antibody", "leaflets"), None),
    ],
)
def test_an_edge_that_carries_a_label_is_named(edge, expected):
    found = findings(made(CLEAN), PAIR, graph=linked(*edge), label_sources=["beside"])
    assert named(found) == ({EDGES: expected} if expected else {})
    assert sum(f.found for f in found) == (2 if expected else 0)


GROUP = {"imatinib": 0, "octanoate": 1, "aspirin": 2, "antibody": 1, "water": 2}
DRUG = DrugFolds(n_folds=3, seed=0, given=True)


def grouped(rows, group) -> Study:
    study = made(rows)
    number = np.array([group[n] for n in study.drugs.names])
    a, b = study.combos.drugs.T
    return replace(study, columns={"group_first": number[a], "group_second": number[b]})


DRUG_ROWS = [
    *(("imatinib", b, "L1", 0) for b in ("octanoate", "aspirin", "antibody", "water", "")),
    *(("octanoate", "antibody", "L1", 0), ("aspirin", "water", "L1", 0)),
    ("octanoate", "aspirin", "L1", 0),
]


def test_clean_folds_of_drugs_are_clean():
    assert named(findings(grouped(DRUG_ROWS, GROUP), DRUG)) == {}


@pytest.mark.parametrize(
    ("drug", "checks"),
    [
        ("salt", {SAME, "drug on both sides"}),
        ("nonanoate", {"near-duplicates: structures"}),
        ("blocker", {"near-duplicates: targets"}),
    ],
)
def test_a_leak_of_drugs_is_named(drug, checks):
    twin = {"salt": 0, "nonanoate": 1, "blocker": 2}[drug]
    rows = [*DRUG_ROWS, (drug, "antibody", "L3", 0), (drug, "water", "L3", 0)]
    apart = grouped(rows, GROUP | {drug: (twin + 1) % 3})
    assert set(named(findings(apart, DRUG))) == checks
    together = grouped(rows, GROUP | {drug: twin})
    assert set(named(findings(together, DRUG))) <= {SAME}
    assert failed(findings(together, DRUG)) == set()


def test_a_test_row_of_known_drugs_is_named():
    study = grouped(DRUG_ROWS, GROUP)
    names = study.drugs.names
    folds, _ = folds_to_audit(DRUG, study, names)
    rows = [[names[d] for d in row if d >= 0] for row in study.combos.drugs]
    moved = rows.index(sorted(["octanoate", "aspirin"]))
    fold = folds[0]
    left = {n: getattr(fold, n)[getattr(fold, n) != moved] for n in ("train", "search")}
    leaky = replace(fold, test=np.append(fold.test, moved), validation=left["train"][:0], **left)
    found = findings(study, DRUG, folds=[leaky])
    assert named(found) == {
        "drug on both sides": "no drug of aspirin + octanoate is new (fold0 test)"
    }


LINES = [(a, b, f"L{fold + 1}", fold) for a, b, _ in PAIRS for fold in range(3)]
LINE = GivenFolds(column="fold_comb", unit="profile")


def test_leaks_of_profiles_are_named():
    assert named(findings(made(LINES), LINE)) == {}
    shared = findings(made([*LINES, ("water", "aspirin", "L1", 1)]), LINE)
    assert named(shared) == {"profile on both sides": "L1 (fold0 test)"}
    same = findings(made(LINES, myc=(0.1, 0.2, 0.1)), LINE)
    assert named(same) == {"near-duplicates: profiles": "L1 = L3 (fold0 test)"}
    # Lines of which nothing is known are not known to be the same.
    assert named(findings(made(LINES, myc=(np.nan, np.nan, 0.1)), LINE)) == {}


@pytest.mark.parametrize(
    "split",
    [
        *(UnitFolds(unit=unit, n_folds=5, seed=3) for unit in ("group", "pair", "profile")),
        DrugFolds(n_folds=5, seed=3, given=False),
        GivenFolds(column="fold_comb", unit="pair"),
    ],
    ids=repr,
)
def test_folds_that_keep_their_word_do_not_fail(split, tiny_study, tiny_world):
    catalog, graph, _ = tiny_world
    identity = catalog.inchikey14
    folds = split.folds(tiny_study, identity)
    told = {"identity": identity, "catalog": catalog, "graph": graph}
    found = audit(tiny_study, folds, unit=claimed_unit(split, folds), **told)
    assert failed(found) == set()
    # The same folds do not hold apart what they were not made for.
    other = "profile" if claimed_unit(split, folds) != "profile" else "pair"
    assert f"{other} on both sides" in failed(audit(tiny_study, folds, unit=other, **told))


@pytest.mark.parametrize("unit", ["pair", "drug", "profile", "group"])
@pytest.mark.parametrize("seed", range(3))
def test_counts_agree_with_python_sets(unit, seed, tiny_study, tiny_world):
    """Random sides and random names for one structure, counted a second time row by row."""
    rng = np.random.default_rng(seed)
    catalog, graph, _ = tiny_world
    identity = [f"key{i}" for i in rng.integers(0, 20, len(tiny_study.drugs))]
    rows = rng.permutation(len(tiny_study))
    train, test = rows[: 20 + 60 * seed], rows[-30:]
    fold = Fold(name="f", train=train, search=train[10:], validation=train[:0], test=test)
    told = {"identity": identity, "catalog": catalog, "graph": graph}
    found = {f.check: f.found for f in audit(tiny_study, [fold], unit=unit, **told)}
    combos = tiny_study.combos
    sets = [frozenset(identity[d] for d in row if d >= 0) for row in combos.drugs]
    trained = {sets[i] for i in train}
    drugs = frozenset().union(*trained)
    lines = combos.profile.tolist()
    triples = list(zip(sets, lines, strict=True))
    expected = {
        "pair": len(trained & {sets[i] for i in test}),
        "drug": len({sets[i] for i in test if sets[i] <= drugs}),
        "profile": len({lines[i] for i in train} & {lines[i] for i in test}),
    }
    assert found[f"{'pair' if unit == 'group' else unit} on both sides"] == expected.get(
        unit, expected["pair"]
    )
    assert found[AGAIN] == len({triples[i] for i in train} & {triples[i] for i in test})


def test_without_folds_the_study_and_the_graph_are_looked_at():
    study = made([*CLEAN, ("salt", "octanoate", "L1", 0)])
    identity = [CATALOG.inchikey14[CATALOG.drugs.id(n)] for n in study.drugs.names]
    found = audit(study, [], identity=identity, unit="", catalog=CATALOG, graph=GRAPH)
    assert named(found) == {SAME: "imatinib = salt (KTUFNOKKBVMGRW)"}
    assert all(f.examples == ("not looked for: no folds",) for f in found if "dupl" in f.check)


def test_the_splits_of_a_study_are_those_it_has_columns_for():
    study = made(CLEAN)
    assert given_splits(study) == [PAIR]
    number = np.arange(len(study)) % 4
    more = {"fold_cell": number, "group_first": number, "group_second": number}
    assert [claimed_unit(s, []) for s in given_splits(replace(study, columns=more))] == [
        "drug",
        "profile",
    ]
    assert given_splits(replace(study, columns=more))[0].n_folds == 4


def test_a_refusal_names_place_check_and_example():
    found = findings(made([*CLEAN, ("octanoate", "imatinib", "L3", 1)]), PAIR)
    message = r"^here: pair on both sides \(1, such as imatinib \+ octanoate \(fold0 test\)\); expe"
    with pytest.raises(LeakageError, match=message):
        refuse_leaks({"there": [], "here": found})
    assert found[1].to_json() == {
        "check": "pair on both sides",
        "severity": "fail",
        "found": 1,
        "examples": ["imatinib + octanoate (fold0 test)"],
    }


def test_examples_are_few():
    rows = [(a, b, "L3", (fold + 1) % 3) for a, b, fold in PAIRS]
    found = findings(made([*CLEAN, *rows]), PAIR)[1]
    assert (found.found, len(found.examples)) == (len(PAIRS), 5)
