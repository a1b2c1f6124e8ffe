"""The page of randomised contrasts: every comparison ranked, the failed ones marked, the audit."""

import json
import re

import pytest

from combo_dl.cli.main import main
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.report.contrasts import read_contrasts

EVIL = "<script>alert(1)</script>"
INERT = "&lt;script&gt;alert(1)&lt;/script&gt;"
HEAD, OTHER, NONE = "regression of arms", "independent action", "no difference"


def model(name, spearman, **changes):
    return {
        "model": name,
        "answered": 3,
        "spearman": spearman,
        "spearman_low": None if spearman is None else spearman - 0.2,
        "spearman_high": None if spearman is None else spearman + 0.2,
        "own_spearman": spearman,
        "headline_on_own": 0.5,
        "headline_gain": 0.1,
        "headline_gain_low": -0.1,
        "headline_gain_high": 0.3,
        "failed_in_lower_half": 0.75,
        "mean_absolute_error_days": 12.34,
    } | changes


def compared(trial, days, told, *, failed=False, other=5.0):
    return {
        "trial": trial,
        "stratum": "",
        "study": "trials",
        "cancer": "lung",
        "line": "first",
        "experimental": "nivolumab + docetaxel",
        "control": "docetaxel",
        "patients": 1234,
        "fold": 0,
        "rmst_days": days,
        "rmst_se": 10.0,
        "log_hr": -0.1,
        "log_hr_se": 0.1,
        "failed_combination": failed,
        f"rmst_days: {HEAD}": told,
        f"rmst_days: {OTHER}": other,
        f"rmst_days: {NONE}": 0.0,
    }


def record(**changes):
    return {
        "format": 1,
        "protocol": {
            "title": "leave-trial-out: randomised contrasts",
            "endpoint": "os",
            "horizon_days": 456,
            "headline": HEAD,
            "folds": 3,
            "trials": 3,
            "comparisons": 3,
            "left_out": ["late: one and other: followed to day 9, not 456"],
            "flow": [["times of patients", 3702]],
            "proofs": [],
        },
        "ceiling": 0.8,
        "table": [model(NONE, None), model(OTHER, 0.25), model(HEAD, 0.5)],
        "rows": [
            compared("alpha", 10.0, -3.0, failed=True),
            compared("beta", 40.0, 20.0),
            compared(EVIL, -20.0, 9.0, other=None),
        ],
        "leakage": [
            {"check": "trial on both sides", "severity": "fail", "found": 0, "examples": []},
            {"check": "arm like", "severity": "warn", "found": 1, "examples": ["a and b"]},
        ],
        "command": "combo-dl evaluate protocol=rct_contrasts",
        "digests": {"trials": "abc"},
    } | changes


def written(folder, **changes):
    folder.mkdir(exist_ok=True)
    (folder / "contrasts.json").write_text(json.dumps(record(**changes)))
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    at = tmp_path_factory.mktemp("contrasts")
    written(at / "run")
    assert main(["report", f"from={at}/run", f"out={at}/page.html"]) == 0
    return (at / "page.html").read_text(encoding="utf-8")


def test_comparisons_are_ranked_by_the_model_that_is_judged(page):
    order = [page.index(f'class="text">{t}<small>') for t in ("beta", INERT, "alpha")]
    assert order == sorted(order)
    assert "+40<small>+20 to +60</small>" in page and "1,234" in page
    assert page.count("no benefit in its trial</small>") == 1
    failed = page.index("no benefit in its trial</small>")
    assert page.index(INERT) < failed < page.index('class="text">alpha<small>')


def test_the_page_holds_scores_plots_audit_and_command(page):
    for text in (DISCLAIMER, "0.50", "0.30 to 0.70", "0.25", "trial on both sides", "a and b"):
        assert text in page
    for text in ("Predicted against randomised", "How well each model ranks", "to day 456"):
        assert text in page
    assert "75.0 %" in page and "1 pairs of arms that are no comparison" in page
    assert "combo-dl evaluate protocol=rct_contrasts" in page and "leakage found" not in page


def test_nothing_is_loaded_and_nothing_runs(page):
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)
    assert EVIL not in page and "<script" not in page and "default-src 'none'" in page


def test_a_leak_stands_at_the_top_and_an_old_folder_has_no_audit(tmp_path):
    leak = {"check": "trial on both sides", "severity": "fail", "found": 2, "examples": ["x"]}
    for name, leakage, said in (("a", [leak], "leakage found"), ("b", None, "without an audit")):
        folder = written(tmp_path / name, leakage=leakage)
        assert main(["report", f"from={folder}", f"out={tmp_path}/{name}.html"]) == 0
        assert said in (tmp_path / f"{name}.html").read_text()
    assert read_contrasts(tmp_path / "b").leakage is None


def test_models_are_ranked_and_those_without_a_score_last(tmp_path):
    found = read_contrasts(written(tmp_path / "a"))
    assert [m.model for m in found.ranked] == [HEAD, OTHER, NONE]
    assert [r.failed for r in found.rows] == [True, False, False]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "has format '2'; expected 1"),
        ({"rows": []}, "has 0 comparisons"),
        ({"rows": [{"trial": "a"}]}, "is not one of combo-dl evaluate protocol=rct_contrasts"),
        ({"table": [model(OTHER, 0.3)]}, "is not one of combo-dl evaluate|no scores of"),
        ({"leakage": [{"check": "x"}]}, "is not one of combo-dl evaluate"),
    ],
)
def test_a_broken_file_is_one_line(capsys, tmp_path, changes, said):
    folder = written(tmp_path / "a", **changes)
    assert main(["report", f"from={folder}", f"out={tmp_path}/x.html"]) != 0
    told = capsys.readouterr().err
    assert re.search(said, told) and told.count("\n") == 1


def test_a_page_shows_one_such_folder(capsys, tmp_path):
    one, other = written(tmp_path / "a"), written(tmp_path / "b")
    assert main(["report", f"from=[{one},{other}]", f"out={tmp_path}/x.html"]) != 0
    assert "a page shows one such folder" in capsys.readouterr().err
