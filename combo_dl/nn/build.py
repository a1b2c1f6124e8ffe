"""The builder: a plain specification becomes a network, from the classes of this room and no
others.

A bundle is untrusted input, so this is not a general instantiate: ``_target_`` must name a module
class that is defined in the folder of its role (``combo_dl.nn.<role>.<module>.<Class>``), and its
settings must be those that the constructor names.
"""

import importlib
import importlib.util
import inspect
import re
from dataclasses import asdict, dataclass, field

from torch import nn

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint
from combo_dl.data.batch import CURVE, GENES
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.drug_encoder import DrugEncoder
from combo_dl.nn.network import ComboNet

ROLES = ("molecule", "relation", "profile", "fusion", "head", "objective")
Spec = dict[str, object]
MAX_LAYERS, MAX_WIDTH = 64, 65_536
# What of the genes: nothing, those that a drug acts on, those and the ones joined to them.
GENES_TOLD = ("none", "targets", "neighbours")
TAUGHT_BY = "taught_by"  # a setting of the group model that is the network's own


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """What a network is made of: plain values, as they stand in a configuration or a bundle.

    model: settings of the drug encoder.  molecule, head: {name: part}.  response: how single-drug
    curves are used (``components``, ``dropout``); empty = not at all.  genes: whether fields of a
    profile meet the genes that a drug acts on (``told``, ``dropout``).  The others are one part.
    """

    model: Spec
    molecule: dict[str, Spec]
    relation: Spec
    profile: Spec
    fusion: Spec
    head: dict[str, Spec]
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    response: Spec = field(default_factory=dict)
    genes: Spec = field(default_factory=dict)

    @property
    def components(self) -> int:
        """Components of the single-drug response; 0 = single-drug curves are not used."""
        return whole_number(self.response.get("components", 0), "response.components", most=1024)

    @property
    def effects(self) -> int:
        """Components of the side effects that drugs have alone; 0 = they are not used."""
        return whole_number(self.response.get("effects", 0), "response.effects", most=1024)

    @property
    def response_dropout(self) -> float:
        """Probability that a single-drug curve is hidden in training. Raises ConfigError."""
        return _probability(self.response.get("dropout", 0.0), "response.dropout")

    def to_plain(self) -> Spec:
        """The parts as plain values, without endpoints, and without genes where none is told: so
        was a network written before it could be."""
        left = {"endpoints"} | ({"genes"} if self.genes_told == GENES_TOLD[0] else set())
        return {k: v for k, v in asdict(self).items() if k not in left}

    @property
    def genes_told(self) -> str:
        """One of GENES_TOLD. Raises ConfigError."""
        told = self.genes.get("told", GENES_TOLD[0])
        if told not in GENES_TOLD:
            raise ConfigError(f"genes.told is {told!r}; expected one of {', '.join(GENES_TOLD)}")
        return str(told)

    @property
    def genes_dropout(self) -> float:
        """Probability that what a profile says of a drug's genes is hidden in training. Raises
        ConfigError."""
        return _probability(self.genes.get("dropout", 0.0), "genes.dropout")


