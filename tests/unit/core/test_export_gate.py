"""The gate: attacked by margins and by differences, and closed to all that it does not know."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from combo_dl.core.coarse import coarse_curve, coarse_quantile
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.export_gate import export_gate
from combo_dl.core.export_kinds import CountTable, FilesExport, FlowTable, ValueTable


def generated(seed):
    """A table of two dimensions with all its margins, many cells small."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 5, 2))
    cells = rng.poisson(rng.choice([3, 8, 15, 40], shape))
    rows = [(f"r{i}", f"c{j}", int(cells[i, j])) for i, j in product(*map(range, shape))]
    rows += [(f"r{i}", "all", int(cells[i].sum())) for i in range(shape[0])]
    rows += [("all", f"c{j}", int(cells[:, j].sum())) for j in range(shape[1])]
    rows += [("all", "all", int(cells.sum()))]
    return cells, pd.DataFrame(rows, columns=["arm", "stage", "people"])


def attacked(cells, left):
    """The range that an attacker who solves the sums has for each cell under 11; the others are
    not asked for: ``(0, inf)``."""
    n_r, n_c = cells.shape
    A, b = [], []
    for arm, stage, people in left.itertuples(index=False):
        if people == "hidden":
            continue
        rows = range(n_r) if arm == "all" else [int(arm[1:])]
        columns = range(n_c) if stage == "all" else [int(stage[1:])]
        line = np.zeros(cells.shape)
        line[np.ix_(list(rows), list(columns))] = 1
        A.append(line.ravel())
        b.append(int(people))
    found = []
    for i in range(cells.size):
        if cells.ravel()[i] >= 11:
            found.append((0, np.inf))
            continue
        aim = np.eye(cells.size)[i]
        ends = [
            linprog(s * aim, A_eq=np.array(A) if A else None, b_eq=b or None, method="highs")
            for s in (1, -1)
        ]
        found.append(
            tuple(
                s * e.fun if e.status == 0 else np.inf for s, e in zip((1, -1), ends, strict=True)
            )
        )
    return found


@pytest.mark.parametrize("block", range(8))
def test_no_small_cell_of_200_tables_is_recoverable_by_margins(block, tmp_path):
    for seed in range(block * 25, block * 25 + 25):
        cells, frame = generated(seed)
        table = CountTable(file="t.csv", frame=frame, dimensions=("arm", "stage"))
        export_gate([table], tmp_path / str(seed))
        left = pd.read_csv(tmp_path / str(seed) / "t.csv", dtype=str)
        shown = left[left["people"] != "hidden"]["people"].astype(int)
        assert (shown >= 11).all()
        for value, (low, high) in zip(cells.ravel(), attacked(cells, left), strict=True):
            assert value >= 11 or (high >= 11 and high - low >= 0.5)


@pytest.mark.parametrize("seed", range(20))
def test_two_tables_cannot_be_subtracted(seed, tmp_path):
    """Totals of one table and parts in another: sex by arm, and arm alone."""
    cells, frame = generated(seed)
    inner = frame[(frame["arm"] != "all") & (frame["stage"] != "all")]
    totals = frame[frame["stage"] == "all"][["arm", "people"]]
    parts = [
        CountTable(file="a.csv", frame=inner, dimensions=("arm", "stage")),
        CountTable(file="b.csv", frame=totals, dimensions=("arm",)),
    ]
    export_gate(parts, tmp_path / "out")
    read = [pd.read_csv(tmp_path / "out" / f, dtype=str) for f in ("a.csv", "b.csv")]
    left = pd.concat([read[0], read[1].assign(stage="all")])[["arm", "stage", "people"]]
    for value, (low, high) in zip(cells.ravel(), attacked(cells, left), strict=True):
        assert value >= 11 or (high >= 11 and high - low >= 0.5)


def test_the_sum_of_hidden_cells_is_not_small_either(tmp_path):
    frame = pd.DataFrame({"arm": ["a", "b", "c", "all"], "people": [2, 3, 50, 55]})
    export_gate([CountTable(file="t.csv", frame=frame, dimensions=("arm",))], tmp_path / "o")
    assert pd.read_csv(tmp_path / "o" / "t.csv")["people"].tolist() == ["hidden"] * 3 + ["55"]


def test_the_threshold_goes_up_only(tmp_path):
    frame = pd.DataFrame({"arm": ["a", "b"], "people": [30, 40]})
    table = CountTable(file="t.csv", frame=frame, dimensions=("arm",))
    for low in (10, 0, -1, True, 11.0):
        with pytest.raises(ConfigError, match="expected 11 or more"):
            export_gate([table], tmp_path / "o", threshold=low)
    export_gate([table], tmp_path / "o", threshold=35)
    assert set(pd.read_csv(tmp_path / "o" / "t.csv")["people"]) == {"hidden", "40"}


