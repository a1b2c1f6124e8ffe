"""Plots of predictions: a panel a shift group, none of a few rows, hits by a threshold."""

from dataclasses import replace

import pandas as pd
from benchmark_folder import LOEWE

from combo_dl.report.forecast_plots import MOST_DOTS, scatter, top_k


def test_a_panel_a_group_with_its_rows(result, frame):
    found = scatter(result, frame, LOEWE, name="p")
    assert found.wide and "pair seen: n = 96" in found.alt and ">pair new<" in found.svg


def test_a_group_of_few_rows_is_not_drawn(result, frame):
    keep = frame.groupby(["model", "shift"], sort=False).cumcount() < 10
    few = frame[keep | (frame["shift"] != "pair new")]
    found = scatter(result, few, LOEWE, name="p")
    assert "pair new" not in found.svg + found.alt and "pair seen" in found.svg
    assert scatter(result, frame[keep], LOEWE, name="p") is None


def test_many_rows_become_hexagons(result, frame):
    many = pd.concat([frame] * 4, ignore_index=True)
    assert len(frame) < len(many) and len(many) // 4 > MOST_DOTS / 4
    dots, cells = (scatter(result, f, LOEWE, name="p").svg for f in (frame, many))
    assert dots.count("<use") > cells.count("<use")


def test_constant_predictions_can_be_drawn(result, frame):
    flat = frame.assign(mean=0.0, truth=1.0)
    assert "r = 0.00" in scatter(result, flat, LOEWE, name="p").alt


def test_hits_need_a_threshold(result, frame):
    found = top_k(result, frame, LOEWE, name="p")
    assert "above 15.0, score points" in found.note and "ridge drug x profile" in found.svg
    bare = replace(result, protocol=replace(result.protocol, thresholds={}))
    assert top_k(bare, frame, LOEWE, name="p") is None


def test_a_harm_is_warned_of(result, frame):
    harm = replace(result, protocol=replace(result.protocol, directions={LOEWE: "harm"}))
    assert "warns of" in top_k(harm, frame, LOEWE, name="p").title


def test_without_a_closed_form_the_model_stands_alone(result, frame):
    own = [s for s in result.table if result.role(s.model) == "headline"]
    found = top_k(replace(result, table=tuple(own)), frame, LOEWE, name="p")
    assert "ridge" not in found.svg
