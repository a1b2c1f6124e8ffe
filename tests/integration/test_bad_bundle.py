"""A bundle is untrusted: what was changed, cut or forged is one line, and nothing of it is run."""

import json
import os
import shutil

import numpy as np
import pytest
import torch
from forged import card_of, change_world, forge, set_to, sign
from safetensors.torch import load_file, save_file

from combo_dl.core.files import digest_of

GOOD_HEAD = "combo_dl.nn.head.location_scale.LocationScaleHead"


@pytest.fixture
def bundle(frozen, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(frozen, tmp_path / "bundle")


@pytest.mark.parametrize("name", ["weights.safetensors", "world.npz"])
@pytest.mark.parametrize("how", ["one bit", "cut", "empty", "gone"])
def test_a_changed_file_is_refused(bundle, refusal, name, how):
    file = bundle / name
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    content = {"one bit": bytes(raw), "cut": bytes(raw[:-50]), "empty": b""}.get(how)
    if content is None:
        file.unlink()
        assert f"lacks {name}" in refusal()
    else:
        file.write_bytes(content)
        assert f"{name} was changed" in refusal()


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"format": 1}', '{"a": ' * 2000])
def test_a_broken_card_is_refused(bundle, refusal, content):
    (bundle / "card.json").write_text(content)
    assert "card.json" in refusal()


def test_a_changed_card_is_refused(bundle, refusal):
    card = card_of(bundle)
    card["calibration"]["synergy_loewe"] = 0.01
    (bundle / "card.json").write_text(json.dumps(card))
    assert "its digest does not fit" in refusal()


def test_another_format_is_refused(bundle, refusal):
    for other in (3, 0, True, "2"):
        forge(bundle, "format", other)
        assert f"bundle format {other!r}; this version reads 1 and 2" in refusal()


def test_a_bundle_of_the_first_format_does_not_pass_for_one_of_the_second(bundle, refusal):
    forge(bundle, "format", 2)
    assert "card lacks 'laws'" in refusal()


def test_a_signed_copy_is_accepted(bundle, command):
    sign(bundle)
    assert command("inspect", f"bundle={bundle}").status == 0


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("network.head.student_t._target_", "os.system"),
        ("network.fusion._target_", "subprocess.Popen"),
        ("network.profile._target_", "combo_dl.nn.build.build_network"),
        ("network.relation._target_", "torch.nn.Linear"),
        ("network.molecule.gine._target_", "combo_dl.nn.molecule.gine.os.system"),
    ],
)
def test_a_foreign_class_is_not_built(bundle, refusal, monkeypatch, path, target):
    def called(*given: object, **named: object) -> None:
        raise AssertionError("it was called")

    monkeypatch.setattr(os, "system", called)
    forge(bundle, path, target)
    line = refusal()
    assert repr(target) in line and "part" in line


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network", ...),
        ("network.fusion", None),
        ("network.fusion.width", 10**7),
        ("network.fusion.width", "wide"),
        ("network.fusion.surprise", 1),
        ("network.model.width", -1),
        ("network.head", {}),
        ("dimensions", ...),
        ("dimensions.fingerprint", 3),
        ("dimensions.known_drugs", "many"),
        ("dimensions.profiles", {}),
        ("endpoints", {}),
        ("endpoints", []),
        ("endpoints.synergy_loewe.kind", "magic"),
        ("endpoints.synergy_loewe.columns", []),
        ("studies", {}),
        ("studies", ...),
        ("studies.synthetic.fields", []),
        ("studies.synthetic.space", "moon"),
        ("studies.synthetic.dose_unit", ...),
        ("members", 3),
        ("members", 0),
        ("members", "two"),
        ("members", True),
        ("members", 10**9),
        ("calibration", ...),
        ("calibration", {"synergy_loewe": "much"}),
        ("calibration", {"synergy_loewe": -1.0}),
        ("calibration", {"synergy_loewe": 1e400}),
        ("calibration", {"synergy_loewe": 1e308}),
        ("files", []),
    ],
    ids=lambda v: str(v)[:40],
)
def test_a_forged_card_is_refused(bundle, refusal, path, value):
    forge(bundle, path, value)
    if path == "files":
        card = card_of(bundle) | {"files": value}
        rest = {k: v for k, v in card.items() if k != "digest"}
        card["digest"] = digest_of(json.dumps(rest, sort_keys=True))
        (bundle / "card.json").write_text(json.dumps(card))
    assert str(bundle) in refusal()


def change_weights(bundle, change) -> None:
    file = bundle / "weights.safetensors"
    save_file(change(load_file(file)), file)
    sign(bundle)


