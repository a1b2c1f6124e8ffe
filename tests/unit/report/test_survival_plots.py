"""Plots of survival: a panel a fold, words for who does not see them, and no plot without rows."""

from dataclasses import replace

import pytest
from benchmark_folder import HEADLINE, LOEWE, write_benchmark

from combo_dl.core.errors import FormatError
from combo_dl.report.reader import read_result
from combo_dl.report.survival_plots import decision_curves, survival_calibration, survival_plot

PLOTS = (survival_plot, survival_calibration, decision_curves)


def rows(fold):
    """Rows of one fold, as ``evaluate`` writes them."""
    head = {"endpoint": LOEWE, "fold": fold, "model": HEADLINE}
    curve = {"days": [0, 7, 14], "survival": [1.0, 0.8, 0.6]}
    observed = {"days": [0, 7, 14], "survival": [1.0, 0.7, 0.5], "low": [1, 0.6, 0.4]}
    groups = [(0.3, 0.25), (0.6, 0.5), (0.9, None)]
    cuts = [(0.2, 0.4, 0.35), (0.5, 0.2, 0.1), (0.8, None, -0.4)]
    return {
        "curves": [
            head | {"model": "observed", "high": [1, 0.8, 0.6]} | observed,
            head | curve,
        ],
        "calibration": [
            head | {"day": 365, "group": i, "patients": 20, "predicted": p, "observed": o}
            for i, (p, o) in enumerate(groups)
        ],
        "decisions": [
            head | {"threshold": t, "net_benefit": m, "net_benefit_all": a} for t, m, a in cuts
        ],
    }


@pytest.fixture
def survival(result):
    parts = [rows("Here"), rows("There")]
    return replace(result, survival={k: tuple(r for p in parts for r in p[k]) for k in parts[0]})


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_names_its_folds_and_says_what_it_shows(survival, plot):
    found = plot(survival, LOEWE, name="p")
    assert found.svg.startswith("<svg") and "Here" in found.svg and "There" in found.svg
    assert found.title and found.note and "Here" in found.alt


def test_the_words_are_of_what_is_drawn(survival):
    assert (
        "Here: at the end 60.0 % predicted, 50.0 % observed."
        in survival_plot(survival, LOEWE, name="p").alt
    )
    said = survival_calibration(survival, LOEWE, name="p").alt
    assert "60.0 % predicted 50.0 % observed" in said and "90.0 %" not in said
    assert "at most 0.100 above" in decision_curves(survival, LOEWE, name="p").alt


@pytest.mark.parametrize("plot", PLOTS)
def test_a_benchmark_without_survival_has_no_plot_of_it(result, survival, plot):
    assert plot(result, LOEWE, name="p") is None and plot(survival, "os", name="p") is None


def test_rows_are_read_and_what_is_none_is_refused(tmp_path):
    found = read_result(write_benchmark(tmp_path / "good", survival=rows("Here")))
    assert len(found.survival["curves"]) == 2
    broken = write_benchmark(tmp_path / "bad", survival={"curves": [{"endpoint": "os"}]})
    with pytest.raises(FormatError, match=r"a row of survival\.curves lacks 'model'"):
        read_result(broken)
    other = write_benchmark(tmp_path / "worse", survival={"curves": "none"})
    with pytest.raises(FormatError, match=r"survival\.curves is text; a list was expected"):
        read_result(other)
