"""The page: whole in one file, nothing loaded from elsewhere, every text escaped."""

import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from benchmark_folder import HEADLINE, write_benchmark

from combo_dl.core.errors import ConfigError
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.report.page import write_report

EVIL = '<script>alert(1)</script> & "it\'s" {{ 7 * 7 }} $x$'
VOID = ("meta", "br")


class Reader(HTMLParser):
    """Tags that were opened and not closed, and what is in attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids = [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.remove(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """One benchmark; and two, the second flattering, leaking and named to do harm."""
    at = tmp_path_factory.mktemp("pages")
    honest = write_benchmark(at / "honest", n_pairs=6)
    leak = {"check": "pairs", "severity": "fail", "found": 9, "examples": [EVIL]}
    other = write_benchmark(
        at / "other", n_pairs=6, title=f"random rows {EVIL}", flatters=True, leakage=[leak]
    )
    _rename(other, "ridge drug x profile", EVIL)
    write_report([honest], at / "one.html")
    write_report([honest, other], at / "two.html")
    return at / "one.html", at / "two.html"


def _rename(folder, old, new):
    path = folder / "benchmark.json"
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(raw).replace(json.dumps(old), json.dumps(new)))
    frame = pd.read_parquet(folder / "predictions.parquet")
    frame["model"] = frame["model"].replace(old, new)
    frame.to_parquet(folder / "predictions.parquet", index=False)


def test_it_is_well_formed_with_ids_of_its_own(pages):
    for page in pages:
        reader = read(page)
        assert reader.open == [] and len(set(reader.ids)) == len(reader.ids)


def test_nothing_is_loaded_and_nothing_runs(pages):
    for page in pages:
        reader, text = read(page), page.read_text()
        assert not reader.tags & {"script", "link", "img", "iframe", "object", "foreignobject"}
        assert "default-src 'none'" in text and "http://" not in text and "https://" not in text
        links = [v for k, v in reader.attributes if k in ("href", "src", "xlink:href")]
        assert all(v.startswith("#") for v in links)
        assert not [k for k, _ in reader.attributes if k.startswith("on")]


def test_every_name_is_escaped(pages):
    text = pages[1].read_text()
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text


def test_it_says_what_it_is_and_how_it_was_made(pages):
    text = pages[0].read_text()
    for said in (DISCLAIMER, HEADLINE, "leave-combination-out", "combo-dl evaluate", "ab" * 32):
        assert said in text
    assert "flattering split</span>" not in text and "somewhere/private" not in text


def test_a_split_that_flatters_or_leaks_is_labelled_wherever_it_is_named(pages):
    text = pages[1].read_text()
    assert text.count("flattering split</span>") == 2 and "Do not quote its numbers" in text
    assert text.count("leakage found</span>") == 2


def test_several_splits_have_a_table_first(pages):
    assert 'id="overview"' not in pages[0].read_text()
    text = pages[1].read_text()
    assert text.index('id="overview"') < text.index('id="s1"') < text.index('id="s2"')


def test_every_plot_has_words(pages):
    text = pages[0].read_text()
    assert text.count("<figure") == 5
    assert len(re.findall(r'role="img" aria-label="[^"]{40,}', text)) == 5


def test_dark_print_and_light_are_styled(pages):
    text = pages[0].read_text()
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", text))
    assert used <= set(re.findall(r"--([a-z0-9-]+):", text))


def test_the_same_results_give_the_same_page(pages, tmp_path):
    write_report([pages[0].parent / "honest"], tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == pages[0].read_bytes()


def test_without_predictions_the_page_says_so(tmp_path):
    made = write_benchmark(tmp_path / "b", n_pairs=4)
    (made / "predictions.parquet").unlink()
    write_report([made], tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text()
    assert "holds no predictions.parquet" in text and text.count("<figure") == 3


def test_a_page_of_the_least_that_a_benchmark_holds(tmp_path):
    made = write_benchmark(
        tmp_path / "b", n_pairs=4, groups=[], differences=[], ceiling={}, leakage=[], seeds=1
    )
    write_report([made], tmp_path / "p.html")
    assert "No finding was recorded" in (tmp_path / "p.html").read_text()


def test_no_folder_or_the_same_twice_is_refused(folder, tmp_path):
    with pytest.raises(ConfigError, match="no folder was given"):
        write_report([], tmp_path / "p.html")
    with pytest.raises(ConfigError, match="is given twice"):
        write_report([folder, folder / "."], tmp_path / "p.html")
