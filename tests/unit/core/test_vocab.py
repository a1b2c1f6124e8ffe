import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.vocab import Vocab


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=12))
def test_ids_and_names_are_inverse(names):
    vocab = Vocab.of("drug", names).validate()
    assert list(vocab.names) == sorted(set(names))
    assert vocab.ids(vocab.names).tolist() == list(range(len(vocab)))
    assert all(name in vocab for name in names)


def test_an_unknown_name_lists_the_nearest():
    vocab = Vocab(kind="drug", names=("olaparib", "veliparib"))
    with pytest.raises(UnknownNameError, match=r"unknown drug 'olaparip'; nearest known: olaparib"):
        vocab.id("olaparip")
    assert vocab.get("olaparip") == -1 and "olaparip" not in vocab


def test_ids_are_int32():
    ids = Vocab(kind="drug", names=("b", "a")).ids(["a", "b", "a"])
    assert ids.dtype == np.int32 and ids.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("names", "message"),
    [(("a", "b", "a"), "drug 'a' is named twice"), (("a", " "), "a drug has an empty name")],
)
def test_repeated_and_empty_names_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        Vocab(kind="drug", names=names).validate()
