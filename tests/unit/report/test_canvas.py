"""Drawings are inline SVG in the colours of the page; names in them are text and nothing else."""

import re

import pytest

from combo_dl.report.canvas import ROLES, colour, dot_style, drawn, name_rows, series, short


def picture(text="a", *, name="p1"):
    def paint(figure):
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=colour("accent"))
        name_rows(axes, [text, "other"], strong=0)

    return drawn(paint, size=(3, 2), name=name)


def test_every_colour_is_one_of_the_page():
    assert "var(--accent)" in picture() and "var(--ink)" in picture()
    assert not re.search(r"#0102", picture())


def test_fonts_are_the_pages_and_no_address_is_in_it():
    svg = picture()
    assert "var(--sans)" in svg and "DejaVu" not in svg
    assert "http" not in svg and "<style" not in svg and "<metadata" not in svg


@pytest.mark.parametrize(
    "text", ["<script>x</script>", "$x_$", "a & b", 'id="axes', "薬", "#010213"]
)
def test_a_name_is_text(text):
    svg = picture(text)
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{shown}</text>" in svg


def test_ids_are_apart_and_the_same_each_time():
    ids = [set(re.findall(r'\bid="([^"]+)"', picture(name=n))) for n in ("p1", "p2")]
    assert ids[0] and not ids[0] & ids[1]
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', picture()))
    assert used <= ids[0] and picture() == picture()


def test_colours_and_markers_are_told_apart():
    assert len({colour(role) for role in ROLES} | {series(i) for i in range(6)}) == len(ROLES) + 6
    assert len({dot_style(i) for i in range(6)}) == 6


def test_long_names_are_cut_to_a_line():
    assert short("a\nb") == "a b" and len(short("x" * 90)) == 30
