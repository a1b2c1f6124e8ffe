"""The verb ``screen``: a result folder, a resume after ``kill -9``, and one line for bad input."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from killed_screen import words

from combo_dl.core.predictions import DISCLAIMER
from combo_dl.screen import run

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def whole(tmp_path_factory, request):
    """A screen that was left alone."""
    from combo_dl.cli.main import main

    out = tmp_path_factory.mktemp("whole") / "out"
    frozen = HERE.parent / "regression" / "bundle_format1"
    assert main(words(frozen, out)) == 0
    return out


def contents(out):
    """{file: bytes} of all results."""
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_the_folder_holds_ranking_scores_and_where_they_come_from(whole, frozen):
    ranking = pd.read_csv(whole / "ranking.csv")
    assert set(ranking["view"]) == {"profile", "cohort"}
    assert ranking.groupby(["view", "name"])["rank"].max().eq(3).all()
    assert ranking["in_top"].between(0, 1).all()
    scores = pd.read_parquet(whole / "scores")
    assert len(scores) == (21 + 35) * 4
    top = scores[scores["profile"] == "LINE000"]["synergy_loewe"].max()
    own = ranking[(ranking["name"] == "LINE000") & (ranking["rank"] == 1)]
    assert own["score"].iloc[0] == pytest.approx(top, rel=1e-5)
    about = json.loads((whole / "screen.json").read_text())
    card = json.loads((frozen / "card.json").read_text())
    assert about["identity"]["bundle"] == card["digest"] and about["use"] == DISCLAIMER
    assert about["counts"]["sets"] == 56 and about["versions"]["torch"]


@pytest.mark.parametrize("write", [1, 6, 13])
def test_a_killed_screen_goes_on_to_the_same_bytes(whole, frozen, tmp_path, write, monkeypatch):
    from combo_dl.cli.main import main

    out = tmp_path / "out"
    killed = subprocess.run(
        [sys.executable, HERE / "killed_screen.py", frozen, out, str(write)],
        capture_output=True,
        cwd=HERE,
        env=_with_tests_on_path(),
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    finished = sorted((out / "blocks").glob("block-*")) if (out / "blocks").is_dir() else []
    scored = []
    real = run._scored
    monkeypatch.setattr(run, "_scored", lambda s, f, b: scored.append(b.number) or real(s, f, b))
    assert main(words(frozen, out)) == 0
    done = [int(p.stem.removeprefix("block-")) for p in finished]
    assert not set(done) & set(scored) and len(scored) == len(set(scored))
    for name in ("screen.json",):
        left, right = (json.loads((o / name).read_text()) for o in (whole, out))
        left["config"].pop("out"), right["config"].pop("out")
        assert left == right
    left, right = contents(whole), {n: b for n, b in contents(out).items() if "/." not in f"/{n}"}
    assert {n: b for n, b in left.items() if n != "screen.json"} == {
        n: b for n, b in right.items() if n != "screen.json"
    }


def _with_tests_on_path():
    import os

    return os.environ | {"PYTHONPATH": f"{HERE}:{HERE.parent}:{HERE.parents[1]}"}


BASE = ["drugs=[olaparib,cisplatin,lapatinib]", "maximise=synergy_loewe"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["drugs=[olaparib,cisplatinn]"], "unknown drug 'cisplatinn'; nearest known: cisplatin"),
        (["drugs=[olaparib,Lynparza]"], "the drug 'olaparib' is named twice"),
        (["drugs=olaparib"], "expected a file (.csv or .tsv) or a list of names"),
        (["maximise=synergy_lowe"], "nearest known: synergy_loewe"),
        (["size=3..2"], "size is '3..2'; expected sizes from 1 to 10"),
        (["size=4"], "size goes to 4, but 3 drugs are screened"),
        (["top=0"], "top is 0; expected a whole number from 1"),
        (["limit={dlt: 0.3}"], "limit names 'dlt', which this bundle does not predict"),
        (["limit=0.3"], "limit is 0.3; expected columns with numbers"),
        (["profiles=[LINE99]"], "'LINE99'"),
        (["level=2"], "level is 2"),
        (["profiles=[LINE000,LINE000]"], "the profile 'LINE000' is named twice"),
    ],
)
def test_bad_input_is_one_line(refused, frozen, tmp_path, changes, said):
    kept = [w for w in BASE if not any(c.split("=")[0] == w.split("=")[0] for c in changes)]
    line = refused("screen", f"bundle={frozen}", f"out={tmp_path}/o", *kept, *changes)
    assert said in line
    assert not (tmp_path / "o").exists()


def test_a_folder_of_another_screen_is_refused(whole, frozen, command):
    said = command(*[w for w in words(frozen, whole) if not w.startswith("top=")], "top=2")
    assert said.status == 2 and "holds a screen with top = 3, and 2 is asked" in said.err


def test_limits_that_nothing_meets_are_told(frozen, command, tmp_path):
    said = command(
        "screen", f"bundle={frozen}", *BASE, "limit={synergy_loewe: 10000}", f"out={tmp_path}/o"
    )
    assert said.status == 2 and "within the limits (synergy_loewe 10000)" in said.err


CLINIC = [
    "bundle=checkpoints/clinic",
    "maximise=response",
    "profiles=docs/examples/clinic_patients.csv",
    "allow_missing_fields=true",
]


def test_the_drugs_of_training_are_screened_by_one_word(command, tmp_path):
    said = command("screen", *CLINIC, "drugs=trained", f"out={tmp_path}/o")
    assert said.status == 0 and "Every row kept abstains" not in said.out
    table = pd.read_parquet(tmp_path / "o" / "ranking.parquet")
    assert len(table) and not table["response_abstain"].any()


def test_a_ranking_that_abstains_throughout_says_that_it_is_a_guess(command, tmp_path):
    """Nobody whose response was learned from had these drugs, though trials of others had."""
    said = command("screen", *CLINIC, "drugs=[crizotinib,lorlatinib]", f"out={tmp_path}/o")
    assert said.status == 0
    assert "Every row kept abstains" in said.out and "drugs=trained" in said.out


def test_only_pairs_that_somebody_was_given_are_kept(command, tmp_path):
    """Of the classes of LORIS one pair was given together."""
    asked = ["drugs=trained", "seen_pairs=true", "size=1..2", f"out={tmp_path}/o"]
    assert command("screen", *CLINIC, *asked).status == 0
    table = pd.read_parquet(tmp_path / "o" / "ranking.parquet")
    pairs = table["drug_b"].fillna("").ne("") & table["view"].eq("profile")
    support = table.loc[pairs, "response_support"]
    assert len(support) and set(support) == {"pair seen"}