NAME = "0/fusion.both.weight"
WEIGHTS = {
    "another shape": (lambda w: w | {NAME: w[NAME][:, :3].contiguous()}, "the card expects"),
    "one lacks": (lambda w: {n: t for n, t in w.items() if n != NAME}, "is None"),
    "one too many": (lambda w: w | {"0/more": torch.ones(1)}, "'more' is ((1,)"),
    "NaN": (lambda w: w | {NAME: w[NAME] * float("nan")}, "not finite numbers"),
    "infinite": (lambda w: w | {NAME: w[NAME] / 0.0}, "not finite numbers"),
    "half precision": (lambda w: w | {NAME: w[NAME].half()}, "float16"),
    "whole numbers": (lambda w: w | {NAME: w[NAME].to(torch.int64)}, "int64"),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_forged_weights_are_refused(bundle, refusal, case):
    change, message = WEIGHTS[case]
    change_weights(bundle, change)
    assert message in refusal()


def test_weights_that_are_no_tensors_are_refused(bundle, refusal):
    (bundle / "weights.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(Vecho\ntR.")
    sign(bundle)
    assert "is not a safetensors file" in refusal()


class Surprise:
    """Unpickled, it would write a file."""

    def __reduce__(self):
        return os.system, ("touch surprise",)


WORLD = {
    "an array lacks": lambda a: {n: v for n, v in a.items() if n != "catalog:atom"},
    "another drug": set_to("catalog:drugs", np.array(["only one"])),
    "drugs that are numbers": set_to("catalog:drugs", np.arange(3)),
    "pointers of no pack": lambda a: a | {"catalog:atom_ptr": a["catalog:atom_ptr"][::-1]},
    "a bond to nowhere": lambda a: a | {"catalog:bond_index": a["catalog:bond_index"] + 10_000},
    "another type": lambda a: a | {"catalog:atom": a["catalog:atom"].astype(float)},
    "known drugs beyond the catalog": set_to("known_drugs", np.array([0, 10_000])),
    "known drugs that are text": set_to("known_drugs", np.array(["a"])),
    "edges beyond the genes": lambda a: a | {"graph:edge0": a["graph:edge0"] + 100_000},
    "a scaler of another shape": set_to("study:synthetic:scaler:mean", np.zeros(1, np.float32)),
    "a scaler of bits beyond": lambda a: (
        a | {"drug_scaler:fingerprint_kept": a["drug_scaler:fingerprint_kept"] + 10_000}
    ),
    "profiles of another shape": set_to("profiles:synthetic:number", np.zeros((1, 1), np.float32)),
    "pairs of drugs beyond the catalog": set_to("study:synthetic:pairs", np.full((2, 2), 999)),
    "more known profiles than vectors": set_to("study:synthetic:known", np.array(list("abcdef"))),
    "fewer known drugs than vectors": lambda a: a | {"known_drugs": a["known_drugs"][:3]},
    "pairs that are no pairs": set_to("study:synthetic:pairs", np.zeros(4)),
    "triples that are text": set_to("study:synthetic:triples", np.array([["a", "b", "c"]])),
    "means that are text": set_to("drug_scaler:fingerprint_mean", np.array(["a"] * 9)),
    "means that are complex": lambda a: (
        a | {"drug_scaler:target_mean": a["drug_scaler:target_mean"].astype(complex)}
    ),
    "a scaler that is not finite": lambda a: (
        a | {"study:synthetic:scaler:loading": a["study:synthetic:scaler:loading"] * np.inf}
    ),
    "a scaler of no size": lambda a: (
        a | {"study:synthetic:scaler:scale": a["study:synthetic:scaler:scale"] * 0}
    ),
    "fields of no block": set_to("study:synthetic:scaler:blocks", np.zeros(0, "<U1")),
    "components of blocks beyond": lambda a: (
        a
        | {
            "study:synthetic:scaler:component_block": a["study:synthetic:scaler:component_block"]
            + 9
        }
    ),
    "triples on their side": lambda a: (
        a | {"study:synthetic:triples": np.ascontiguousarray(a["study:synthetic:triples"].T)}
    ),
    "no studies": set_to("studies", np.zeros(0, "<U1")),
}


@pytest.mark.parametrize("case", WORLD)
def test_a_forged_world_is_refused(bundle, refusal, case):
    change_world(bundle, WORLD[case])
    assert f"broken bundle {bundle}" in refusal()


def test_a_pickled_object_is_not_loaded(bundle, refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change_world(bundle, set_to("known_drugs", np.array([Surprise()], dtype=object)))
    assert "is not a file of plain arrays" in refusal()
    assert not (tmp_path / "surprise").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"\x93NUMPY", b"\x80\x04N."])
def test_a_world_that_is_no_archive_is_refused(bundle, refusal, content):
    (bundle / "world.npz").write_bytes(content)
    sign(bundle)
    assert "is not a file of plain arrays" in refusal()


def test_a_file_or_an_empty_folder_is_no_bundle(refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "no bundle at" in refused("inspect", f"bundle={tmp_path / 'file'}")
    assert "no bundle at" in refused("inspect", f"bundle={tmp_path}")
