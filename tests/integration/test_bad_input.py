"""Bad tables and bad settings: one line that says what to do, status 2, and nothing written."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny

from combo_dl.core.errors import InputError
from combo_dl.core.frames import profile_frame
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study, write_study
from combo_dl.infer.bundle import load_bundle

GOOD = "drug_a,drug_b,profile\nolaparib,cisplatin,LINE000\n"
TABLES = {
    "empty": ("", "is empty; expected a header"),
    "header only": ("drug_a,drug_b,profile\n", "a header and no rows"),
    "no drug column": ("drug,profile\nolaparib,LINE000\n", "no column drug_a in 'drug', 'profile'"),
    "no profile column": ("drug_a,drug_b\nolaparib,cisplatin\n", "row 0 names no profile"),
    "misspelt drug column": (GOOD.replace("drug_b", "drugb"), "unknown column 'drugb'"),
    "unknown drug": (GOOD.replace("olaparib", "olaparip"), "nearest known: olaparib"),
    "unknown profile": (GOOD.replace("LINE000", "LINE009"), "unknown profile 'LINE009'; nearest"),
    "broken SMILES": (GOOD.replace("olaparib", "C1CC(=O"), "row 0"),
    "a drug twice": (GOOD.replace("olaparib", "cisplatin"), "'cisplatin' twice"),
    "a drug twice under two names": (
        "drugs,profile\nKeytruda + pembrolizumab,LINE000\n",
        "names the drug 'pembrolizumab' twice",
    ),
    "no drug": ("drug_a,drug_b,profile\n,,LINE000\n", "row 0 has 0 drugs"),
    "negative dose": (
        "drug_a,drug_b,dose_a,profile\nolaparib,cisplatin,-1,LINE000\n",
        "row 0 has dose_a = -1.0",
    ),
    "dose that is no number": (
        "drug_a,drug_b,dose_b,profile\nolaparib,cisplatin,high,LINE000\n",
        "row 0 has dose_b = 'high'",
    ),
    "more cells than columns": (GOOD + "a,b,c,d,e,f\n", "is not a CSV table"),
    "not text": (b"\xff\xfe\x00\x01\x80,\x81", "is not a CSV table"),
    "another encoding": (GOOD.encode("utf-16"), "save it as a CSV file in UTF-8"),
    "a byte of zero in a name": (GOOD.replace("olaparib", "cisplatin\0x"), "bytes of zero"),
    "tabs": (GOOD.replace(",", "\t"), "is separated by tabs"),
    "one drug under two synonyms": (
        "drugs,profile\nLynparza + AZD-2281,LINE000\n",
        "names the drug 'olaparib' twice ('Lynparza' and 'AZD-2281')",
    ),
}


@pytest.fixture
def ask(refused, frozen, tmp_path):
    """The refusal of a prediction for a table; what was at ``out`` before is still there."""

    def run(text: str | bytes = GOOD, **settings: object) -> str:
        table, out = tmp_path / "rows.csv", tmp_path / "out.csv"
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
        out.write_text("as it was")
        before = sorted(p.name for p in tmp_path.iterdir())
        given = {"bundle": frozen, "rows": table, "out": out} | settings
        line = refused("predict", *[f"{k}={v}" for k, v in given.items()])
        assert out.read_text() == "as it was"
        assert sorted(p.name for p in tmp_path.iterdir()) == before
        return line

    return run


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table_of_combinations(ask, case):
    rows, message = TABLES[case]
    assert message in ask(rows)


def test_a_good_table_is_predicted(command, frozen, tmp_path):
    (tmp_path / "rows.csv").write_text(GOOD)
    out = tmp_path / "new" / "out.csv"
    said = command("predict", f"bundle={frozen}", f"rows={tmp_path}/rows.csv", f"out={out}")
    assert (said.status, said.err) == (0, "") and "never treatment advice" in said.out
    assert pd.read_csv(out).endpoint.tolist() == ["synergy_bliss", "synergy_loewe"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rows": "nowhere.csv"}, "no table of combinations at nowhere.csv"),
        ({"profiles": "nowhere.csv"}, "no table of profiles at nowhere.csv"),
        ({"drugs": "nowhere.csv"}, "no table of drugs at nowhere.csv"),
        ({"bundle": "nowhere"}, "no bundle at nowhere"),
        ({"level": 1.5}, "level is 1.5"),
        ({"level": "wide"}, "could not be converted to Float; expected a number"),
        ({"level": "null"}, "expected a value, not null"),
        ({"bundle": ""}, "bundle is empty; give it a value"),
        ({"rows": "/proc/self/mem"}, "cannot read /proc/self/mem"),
        ({"row": "x.csv"}, "unknown setting 'row'; nearest known: rows"),
        ({"allow_missing_fields": 7.5}, "is not a valid bool (type float); expected true or false"),
    ],
)
def test_a_bad_setting_of_a_prediction(ask, settings, message):
    assert message in ask(**settings)


def test_a_folder_or_a_file_in_the_way_of_out(refused, frozen, tmp_path):
    (tmp_path / "rows.csv").write_text(GOOD)
    given = [f"bundle={frozen}", f"rows={tmp_path}/rows.csv"]
    assert "is not a file; give the name" in refused("predict", *given, f"out={tmp_path}")
    assert "cannot write" in refused("predict", *given, f"out={tmp_path}/rows.csv/out.csv")
    assert "a file is in the way" in refused("predict", *given, f"out={tmp_path}/rows.csv/x.csv")


def test_a_folder_without_a_bundle(ask, tmp_path):
    assert f"no bundle at {tmp_path}; expected a folder with card.json" in ask(bundle=tmp_path)


def test_a_name_that_a_spreadsheet_would_run(ask, people, tmp_path):
    (tmp_path / "own.csv").write_text("name,smiles\n=cmd(),CCO\n")
    rows = GOOD.replace("olaparib", "=cmd()")
    assert "drug '=cmd()' would be run as a formula" in ask(rows, drugs=tmp_path / "own.csv")
    people.assign(profile="@SUM(A1)").to_csv(tmp_path / "people.csv", index=False)
    rows = GOOD.replace("LINE000", "@SUM(A1)")
    assert "profile '@SUM(A1)' would be run" in ask(rows, profiles=tmp_path / "people.csv")


@pytest.fixture
def people(frozen) -> pd.DataFrame:
    """One profile of the bundle, under another name."""
    return profile_frame(load_bundle(frozen).profiles()).head(1).assign(profile="LINE777")


PROFILES = {
    "a field lacks": (lambda t: t.drop(columns="expr:G0003"), "allow_missing_fields=true"),
    "a field is not known": (lambda t: t.assign(weight_kg=70.0), "the first 'weight_kg'"),
    "a level is not known": (lambda t: t.assign(tissue="lungs"), "nearest known: lung"),
    "a value is no number": (lambda t: t.assign(**{"expr:G0000": "x"}), "expected a number"),
    "a value is infinite": (lambda t: t.assign(**{"expr:G0000": np.inf}), "infinite expr:G0000"),
    "the profile is not in it": (lambda t: t.assign(profile="OTHER"), "unknown profile 'LINE777'"),
    "a profile is there twice": (lambda t: pd.concat([t, t]), "'LINE777' is named twice"),
    "names lack": (lambda t: t.drop(columns="profile"), "needs the column 'profile'"),
}


@pytest.mark.parametrize("case", PROFILES)
def test_a_bad_table_of_profiles(ask, people, tmp_path, case):
    change, message = PROFILES[case]
    change(people).to_csv(tmp_path / "people.csv", index=False)
    line = ask(GOOD.replace("LINE000", "LINE777"), profiles=tmp_path / "people.csv")
    assert message in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("smiles\nCCO\n", "needs the column 'name'"),
        ("name,smiles\nown-1,C1CC(=O\n", "own-1"),
        ("name,modality\nown-1,magic\n", "modality 'magic'"),
        ("name,inchikey\nown-1,NOTAKEY\n", "the InChIKey 'NOTAKEY'; expected 27 characters"),
    ],
)
def test_a_bad_table_of_drugs(ask, tmp_path, text, message):
    (tmp_path / "own.csv").write_text(text)
    rows = GOOD.replace("olaparib", "own-1")
    assert message in ask(rows, drugs=tmp_path / "own.csv")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sedes=2"], "unknown setting 'sedes'; nearest known: seeds"),
        (["+sedes=2"], "unknown setting 'sedes'"),
        (
            ["trainer.max_epoch=3"],
            "unknown setting 'trainer.max_epoch'; nearest known: trainer.max_",
        ),
        (["+trainer.epochs=3"], "unknown setting 'trainer.epochs'"),
        (["trainer.max_epochs=0"], "trainer.max_epochs is 0"),
        (["trainer.max_epochs=many"], "trainer.max_epochs is 'many'"),
        (["trainer.lr=fast"], "trainer.lr is 'fast'; expected a number"),
        (["trainer.weight_decay=-1"], "trainer.weight_decay is -1"),
        (["trainer.accelerator=abacus"], "accelerator=abacus"),
        (["trainer.precision=7-bit"], "precision=7-bit"),
        (["trainer.search=twice"], "trainer.search is 'twice'; expected first, each or none"),
        (["trainer.lr=-1"], "trainer.lr is -1"),
        (["fusion=pair"], "fusion has no option 'pair'; nearest known: pairs"),
        (["experiment=dem"], "experiment has no option 'dem'; nearest known: demo"),
        (["endpoint=[synergy_low]"], "endpoint has no option 'synergy_low'"),
        (["seeds=0"], "seeds is 0; expected 1 or more"),
        (["shares={synthetic: 2}"], "shares.synthetic is 2; expected a number in (0, 1]"),
        (["shares={sintetic: 0.5}"], "nearest known: synthetic"),
        (["shares=0.5"], "shares is 0.5; say shares={STUDY: 0.1}"),
        (["seeds=few"], "'seeds'"),
        (["folds=77"], "folds is '77'; expected all, none, or numbers from 0 to 4 such as 1 or [0"),
        (["response=curves"], "no study has the table 'monotherapy'; say response=none"),
        (["fusion.widht=3"], "unknown setting 'fusion.widht'"),
        (["+fusion.widht=3"], "no setting 'widht'; nearest known: width"),
        (["fusion.width=wide"], "PairwiseFusion has width = 'wide'"),
        (["model.width=wide"], "model.width is 'wide'"),
        (["fusion._target_=os.system"], "'os.system' is not a fusion part"),
        (["data.synthetic.n_rows=1"], "data.synthetic.n_rows is 1; expected 10 or more"),
        (["data.synthetic.n_rows=x"], "data.synthetic cannot be made of its settings: '<' not"),
        (["data.synthetic.n_row=99"], "unknown setting 'data.synthetic.n_row'"),
        (["split.n_fold=3"], "unknown setting 'split.n_fold'"),
        (["endpoint.synergy_loewe.columns=[pain]"], "needs pain; the studies synthetic have"),
        (["data=[]"], "no data"),
        (["seed"], "cannot read 'seed'"),
    ],
)
def test_a_bad_setting_of_a_training(refused, tmp_path, words, message):
    out = tmp_path / "out"
    small = ["data.synthetic.n_rows=100"] if not any("data" in w for w in words) else []
    assert message in refused("train", f"out={out}", "split=combination", *small, *words)
    assert not out.exists()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"\xff\xfe\x80", "is not text in UTF-8"),
        (b"name,smiles\nown\x001,CCO\n", "bytes of zero"),
        (b"name;smiles\nown-1;CCO\n", "separated by semicolons"),
    ],
)
def test_a_bad_table_of_drugs_of_a_training(refused, tmp_path, table, message):
    (tmp_path / "own.csv").write_bytes(table)
    words = ["data.synthetic.n_rows=100", f"drugs={tmp_path}/own.csv", f"out={tmp_path}/out"]
    assert message in refused("train", "split=combination", *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "my.screen", "train"])
def test_a_study_whose_name_no_network_can_hold(refused, tmp_path, name):
    write_study(replace(tiny.study(), name=name), tmp_path / "study")
    words = ["data=[study]", f"data.study.folder={tmp_path}/study", f"out={tmp_path}/out"]
    line = refused("train", "split=combination", *words)
    assert f"study {name!r} cannot be trained under this name" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["file", "file/within"])
def test_a_file_in_the_way_of_a_sweep(refused, tmp_path, out):
    (tmp_path / "file").write_text("as it was")
    words = ["data.synthetic.n_rows=100", "split=combination", "seed=1,2", f"out={tmp_path}/{out}"]
    assert "cannot write results to" in refused("sweep", *words)
    assert (tmp_path / "file").read_text() == "as it was"


ROWS = pd.DataFrame(
    {"drug_a": ["olaparib"] * 3, "drug_b": ["cisplatin"] * 3, "score": [1.0, 2.0, 3.0]}
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": [1.0, np.inf, 2.0]}, "row 1 has an infinite label 'score'"),
        ({"score": [1.0, "bad", 2.0]}, "row 1 has score = 'bad'"),
        ({"drug_b": ["cisplatin", "Lynparza", "gefitinib"]}, "row 1 names the same drug twice"),
        ({"drug_a": ["", "olaparib", "olaparib"], "drug_b": ""}, "row 0 has no drug"),
        ({"dose_a": [1.0, 2.0, -3.0]}, "row 2 has a negative dose"),
    ],
)
def test_a_bad_study(change, message):
    with pytest.raises(InputError) as caught:
        Study.from_frames(ROWS.assign(**change), name="own", labels={"score": ["score"]})
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_label_that_is_not_a_number_is_an_unseen_one():
    study = Study.from_frames(
        ROWS.assign(score=[1, None, 2]), name="own", labels={"score": ["score"]}
    )
    assert np.isnan(study.combos.labels["score"][1, 0])


def test_a_study_that_was_cut_short(refused, tmp_path):
    write_study(tiny.study(), tmp_path / "study")
    file = tmp_path / "study" / "combos.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    assert "combos.parquet" in refused("inspect", f"study={tmp_path / 'study'}")
    assert "study.json" in refused("inspect", f"study={tmp_path}")


def test_a_whole_study_is_described(command, tmp_path):
    write_study(tiny.study(), tmp_path / "study")
    assert len(read_study(tmp_path / "study")) == tiny.DESIGN["n_rows"]
    said = command("inspect", f"study={tmp_path / 'study'}")
    assert (said.status, said.err) == (0, "") and "synergy_loewe" in said.out
