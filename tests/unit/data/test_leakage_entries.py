"""The audit of entries: the same pair on both sides is no leak, the same observed entry is."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.data.leakage import audit
from combo_dl.data.leakage_entries import CHECK
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph

DRUGS = (
    Drug(name="aspirin", smiles="CC(=O)Oc1ccccc1C(=O)O"),
    Drug(name="octanoate", smiles="CCCCCCCC(=O)OCC1CCCCC1"),
    Drug(name="water", smiles="O"),
)
FOLD = Fold(
    name="fold0",
    train=np.array([0, 1, 2]),
    search=np.array([0, 1]),
    validation=np.array([2]),
    test=np.array([3]),
)


def found(*labels: tuple[float, float]):
    """{check: finding} of copies of a pair that train, train, validate and test."""
    frame = pd.DataFrame(labels, columns=["nausea", "rash"]).assign(
        drug_a="aspirin", drug_b=["water", "octanoate", "water", "water"], profile="L"
    )
    study = Study.from_frames(
        frame,
        pd.DataFrame({"profile": ["L"]}),
        name="planted",
        labels={"effects": ["nausea", "rash"]},
        table=DrugTable(drugs=DRUGS),
    )
    catalog = build_catalog(DRUGS)
    identity = [catalog.inchikey14[catalog.drugs.id(n)] for n in study.drugs.names]
    graph = build_graph(DRUGS, targets=("PTGS1",))
    made = audit(study, [FOLD], identity=identity, unit="entry", catalog=catalog, graph=graph)
    return {f.check: f for f in made}


NAN = float("nan")


def test_other_entries_of_a_pair_are_no_leak_and_the_pair_is_named():
    made = found((1, NAN), (0, 1), (NAN, NAN), (NAN, 0))
    assert not any(f.failed for f in made.values())
    assert made["pair on both sides"].severity == "warn" and made["pair on both sides"].found == 1


@pytest.mark.parametrize(
    ("labels", "side"),
    [
        (((1, NAN), (0, 1), (NAN, 1), (NAN, 0)), "fold0 test"),
        (((1, NAN), (0, 1), (0, NAN), (NAN, 0)), "fold0 validation"),
    ],
)
def test_an_entry_on_both_sides_is_a_leak(labels, side):
    leak = found(*labels)[CHECK]
    assert leak.failed and leak.found == 1 and side in leak.examples[0]
    assert "water" in leak.examples[0] and "of effects" in leak.examples[0]
