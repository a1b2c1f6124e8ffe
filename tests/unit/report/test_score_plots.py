"""Plots of scores say in words what they show, and are left out where there is nothing."""

from dataclasses import replace

import pytest
from benchmark_folder import HEADLINE, LOEWE

from combo_dl.report.score_plots import calibration, ceiling_bars, fold_gains


@pytest.mark.parametrize("plot", [ceiling_bars, fold_gains, calibration])
def test_a_plot_has_words_for_those_who_do_not_see_it(result, plot):
    found = plot(result, LOEWE, name="p")
    assert found.svg.startswith("<svg") and len(found.alt) > 40 and found.title and found.note


def test_the_ceiling_is_drawn_where_there_is_one(result):
    assert "replicate ceiling 0.96" in ceiling_bars(result, LOEWE, name="p").svg
    without = ceiling_bars(replace(result, ceiling={}), LOEWE, name="p")
    assert "ceiling" not in without.svg and "Dashed" not in without.note


def test_each_baseline_is_named(result):
    svg = fold_gains(result, LOEWE, name="p").svg
    assert svg.count(">global mean<") == 2 and "less mean squared error" in svg


def test_calibration_leaves_small_groups_out(result):
    few = [replace(g, rows=10) if g.shift == "pair new" else g for g in result.groups]
    said = calibration(replace(result, groups=tuple(few)), LOEWE, name="p").alt
    assert "pair seen" in said and "pair new" not in said


def test_nothing_to_show_is_no_plot(result):
    bare = tuple(replace(s, values={"mse": 1.0}) for s in result.table)
    empty = replace(result, table=bare, groups=(), differences=())
    assert ceiling_bars(empty, LOEWE, name="p") is None
    assert fold_gains(empty, LOEWE, name="p") is None
    assert calibration(empty, LOEWE, name="p") is None


def test_an_interval_that_is_unknown_is_not_drawn(against):
    found = fold_gains(against((-5.0, None, None)), LOEWE, name="p")
    assert "–" in found.alt and HEADLINE not in found.alt
