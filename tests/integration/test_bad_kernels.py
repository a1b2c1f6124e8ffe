"""A forged calibration or kernel ridge is refused in one line, before anything is predicted."""

import json
import shutil

import numpy as np
import pytest
import tiny
from forged import change_world, forge, set_to, sign

from combo_dl.core.arrays import text_array
from combo_dl.kernels.average import MAX_KERNELS
from combo_dl.train.run import train

COLUMN = "synergy_loewe"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A bundle of format 2 with kernels and a law, of a study large enough for one."""
    settings = tiny.settings(tmp_path_factory.mktemp("trained"))
    return train(settings, [tiny.study(n_rows=260)]).bundles[0]


@pytest.fixture
def bundle(trained, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(trained, tmp_path / "bundle")


def test_a_signed_copy_is_predicted_with(bundle, command, tmp_path):
    sign(bundle)
    (tmp_path / "rows.csv").write_text("drugs,profile\nolaparib + cisplatin,LINE000\n")
    words = [f"bundle={bundle}", f"rows={tmp_path}/rows.csv", f"out={tmp_path}/out.csv"]
    assert command("predict", *words).status == 0


LAW = f"laws.{COLUMN}"
RISING = [0.5, 0.7, 1.0, 1.3, 1.6, 2.0, 3.0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("laws", ...),
        ("laws", []),
        (LAW, None),
        (f"{LAW}.share", ...),
        (f"{LAW}.share", {"": "much"}),
        (f"{LAW}.share", {"": -0.1}),
        (f"{LAW}.share", {"": 1.1}),
        (f"{LAW}.share", {"": 1e400}),
        (f"{LAW}.share", {"": True}),
        (f"{LAW}.multiplier", {}),
        (f"{LAW}.multiplier", {"": RISING[:6]}),
        (f"{LAW}.multiplier", {"": RISING[::-1]}),
        (f"{LAW}.multiplier", {"": [*RISING[:6], 1e400]}),
        (f"{LAW}.multiplier", {"": [*RISING[:6], 1e308]}),
        (f"{LAW}.multiplier", {"": [-1.0, *RISING[:6]]}),
        (f"{LAW}.multiplier", {"": ["wide", *RISING[:6]]}),
        (f"{LAW}.multiplier", {"nowhere": RISING}),
        (f"{LAW}.abstain", -1.0),
        (f"{LAW}.abstain", "never"),
        (f"{LAW}.abstain", ...),
        ("kernel_columns", ...),
        ("kernel_columns", "synergy_loewe"),
        ("kernel_columns", ["synergy_zip"]),
        ("kernel_columns", [7]),
    ],
    ids=lambda v: str(v)[:40],
)
def test_a_forged_law_is_refused(bundle, refusal, path, value):
    forge(bundle, path, value)
    assert f"broken bundle {bundle}" in refusal()


def with_header(change):
    """A change of the settings of the kernels."""

    def changed(arrays):
        header = json.loads(str(arrays["kernel:header"][0]))
        change(header)
        return arrays | {"kernel:header": text_array((json.dumps(header),))}

    return changed


def times(name: str, factor: float):
    return lambda arrays: arrays | {name: arrays[name] * factor}


def spec(**changes):
    """A change of the first kernel."""
    return with_header(lambda h: h["members"][0].update(changes))


def of_drugs(**changes):
    return with_header(lambda h: h["members"][0]["drug"].update(changes))


WEIGHT = f"kernel:0:weight:{COLUMN}"
PRINT = "kernel:drugs:values:fingerprint"
KERNELS = {
    "weights lack": lambda a: {n: v for n, v in a.items() if n != WEIGHT},
    "weights of another shape": lambda a: a | {WEIGHT: a[WEIGHT][:, :1]},
    "weights on their side": lambda a: a | {WEIGHT: np.ascontiguousarray(a[WEIGHT].T)},
    "weights of NaN": times(WEIGHT, np.nan),
    "weights without end": lambda a: a | {WEIGHT: np.full_like(a[WEIGHT], np.inf)},
    "weights too large": times(WEIGHT, 1e30),
    "weights that are text": set_to(WEIGHT, np.array([["a"]])),
    "weights that are complex": lambda a: a | {WEIGHT: a[WEIGHT].astype(complex)},
    "state weights without states": set_to(f"kernel:0:beta:{COLUMN}", np.ones(3, np.float32)),
    "pairs beyond the drugs": lambda a: a | {"kernel:pairs": a["kernel:pairs"] + 1000},
    "pairs below the drugs": lambda a: a | {"kernel:pairs": a["kernel:pairs"] - 1000},
    "pairs that are triples": set_to("kernel:pairs", np.zeros((5, 3), np.int32)),
    "pairs that are text": set_to("kernel:pairs", np.array([["a", "b"]])),
    "fewer pairs than weights": lambda a: a | {"kernel:pairs": a["kernel:pairs"][:3]},
    "drugs beyond the bundle's": lambda a: a | {"kernel:drugs:known": a["kernel:drugs:known"] + 99},
    "drugs that are numbers": lambda a: (
        a | {"kernel:drugs:known": a["kernel:drugs:known"].astype(float)}
    ),
    "fewer drugs than features": lambda a: a | {"kernel:drugs:known": a["kernel:drugs:known"][:3]},
    "features of NaN": times(PRINT, np.nan),
    "features too large": times(PRINT, 1e30),
    "fewer features than the bundle": lambda a: a | {PRINT: a[PRINT][:, :3]},
    "a block that is none": set_to("kernel:drugs:blocks", text_array(("colour",))),
    "presence of another length": set_to("kernel:drugs:present:fingerprint", np.ones(2, bool)),
    "no header": lambda a: {n: v for n, v in a.items() if n != "kernel:header"},
    "a header that is no JSON": set_to("kernel:header", text_array(("{",))),
    "a header of lists": set_to("kernel:header", text_array(("[]",))),
    "a header without end": set_to("kernel:header", text_array(("[" * 100_000,))),
    "no kernels": with_header(lambda h: h.update(members=[])),
    "too many kernels": with_header(
        lambda h: h.update(members=h["members"][:1] * (MAX_KERNELS + 1))
    ),
    "a billion kernels": with_header(lambda h: h.update(members=10**9)),
    "a kernel more": with_header(lambda h: h["members"].append(h["members"][0])),
    "a setting that is none": spec(surprise=1),
    "a weight that is text": spec(single="a"),
    "a weight below zero": spec(single=-1.0),
    "a weight of NaN": spec(single=float("nan")),
    "a similarity of nothing": of_drugs(identity=0.0, constant=0.0, blocks={}),
    "a width that lacks": of_drugs(widths={}),
    "a width of zero": of_drugs(widths={"fingerprint": 0.0, "target": 0.0}),
    "a median that lacks": with_header(lambda h: h["medians"]["drug"].clear()),
    "a median of zero": with_header(lambda h: h["medians"]["drug"].update(fingerprint=0.0)),
    "a median of NaN": with_header(lambda h: h["medians"]["drug"].update(fingerprint=float("nan"))),
    "a centre without end": with_header(lambda h: h["centre"][0].update({COLUMN: float("inf")})),
    "a centre too large": with_header(lambda h: h["centre"][0].update({COLUMN: 1e300})),
    "a centre that lacks": with_header(lambda h: h["centre"][0].clear()),
    "states that lack": with_header(lambda h: h.update(scale=[1.0] * len(h["scale"]))),
}


@pytest.mark.parametrize("case", KERNELS)
def test_a_forged_kernel_is_refused(bundle, refusal, case):
    change_world(bundle, KERNELS[case])
    assert f"broken bundle {bundle}" in refusal()


def test_states_that_the_bundle_has_not_are_refused(bundle, refusal):
    """Landmarks that fit each other, in a bundle that knows no single-drug curve."""

    def changed(arrays):
        numbers = {"landmarks": (4, 5), "root": (4, 2), f"beta:{COLUMN}": (2 + 3,)}
        more = {f"kernel:0:{n}": np.ones(shape, np.float32) for n, shape in numbers.items()}
        return with_header(lambda h: h["scale"].__setitem__(0, 1.0))(arrays | more)

    change_world(bundle, changed)
    assert "has states of 5 numbers; the bundle has 0" in refusal()
