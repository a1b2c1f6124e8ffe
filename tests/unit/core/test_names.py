from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.names import hint, nearest, normalise

DRUGS = ["pembrolizumab", "nivolumab", "MK-4541", "5-FU"]


@given(st.text(max_size=20))
def test_normalising_twice_is_once(name):
    assert normalise(normalise(name)) == normalise(name)


def test_case_spaces_and_hyphens_do_not_matter():
    assert normalise("mk 4541") == normalise("MK-4541") == normalise("Mk_4541")


def test_nearest_comes_first_under_its_own_spelling():
    assert nearest("pembrolizumb", DRUGS)[0] == "pembrolizumab"
    assert nearest("mk4541", DRUGS) == ["MK-4541"]
    assert len(nearest("a", [f"a{i}" for i in range(9)], limit=2)) <= 2


def test_hint_says_what_is_known():
    assert hint("nivolumap", DRUGS).startswith("nearest known: nivolumab")
    assert hint("zzzzzz", DRUGS) == "known: pembrolizumab, nivolumab, MK-4541, 5-FU"
    assert hint("zzzzzz", [f"q{i}" for i in range(20)]).endswith("q7, …")
    assert hint("x", []) == "none is known"