def _probability(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise ConfigError(f"{name} is {value!r}; expected a number from 0 to below 1")
    return float(value)


def whole_number(value: object, name: str, *, most: int) -> int:
    """``value``, if it is a whole number from 0 to ``most``. Raises ConfigError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ConfigError(f"{name} is {value!r}; expected a whole number from 0 to {most}")
    return value


def part_class(role: str, target: object) -> type[nn.Module]:
    """The class that ``target`` names. Raises ConfigError unless it is a part of this role."""
    expected = f"combo_dl.nn.{role}.<module>.<Class>"
    shape = rf"combo_dl\.nn\.{role}\.([a-z_][a-z0-9_]*)\.([A-Z][A-Za-z0-9]*)"
    found = re.fullmatch(shape, target) if isinstance(target, str) else None
    module_name = f"combo_dl.nn.{role}.{found[1]}" if found else ""
    if not found or importlib.util.find_spec(module_name) is None:
        raise ConfigError(f"{target!r} is not a {role} part; expected {expected}")
    made = getattr(importlib.import_module(module_name), found[2], None)
    own = inspect.isclass(made) and made.__module__ == module_name and issubclass(made, nn.Module)
    if not own:
        raise ConfigError(f"{target!r} is not a {role} part; {module_name} has no such class")
    return made  # type: ignore[return-value]


def build_part(role: str, spec: object, dimensions: Spec) -> nn.Module:
    """One part from its specification, with the ``dimensions`` that come from data.

    Raises ConfigError on a foreign class and on a missing, unknown or unfit setting.
    """
    if not isinstance(spec, dict) or "_target_" not in spec:
        raise ConfigError(f"the {role} part is {spec!r}; expected a mapping with _target_")
    made = part_class(role, spec["_target_"])
    settings = {k: v for k, v in spec.items() if k not in ("_target_", "_partial_")}
    return _construct(made, settings, dimensions, where=f"{role} {made.__name__}")


def _construct(made: type[nn.Module], settings: Spec, dimensions: Spec, *, where: str) -> nn.Module:
    wanted = list(inspect.signature(made).parameters)
    knobs = [w for w in wanted if w not in dimensions]
    for key in settings:
        if key not in knobs:
            raise ConfigError(f"{where} has no setting {key!r}; {hint(str(key), knobs)}")
    for key in knobs:
        if key not in settings:
            raise ConfigError(f"{where} lacks the setting {key!r}; give it in its YAML")
    for key, value in settings.items():
        _check_size(key, value, where)
    try:
        return made(**settings, **{k: v for k, v in dimensions.items() if k in wanted})
    except (TypeError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{where} cannot be built from {settings}: {error}") from error


def _check_size(key: str, value: object, where: str) -> None:
    """Raise ConfigError on a depth or a width that no network has."""
    # A bundle is untrusted: without a bound, a card could ask for layers without end.
    most = MAX_LAYERS if key.endswith("layers") else MAX_WIDTH if key.endswith("width") else 0
    if most and (type(value) is not int or not 1 <= value <= most):
        raise ConfigError(
            f"{where} has {key} = {value!r}; expected a whole number from 1 to {most}"
        )


def build_network(spec: NetworkSpec, dims: Dimensions) -> ComboNet:
    """The network of a specification and the sizes of the data. Raises ConfigError."""
    width = spec.model.get("width")
    if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
        raise ConfigError(f"model.width is {width!r}; expected a whole number from 1 to 65536")
    molecules = {
        name: build_part("molecule", part, {"dims": dims, "width_out": width})
        for name, part in spec.molecule.items()
    }
    drug = _construct(
        DrugEncoder,
        {key: value for key, value in spec.model.items() if key != TAUGHT_BY},
        {"dims": dims, "molecules": molecules, "response_dropout": spec.response_dropout},
        where="model",
    )
    profiles = {
        study: build_part("profile", spec.profile, {"dims": part, "width": width})
        for study, part in dims.profiles.items()
    }
    sizes: Spec = {"width_drug": width, "width_profile": width}
    sizes["width_told"] = {CURVE: dims.curve, GENES: 2 * len(dims.genes)}
    sizes["told_dropout"] = {CURVE: spec.response_dropout, GENES: spec.genes_dropout}
    fusion = build_part("fusion", spec.fusion, sizes)
    heads = {
        e.name: build_head(
            spec,
            e,
            width_out=len(dims.names(e)),
            width_in=fusion.width_out,  # type: ignore[arg-type]
            width_state=fusion.width_state,  # type: ignore[arg-type]
            known_pairs=dims.known_pairs,
            known_drugs=dims.known_drugs,
        )
        for e in spec.endpoints.values()
    }
    return ComboNet(
        drug=drug,
        relation=build_part("relation", spec.relation, {"dims": dims, "width": width}),
        profiles=profiles,
        fusion=fusion,
        heads=heads,
        endpoints=spec.endpoints,
        taught_by=_teachers(spec, dims),
    )


def _teachers(spec: NetworkSpec, dims: Dimensions) -> tuple[str, ...]:
    """The studies that teach the encoder of drugs. Raises ConfigError on another name."""
    found = spec.model.get(TAUGHT_BY) or ()
    if not isinstance(found, list | tuple):
        raise ConfigError(f"model.{TAUGHT_BY} is {found!r}; expected a list of studies, or null")
    for name in found:
        if name not in dims.profiles:
            raise ConfigError(
                f"model.{TAUGHT_BY} has {name!r}; {hint(str(name), list(dims.profiles))}"
            )
    return tuple(found)


def build_head(
    spec: NetworkSpec,
    endpoint: Endpoint,
    *,
    width_in: int,
    width_state: int = 1,
    width_out: int | None = None,
    known_pairs: int = 0,
    known_drugs: int = 0,
) -> nn.Module:
    """The head of an endpoint. Raises ConfigError when its group is not there."""
    if endpoint.head not in spec.head:
        near = hint(endpoint.head, spec.head)
        raise ConfigError(f"endpoint {endpoint.name!r} wants the head {endpoint.head!r}; {near}")
    sizes: Spec = {"width_in": width_in, "width_state": width_state, "bounds": endpoint.bounds}
    sizes["width_out"] = len(endpoint.columns) if width_out is None else width_out
    sizes |= {"known_pairs": known_pairs, "known_drugs": known_drugs}
    return build_part("head", spec.head[endpoint.head], sizes)
