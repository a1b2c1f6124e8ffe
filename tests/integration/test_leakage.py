"""``combo-dl inspect leakage``: a clean study passes, a leaking one is refused in one line."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from combo_dl.core.study_files import write_study
from combo_dl.core.vocab import Vocab

CHECKS = (
    "same structure under two names",
    "pair on both sides",
    "replicates on two sides",
    "graph edges that carry labels",
    "near-duplicates: structures",
    "near-duplicates: targets",
    "near-duplicates: profiles",
)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """A terminal in which no line of a table is broken."""
    monkeypatch.setenv("COLUMNS", "250")


@pytest.fixture
def kept(tmp_path):
    """``kept(study)``: the folder that it was written to."""

    def write(study):
        write_study(study, tmp_path / study.name)
        return tmp_path / study.name

    return write


def moved(study, row):
    """The study with a row in the next fold."""
    column = study.columns["fold_comb"].copy()
    column[row] = (column[row] + 1) % 5
    return replace(study, columns={"fold_comb": column})


def test_a_clean_study_passes_and_says_what_was_looked_for(command, kept):
    said = command("inspect", "leakage", f"study={kept(tiny.study())}")
    assert (said.status, said.err) == (0, "")
    assert all(check in said.out for check in CHECKS)
    assert "synthetic, GivenFolds(column='fold_comb', unit='pair')" in said.out


def repeated_pair(study, drug=None) -> int:
    """A row whose set (with ``drug``) stands in another row too."""
    sets, first, count = np.unique(
        study.combos.drugs, axis=0, return_index=True, return_counts=True
    )
    wanted = (count > 1) & (True if drug is None else (sets == drug).any(axis=1))
    return int(first[wanted][0])


def test_a_pair_on_both_sides_is_refused_after_the_table(command, kept):
    study = tiny.study()
    folder = kept(moved(study, repeated_pair(study)))
    for split in ((), ("split=given_combination",)):
        said = command("inspect", "leakage", f"study={folder}", *split)
        assert said.status == 2 and said.err.count("\n") == 1
        assert (
            "GivenFolds(column='fold_comb', unit='pair'): pair on both sides (1, such" in said.err
        )
        assert all(check in said.out for check in CHECKS)
    other = ("split=profile", "split.n_folds=4")
    assert command("inspect", "leakage", f"study={folder}", *other).status == 0


def renamed(study, row, drug):
    """The study with a name that no catalogue knows for ``drug`` in a row, as the hydrochloride."""
    drugs = study.combos.drugs.copy()
    drugs[row] = np.where(drugs[row] == drug, len(study.drugs), drugs[row])
    drugs[row][drugs[row] >= 0] = np.sort(drugs[row][drugs[row] >= 0])
    return replace(
        study,
        drugs=Vocab(kind="drug", names=(*study.drugs.names, "our-17")),
        smiles=(*study.smiles, study.smiles[drug] + ".Cl"),
        combos=replace(study.combos, drugs=drugs),
    ).validate()


def test_one_structure_under_two_names_is_found_through_the_structure(command, kept):
    study = tiny.study(n_rows=400)
    olaparib = study.drugs.id("olaparib")
    row = repeated_pair(study, olaparib)
    planted = renamed(study, row, olaparib)
    said = command("inspect", "leakage", f"study={kept(planted)}", "split=drug")
    assert said.status == 0 and "olaparib = our-17 (FDLYAMZZIXQODN)" in said.out
    # By its names the set may be in another fold; by structure it then stands on both sides.
    apart = replace(moved(planted, row), name="apart")
    said = command("inspect", "leakage", f"study={kept(apart)}")
    assert said.status == 2 and "same structure under two names (1, such" in said.err
    assert "pair on both sides (1, such" in said.err


def test_a_companion_shows_nothing_of_held_out_pairs(command, kept):
    companion = replace(tiny.study(), name="beside")
    settings = [f"data.synthetic.{key}={value}" for key, value in tiny.DESIGN.items()]
    said = command(
        *("inspect", "leakage", "data=[synthetic,study]", "split=given_combination"),
        *(f"data.study.folder={kept(companion)}", *settings),
    )
    assert (said.status, said.err) == (0, "")
    for kind in ("triples", "pairs"):
        line = next(x for x in said.out.splitlines() if f"held-out {kind} in a comp" in x)
        assert [cell.strip() for cell in line.split("│")[2:4]] == ["fail", "0"]
    assert "beside, trained beside it" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["inspect", "leakage"], "give one of bundle=FOLDER, study=FOLDER"),
        (["inspect", "leakage", "bundle=b"], "inspect leakage reads no bundle"),
        (["inspect", "data=synthetic", "split=row"], "say combo-dl inspect leakage"),
        (["inspect", "leakage", "data=synthetic", "split=given_rows"], "split has no option"),
        (["inspect", "leaks", "data=synthetic"], "cannot read 'leaks': key=value was expected"),
        (["inspect", "leakage", "data=synthetic", "split=given_drug"], "no column 'group_first'"),
    ],
)
def test_a_wrong_audit_is_one_line(refused, words, message):
    assert message in refused(*words)


@pytest.mark.real
def test_the_published_folds_of_oneil_hold_apart_what_they_say(command):
    said = command("inspect", "leakage", "data=[oneil]")
    assert (said.status, said.err) == (0, "")
    tables = said.out.split("oneil, ")[1:]
    found = [
        {c[1].strip(): int(c[3]) for c in (x.split("│") for x in t.splitlines()) if _counts(c)}
        for t in tables
    ]
    pairs, drugs, lines = found
    # Warnings: same targets of what is tested and what is trained. No leak.
    assert {k: n for k, n in pairs.items() if n} == {"near-duplicates: targets": 160}
    assert {k: n for k, n in drugs.items() if n} == {"near-duplicates: targets": 6}
    assert {k: n for k, n in lines.items() if n} == {}


def _counts(cells: list[str]) -> bool:
    return len(cells) > 4 and cells[3].strip().isdigit()