@pytest.mark.parametrize(
    "column",
    [
        "person_id",
        "NUM_ENQ",
        "BEN_NIR_PSA",
        "date",
        "birth_year",
        "commune",
        "EXE_SOI_DTD",
        "profile",
    ],
)
def test_columns_of_identifiers_are_refused_by_name(column, tmp_path):
    frame = pd.DataFrame({column: ["x"], "people": [20]})
    with pytest.raises(InputError, match="identifier of people"):
        export_gate([ValueTable(file="t.csv", frame=frame)], tmp_path / "o")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "cell",
    ["2021-03-04", "on 04/03/2021", "20210304", "1950-07", "1 85 05 78 006 084 36",
     "185057800608436",
     "-9100000000000000001", "aB3dE6gH9jK2mN5pQ", "a.b@example.org",
     "6f1c2a9e-8d3b-4c5f-9a7e-1b2c3d4e5f60"],
)  # fmt: skip
def test_cells_of_identifiers_are_refused_by_content_and_not_told(cell, tmp_path):
    frame = pd.DataFrame({"arm": [cell], "people": [20]})
    with pytest.raises(InputError, match="may identify a person") as refused:
        export_gate([ValueTable(file="t.csv", frame=frame)], tmp_path / "o")
    assert cell not in str(refused.value) and not (tmp_path / "o").exists()


def test_a_flow_chart_tells_small_exclusions_with_their_neighbours(tmp_path):
    frame = pd.DataFrame(
        {"step": ["all", "age", "tumour", "alive", "last"], "people": [200, 195, 150, 120, 118]}
    )
    export_gate([FlowTable(file="f.csv", frame=frame)], tmp_path / "o")
    left = pd.read_csv(tmp_path / "o" / "f.csv")
    assert left["people"].tolist() == [200, 150, 118]
    assert left["step"].tolist() == ["all", "age; tumour", "alive; last"]
    small = frame.assign(people=[200, 30, 20, 10, 5])
    with pytest.raises(InputError, match="nothing of this cohort can leave"):
        export_gate([FlowTable(file="f.csv", frame=small)], tmp_path / "p")


def test_what_the_gate_does_not_know_stays(tmp_path):
    with pytest.raises(InputError, match="no column 'people'"):
        export_gate([ValueTable(file="t.csv", frame=pd.DataFrame({"a": [1]}))], tmp_path / "o")
    frame = pd.DataFrame({"arm": ["a", "all"], "people": [30, 31]})
    with pytest.raises(InputError, match="parts add up to 30"):
        export_gate([CountTable(file="t.csv", frame=frame, dimensions=("arm",))], tmp_path / "o")
    one = ValueTable(file="../t.csv", frame=pd.DataFrame({"people": [30]}))
    with pytest.raises(InputError, match="without folders"):
        export_gate([one], tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_the_manifest_says_what_left(tmp_path):
    frame = pd.DataFrame({"arm": ["a", "b"], "median": [1.5, 2.5], "people": [30, 4]})
    passed = export_gate([ValueTable(file="t.csv", frame=frame, why="asked")], tmp_path / "o")
    stated = json.loads((tmp_path / "o" / "manifest.json").read_text())
    assert stated == [vars(passed[0])] and passed[0].smallest_cell == 11
    left = pd.read_csv(tmp_path / "o" / "t.csv")
    assert left["arm"].tolist() == ["a"] and "people" not in left


def test_quantiles_and_tails_of_few_people_are_not_told():
    values = np.arange(100.0) ** 2
    assert np.isnan(coarse_quantile(values[:21], 0.5)) and np.isnan(coarse_quantile(values, 0.05))
    assert coarse_quantile(values, 0.5) not in values
    times, survival = coarse_curve(np.arange(40), np.linspace(1, 0, 40), np.arange(40, 0, -1))
    assert len(times) == 3 and survival[-1] > 0.2 and (np.diff(times) >= 11).all()


def test_files_leave_whole_or_not_at_all(tmp_path):
    files = {"card.json": b'{"drugs": ["a"]}', "weights.bin": b"\x00\xff"}
    one = FilesExport(folder="bundle", files=files, counts={"people": 90, "drug a": 12}, why="w")
    passed = export_gate([one], tmp_path / "o")
    assert [p.file for p in passed] == ["bundle/card.json", "bundle/weights.bin"]
    # That the rarest is of 12 people is not told.
    assert {p.smallest_cell for p in passed} == {11}
    assert (tmp_path / "o" / "bundle" / "weights.bin").read_bytes() == files["weights.bin"]
    for counts, said in (({"drug a": 4, "people": 90}, r"drug a \(4\)"), ({}, "nobody is counted")):
        with pytest.raises(InputError, match=said):
            export_gate([replace(one, counts=counts)], tmp_path / "p")
    with pytest.raises(InputError, match=r"drug a \(12\)"):
        export_gate([one], tmp_path / "p", threshold=20)
    named = replace(one, files={"card.json": b'{"last seen": "2021-03-04"}'})
    with pytest.raises(InputError, match="holds a day"):
        export_gate([named], tmp_path / "p")
    with pytest.raises(InputError, match="without folders"):
        export_gate([replace(one, folder="../bundle")], tmp_path / "p")
    assert not (tmp_path / "p").exists() and not (tmp_path / "bundle").exists()
