"""The shape of a bundle's card: which keys, of which kind. A card is untrusted: who forges one may
recompute its digest, so each value is looked at before it is used."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from combo_dl.core.errors import FormatError

Check = Callable[[object], bool]
MAX_TEXT = 100_000
MAX_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A check, and what it expects in words."""

    words: str
    fits: Check


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _within(value: object, low: float, high: float) -> bool:
    return _finite(value) and low <= value <= high  # type: ignore[operator]


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


TEXT = Kind(words="text", fits=lambda v: isinstance(v, str) and len(v) <= MAX_TEXT)
COUNT = Kind(words="a whole number from 0", fits=lambda v: _whole(v, 0, 2**53))
SIZE = Kind(words="a whole number from 0 to 10 million", fits=lambda v: _whole(v, 0, 10**7))
SHARE = Kind(words="a share from 0 to 1", fits=lambda v: _finite(v) and 0 <= v <= 1)  # type: ignore[operator]
NOT_NEGATIVE = Kind(words="a number from 0", fits=lambda v: _finite(v) and v >= 0)  # type: ignore[operator]
MAYBE = Kind(words="a number from 0, or null", fits=lambda v: v is None or NOT_NEGATIVE.fits(v))
# Larger ones would leave float32; a factor of calibration is near 1.
FACTOR = Kind(words="a number from 1e-6 to 1e6", fits=lambda v: _finite(v) and 1e-6 <= v <= 1e6)  # type: ignore[operator]
SCORE = Kind(words="a number, text or null", fits=lambda v: v is None or TEXT.fits(v) or _finite(v))
MULTIPLIER = Kind(words="a number from 0 to 1e6", fits=lambda v: _finite(v) and 0 <= v <= 1e6)  # type: ignore[operator]
ANYTHING = Kind(words="a value", fits=lambda v: True)


@dataclass(frozen=True, kw_only=True)
class Each:
    """A list, or a mapping by any name, of the same shape; at least ``least`` of them."""

    of: "Shape"
    mapping: bool = False
    least: int = 0


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A mapping with these keys; the ``optional`` ones may lack, others are not looked at."""

    needed: Mapping[str, "Shape"]
    optional: Mapping[str, "Shape"]


Shape = Kind | Each | Keys
_FIELD = Keys(
    needed={"name": TEXT, "kind": TEXT, "unit": TEXT, "levels": Each(of=TEXT)}, optional={}
)
_SOURCE = Keys(needed=dict.fromkeys(("file", "origin", "licence", "sha256"), TEXT), optional={})
_USUAL = Keys(needed={"rows": COUNT, "rate": SHARE, "independent": SHARE}, optional={})
_STUDY = Keys(
    needed={
        "digest": TEXT,
        "version": TEXT,
        "dose_unit": TEXT,
        "space": TEXT,
        "citation": TEXT,
        "fields": Each(of=_FIELD),
        "sources": Each(of=_SOURCE),
        "flow": Each(of=Each(of=SCORE)),
    },
    optional={
        "endpoints": Each(of=TEXT),
        "training_rows": COUNT,
        "usual_excess": Each(of=Each(of=_USUAL, mapping=True, least=1), mapping=True),
    },
)
_EDGES = Keys(needed={"sources": Each(of=_SOURCE), "citation": TEXT}, optional={})
_PROFILES = Keys(needed={"components": SIZE, "levels": Each(of=SIZE), "known": SIZE}, optional={})
_LAW = Keys(
    needed={
        "share": Each(of=SHARE, mapping=True),
        "multiplier": Each(of=Each(of=MULTIPLIER), mapping=True, least=1),
        "abstain": MAYBE,
    },
    optional={},
)
_LINE = Keys(
    needed={
        "intercept": Kind(words="a number from -20 to 20", fits=lambda v: _within(v, -20, 20)),
        "slope": Kind(words="a number from 0.01 to 20", fits=lambda v: _within(v, 0.01, 20)),
        "cluster": Kind(words="a number from 0 to 10", fits=lambda v: _within(v, 0, 10)),
    },
    optional={},
)
_DAYS_LAW = Keys(
    needed={
        "spread": Kind(words="a number from 0 to 10", fits=lambda v: _within(v, 0, 10)),
        "groups": Kind(words="a whole number from 2", fits=lambda v: _whole(v, 2, 10**9)),
        "new_cohorts": Kind(words="true or false", fits=lambda v: isinstance(v, bool)),
    },
    optional={},
)
_SIZES = ("fingerprint", "target", "classes", "known_drugs", "graph_targets")
CARD_SHAPE = Keys(
    needed={
        "members": Kind(words="a whole number from 1 to 1000", fits=lambda v: _whole(v, 1, 1000)),
        "network": Each(of=ANYTHING, mapping=True, least=1),
        "dimensions": Keys(
            needed=dict.fromkeys(_SIZES, SIZE)
            | {"relations": Each(of=TEXT), "profiles": Each(of=_PROFILES, mapping=True, least=1)},
            optional={
                "response": SIZE,
                "curve": SIZE,
                "known_pairs": SIZE,
                "genes": Each(of=TEXT),
                "columns": Each(of=Each(of=TEXT, least=1), mapping=True),
            },
        ),
        "endpoints": Each(of=Each(of=ANYTHING, mapping=True, least=1), mapping=True, least=1),
        "studies": Each(of=_STUDY, mapping=True, least=1),
        "split": Keys(
            needed={"fold": TEXT, "rule": TEXT, "training_rows": COUNT, "test_rows": COUNT},
            optional={},
        ),
        "scores": Each(of=Each(of=SCORE, mapping=True)),
        "intended_use": TEXT,
        "versions": Each(of=TEXT, mapping=True),
    },
    optional={
        "first_study": TEXT,
        "calibration": Each(of=FACTOR, mapping=True),  # of format 1
        "laws": Each(of=_LAW, mapping=True),
        "risk_laws": Each(of=Each(of=_LINE, mapping=True, least=1), mapping=True),
        "days_laws": Each(of=_DAYS_LAW, mapping=True),
        "kernel_columns": Each(of=TEXT),
        "edges": Each(of=_EDGES, mapping=True),
    },
)


def check_shape(value: object, shape: Shape, *, key: str) -> None:
    """Raise FormatError naming the first ``key`` whose value is not of its ``shape``."""
    if isinstance(shape, Kind):
        if not shape.fits(value):
            raise FormatError(f"{key} is {shown(value)}; expected {shape.words}")
    elif isinstance(shape, Keys):
        _check_keys(value, shape, key)
    else:
        _check_each(value, shape, key)


def _check_keys(value: object, shape: Keys, key: str) -> None:
    if not isinstance(value, dict):
        raise FormatError(f"{key} is {shown(value)}; expected a mapping")
    for name in shape.needed:
        if name not in value:
            raise FormatError(f"{key} lacks {name!r}")
    for name, part in {**shape.needed, **shape.optional}.items():
        if name in value:
            check_shape(value[name], part, key=f"{key}.{name}")


def _check_each(value: object, shape: Each, key: str) -> None:
    kind = dict if shape.mapping else list
    if not isinstance(value, kind) or len(value) < shape.least:
        wanted = "mapping" if shape.mapping else "list"
        least = f" of at least {shape.least}" if shape.least else ""
        raise FormatError(f"{key} is {shown(value)}; expected a {wanted}{least}")
    named = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in named:
        check_shape(part, shape.of, key=f"{key}.{shown(name)}")


def shown(value: object) -> str:
    """The value in a short line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
