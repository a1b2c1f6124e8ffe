"""From invented records to what leaves: scores and a bundle; and what the gate refuses."""

import json

import numpy as np
import pandas as pd
import pytest

from combo_dl.cli.main import main
from combo_dl.infer.bundle import load_bundle

SMALL = [
    *("data=[cohort]", "endpoint=[os]", "endpoint.os.horizon_days=200", "head=[hazard]"),
    *("head.hazard.bins=3", "molecule=[]", "kernel=none", "split=row", "model.width=8"),
    *("fusion.width=8", "fusion.pair_width=8", "trainer.max_epochs=2", "callbacks.patience=2"),
]
ASKED = pd.DataFrame({"drug_a": ["nivolumab"], "profile": ["kind"]})
KINDS = pd.DataFrame({"profile": ["kind"], "age_years": [66.0], "sex": ["female"]})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    study = f"data.cohort.folder={folder}/demo/study"
    assert main(["cohort", "protocol=demo_omop", "source.people=500", f"out={folder}/demo"]) == 0
    words = [*SMALL, study, "baselines=[kaplan_meier]", "membership=true", f"out={folder}/scores"]
    assert main(["evaluate", *words, "folds=[0,1]"]) == 0
    assert main(["train", *SMALL, study, "folds=none", f"out={folder}/model"]) == 0
    return folder


def export(made, names, out, *more):
    where = ",".join(f"{made}/{n}" for n in names)
    words = ["export", f"from={where}", f"out={made}/{out}", *more]
    if not any(w.startswith("membership=") for w in more):
        words.append(f"membership={made}/scores/model/membership.json")
    return main(words)


def test_scores_and_bundle_leave_at_once(made):
    study = f"study={made}/demo/study"
    assert export(made, ["scores", "model"], "leaves", study) == 0
    stated = json.loads((made / "leaves" / "manifest.json").read_text())
    written = [p for p in (made / "leaves").rglob("*") if p.is_file()]
    names = {str(p.relative_to(made / "leaves")) for p in written} - {"manifest.json"}
    assert {e["file"] for e in stated} == names
    assert all(e["smallest_cell"] >= 11 for e in stated)
    assert any("AUC of an attack" in e["why"] for e in stated)
    assert not any(p.suffix == ".parquet" for p in written)
    scores = pd.read_csv(made / "leaves" / "scores_scores.csv")
    assert set(scores["model"]) >= {"Kaplan-Meier"} and "fold" not in scores


def test_the_bundle_that_left_predicts_as_the_one_that_stayed(made):
    assert export(made, ["model"], "alone", f"study={made}/demo/study") == 0
    stayed = load_bundle(made / "model" / "bundle")
    gone = load_bundle(made / "alone" / "bundle")
    tables = [b.predict(ASKED, profiles=KINDS, allow_missing_fields=True) for b in (stayed, gone)]
    days = [t.loc[t["endpoint"] == "os", "mean"].item() for t in tables]
    # Ends of bins moved by days; nothing else did.
    assert abs(days[0] - days[1]) < 5
    assert gone.card["scores"] == [] and gone.card["config"] == {} and gone.card["membership"]
    told = np.array([n for _, n in gone.card["studies"]["demo_omop"]["flow"]])
    assert (np.diff(told) <= -11).all()
    ends = [b.parts.members[0].heads["os"].edge.numpy() for b in (stayed, gone)]
    assert not (set(ends[0][1:]) & set(ends[1][1:]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model"], "add study=FOLDER"),
        (["model/bundle", "study={}/demo/study", "threshold=10"], "expected 11 or more"),
        (["model", "study={}/demo/study", "threshold=200"], "fewer than 200 people"),
        (["scores/model/bundle_fold0", "study={}/demo/study"], "train with folds=none"),
        (["demo"], "already"),
        (["demo/study"], "no result folder that the gate knows"),
    ],
)
def test_what_may_not_leave_is_one_line(made, words, said, capsys):
    more = [w.replace("{}", str(made)) for w in words[1:]]
    assert export(made, words[:1], "no", *more) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not (made / "no").exists()


def test_a_bundle_without_an_attack_stays(made, capsys):
    whole = json.loads((made / "scores" / "model" / "membership.json").read_text())["rows"]
    rows = [r for r in whole if r["endpoint"] != "os"]
    attack = made / "attack.json"
    for found, said in (([], "membership=true"), (rows, "says nothing of os")):
        attack.write_text(json.dumps({"format": 1, "attack": "loss", "rows": found}))
        more = (f"study={made}/demo/study", f"membership={attack}")
        assert export(made, ["model"], "no", *more) == 2
        assert said in capsys.readouterr().err
    assert not (made / "no").exists()


def test_a_page_of_patients_says_that_it_stays(made):
    assert main(["report", f"from={made}/scores", f"out={made}/page.html"]) == 0
    assert "not passed through the export gate" in (made / "page.html").read_text()
