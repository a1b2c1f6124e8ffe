import pytest

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError

LOEWE = {
    "kind": "synergy",
    "columns": ["synergy_loewe"],
    "unit": "points",
    "direction": "good",
    "head": "student_t",
    "metrics": ["mse"],
}


def test_json_and_back():
    made = Endpoint.from_json("loewe", LOEWE)
    assert made.columns == ("synergy_loewe",) and made.metrics == ("mse",)
    assert Endpoint.from_json("loewe", made.to_json()) == made


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "synergi"}, "endpoint 'loewe' has kind 'synergi'; expected one of synergy"),
        ({"direction": "up"}, "has direction 'up'; expected one of good, harm, neutral"),
        ({"columns": []}, "has no columns"),
        ({"columns": "synergy_loewe"}, "has columns 'synergy_loewe'; expected a list of names"),
        ({"weight": 0}, "has weight 0; expected a number above 0"),
        ({"weight": float("nan")}, "has weight nan"),
        ({"weight": "much"}, "endpoint 'loewe' has weight 'much'; expected a number above 0"),
        ({"kind": "survival"}, "'loewe' has horizon_days None; expected the days to which"),
        ({"kind": "survival", "horizon_days": 0}, "'loewe' has horizon_days 0; expected"),
        ({"hed": "gaussian"}, "has an unknown setting 'hed'; nearest known: head"),
    ],
)
def test_a_faulty_setting_is_one_error(changed, message):
    with pytest.raises(ConfigError, match=message):
        Endpoint.from_json("loewe", LOEWE | changed)


def test_a_missing_setting_is_named():
    with pytest.raises(ConfigError, match=r"endpoint 'loewe': .*missing .*'unit'"):
        Endpoint.from_json("loewe", {k: v for k, v in LOEWE.items() if k != "unit"})


@pytest.mark.parametrize("raw", [None, 5, ["os"]])
def test_what_is_no_mapping_is_one_error(raw):
    with pytest.raises(ConfigError, match=r"endpoint 'os' is .*; expected its settings"):
        Endpoint.from_json("os", raw)
