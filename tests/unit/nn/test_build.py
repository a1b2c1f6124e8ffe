"""The builder takes classes of its role and settings that they name, and nothing else."""

from dataclasses import replace

import pytest
import tiny
import torch

from combo_dl.core.errors import ConfigError
from combo_dl.nn.build import ROLES, build_network, build_part, part_class
from combo_dl.nn.dimensions import Dimensions, ProfileDimensions
from combo_dl.nn.head.location_scale import LocationScaleHead

HEAD = tiny.STUDENT_T
FUSION_SIZES = {"width_drug": 4, "width_profile": 4, "width_told": {}, "told_dropout": {}}
SIZES = {"width_in": 4, "width_out": 1, "bounds": (None, None)}
DIMS = Dimensions(
    fingerprint=5,
    target=3,
    classes=2,
    known_drugs=4,
    graph_targets=0,
    relations=(),
    profiles={"s": ProfileDimensions(components=2, levels=(3,), known=0)},
)
FOREIGN = [
    "os.system",
    "builtins.eval",
    "torch.nn.Linear",
    "combo_dl.nn.build.build_network",
    "combo_dl.nn.build.NetworkSpec",
    "combo_dl.nn.layers.perceptron",
    "combo_dl.nn.head.location_scale.nn.Linear",
    "combo_dl.nn.head.location_scale.Tensor",
    "combo_dl.nn.head.location_scale.LocationScale",
    "combo_dl.nn.head.location_scale.student_quantile",
    "combo_dl.nn.head..location_scale.LocationScaleHead",
    "combo_dl.nn.head.location_scale.LocationScaleHead\n",
    " combo_dl.nn.head.location_scale.LocationScaleHead",
    "combo_dl/nn/head/location_scale/LocationScaleHead",
    "combo_dl.nn.head.../../os.System",
    "combo_dl.nn.head.no_such_module.Head",
    "combo_dl.nn.head.location_scale.NoSuchHead",
    "combo_dl.nn.fusion.pairwise.PairwiseFusion",
    "",
    None,
    7,
    ["os.system"],
]


@pytest.mark.parametrize("target", FOREIGN, ids=str)
def test_a_foreign_class_is_refused_in_one_line(target):
    with pytest.raises(ConfigError, match="is not a head part") as caught:
        build_part("head", HEAD | {"_target_": target}, SIZES)
    assert repr(target) in str(caught.value)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_takes_a_function_of_the_system(role):
    with pytest.raises(ConfigError, match=f"is not a {role} part"):
        part_class(role, "os.system")


@pytest.mark.parametrize("spec", [None, "os.system", ["os.system"], {"degrees": 4.0}], ids=str)
def test_a_part_is_a_mapping_with_a_target(spec):
    with pytest.raises(ConfigError, match="expected a mapping with _target_"):
        build_part("head", spec, SIZES)


def test_a_part_of_the_role_is_built():
    assert isinstance(build_part("head", HEAD, SIZES), LocationScaleHead)


def test_an_unknown_setting_names_the_nearest():
    with pytest.raises(ConfigError, match=r"no setting 'degree'; nearest known: degrees"):
        build_part("head", HEAD | {"degree": 3.0}, SIZES)


def test_a_size_that_data_give_is_no_setting():
    with pytest.raises(ConfigError, match="no setting 'width_in'"):
        build_part("head", HEAD | {"width_in": 3}, SIZES)


def test_a_lacking_setting_is_named():
    with pytest.raises(ConfigError, match="lacks the setting 'dropout'"):
        build_part("head", {k: v for k, v in HEAD.items() if k != "dropout"}, SIZES)


@pytest.mark.parametrize("value", ["many", None, 1.5, -4])
def test_a_value_that_does_not_fit_is_one_error(value):
    with pytest.raises(ConfigError, match="cannot be built from"):
        build_part("head", HEAD | {"hidden": value or "no"}, SIZES)


@pytest.mark.parametrize(
    ("key", "value"),
    [("width", "many"), ("width", 0), ("pair_width", -1), ("state_layers", 0), ("pair_layers", 65)],
)
def test_a_size_that_no_network_has_is_refused(key, value):
    with pytest.raises(ConfigError, match=f"has {key} = .*; expected a whole number from 1 to"):
        build_part("fusion", tiny.NETWORK.fusion | {key: value}, FUSION_SIZES)


def test_a_network_is_built_from_its_specification():
    net = build_network(tiny.NETWORK, DIMS)
    assert set(net.heads) == {"synergy_loewe"} and set(net.profiles) == {"s"}


@pytest.mark.parametrize("width", ["8", 0, None, 10**9, 8.0])
def test_a_width_that_is_no_width_is_refused(width):
    spec = replace(tiny.NETWORK, model=tiny.NETWORK.model | {"width": width})
    with pytest.raises(ConfigError, match=r"model\.width is"):
        build_network(spec, DIMS)


def test_an_endpoint_with_an_unknown_head_names_the_nearest():
    endpoint = replace(tiny.LOEWE, head="student")
    spec = replace(tiny.NETWORK, endpoints={endpoint.name: endpoint})
    with pytest.raises(ConfigError, match=r"wants the head 'student'; nearest known: student_t"):
        build_network(spec, DIMS)


def test_a_network_of_sizes_zero_is_built_without_a_word():
    none = replace(DIMS, fingerprint=0, target=0, classes=0, known_drugs=0)
    profiles = {"s": ProfileDimensions(components=0, levels=(), known=0)}
    net = build_network(tiny.NETWORK, replace(none, profiles=profiles))
    assert all(torch.isfinite(p).all() for p in net.parameters())
