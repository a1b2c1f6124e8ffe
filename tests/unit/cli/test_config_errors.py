"""A faulty setting is one line that names the nearest known one."""

import pytest

from combo_dl.cli.main import main

PREDICT = ["predict", "bundle=b", "rows=r.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["predict", "bundl=b", "rows=r"], "unknown setting 'bundl'; nearest known: bundle"),
        ([*PREDICT, "+bundel=3"], "unknown setting 'bundel'; nearest known: bundle"),
        ([*PREDICT, "level=wide"], "'level': Value 'wide' of type 'str' could not be converted"),
        ([*PREDICT, "level=0.5,0.9"], "combo-dl sweep"),
        ([*PREDICT, "nonsense"], "cannot read 'nonsense': key=value was expected"),
        (["predict", "rows=r"], "bundle must be given: add bundle=..."),
        (["inspect", "data=onell"], "data has no option 'onell'; nearest known: oneil"),
        (["inspect", "folder=x"], "unknown setting 'folder'"),
        (["inspect", "data=oneil", "data.oneil.foldr=x"], "nearest known: data.oneil.folder"),
        (["inspect", "data=oneil", "folder=x"], "nearest known: data.oneil.folder"),
        (["inspect", "+paths.input=x"], "unknown setting 'paths.input'"),
        (["inspect"], "give one of bundle=FOLDER, study=FOLDER, data=NAME"),
        (["inspect", "bundle=a", "study=b"], "was given bundle, study"),
        (["inspect", "data=oneil", "+data.oneil.nosuch=1"], "nosuch"),
        (["train", "trainer.lrr=1"], "nearest known: trainer.lr"),
        (["train", "trial={storage: a.journal}"], "a sweep sets all three"),
        (["train", "data=[]"], "name at least one study"),
    ],
)
def test_one_line_and_status_2(words, message, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1 and "Traceback" not in said.err


def test_cfg_job_prints_what_would_run_even_when_unfinished(capsys):
    assert main(["predict", "level=0.5", "--cfg", "job"]) == 0
    said = capsys.readouterr().out
    assert "bundle: ???" in said and "level: 0.5" in said
