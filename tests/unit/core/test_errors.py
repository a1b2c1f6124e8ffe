import inspect

import pytest

from combo_dl.core import errors

KINDS = [k for _, k in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_kind_has_one_root_and_keeps_its_message(kind):
    assert issubclass(kind, errors.ComboError) and not issubclass(kind, (ValueError, OSError))
    assert str(kind("dose is -1; expected 0 or more")) == "dose is -1; expected 0 or more"


def test_an_unknown_name_is_a_faulty_input():
    assert issubclass(errors.UnknownNameError, errors.InputError) and len(KINDS) >= 7
