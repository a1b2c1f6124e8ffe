"""The few numbers on top: those that were computed."""

from dataclasses import replace

from benchmark_folder import LOEWE

from combo_dl.report.tiles import gain_tile, tiles
from combo_dl.report.verdict import CLEAR, LOSS


def test_gain_correlation_coverage_and_abstention(result, frame):
    labels = [t.label for t in tiles(result, frame, LOEWE)]
    assert labels == [
        "MSE against the nearest baseline",
        "Pearson r",
        "80 % intervals",
        "Abstains",
    ]


def test_the_gain_is_relative_where_it_is_an_error(against, result):
    before = result.scores(LOEWE, result.differences[0].against).get("mse")
    tile = gain_tile(against((-before / 4, -before, -1.0)), LOEWE)
    assert tile.value == "−25.0 %" and tile.level == CLEAR
    tile = gain_tile(against((before / 4, 1.0, before)), LOEWE)
    assert tile.value == "+25.0 %" and tile.level == LOSS


def test_a_gain_in_correlation_is_told_as_it_is(result):
    only = tuple(d for d in result.differences if d.metric == "pearson")
    tile = gain_tile(replace(result, differences=only), LOEWE)
    assert tile.value.startswith("+0.")


def test_without_differences_and_predictions_less_is_shown(result):
    found = tiles(replace(result, differences=()), None, LOEWE)
    assert [t.label for t in found] == ["Pearson r", "80 % intervals"]
