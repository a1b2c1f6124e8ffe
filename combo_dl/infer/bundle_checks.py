"""Checks on what a bundle says of itself: its card, and whether card, drugs and profiles fit."""

import numpy as np

from combo_dl.core.errors import FormatError
from combo_dl.core.monotherapy import FIELDS
from combo_dl.data.fitted import Fitted
from combo_dl.data.study_tensors import RESPONSE
from combo_dl.infer.card_schema import CARD_SHAPE, check_shape
from combo_dl.kernels.average import AverageOfKernels
from combo_dl.nn.dimensions import Dimensions
from combo_dl.stats.conformal import LEVELS, POOLED


def check_card(card: dict) -> None:
    """Raise FormatError on a card that lacks a key, or holds a value that cannot be used."""
    check_shape(card, CARD_SHAPE, key="card")
    first = card.get("first_study")
    if first is not None and first not in card["studies"]:
        raise FormatError(f"first_study is {first!r}, which is none of its studies")
    for needed in ("calibration",) if card["format"] == 1 else ("laws", "kernel_columns"):
        if needed not in card:
            raise FormatError(f"card lacks {needed!r}")
    _check_laws(card.get("laws", {}))
    _check_days_laws(card.get("days_laws", {}), card["endpoints"])
    _check_scores(card["scores"])


def _check_laws(laws: dict) -> None:
    for column, law in laws.items():
        if POOLED not in law["multiplier"]:
            raise FormatError(f"laws.{column}.multiplier lacks {POOLED!r}, that of all rows")
        for group, row in law["multiplier"].items():
            if len(row) != len(LEVELS) or row != sorted(row):
                raise FormatError(
                    f"laws.{column}.multiplier.{group} is {row}; expected {len(LEVELS)} numbers, "
                    "none below the one before"
                )


def _check_days_laws(laws: dict, endpoints: dict) -> None:
    for name in laws:
        kind = endpoints.get(name, {}).get("kind")
        if kind != "survival":
            what = "none of its endpoints" if kind is None else f"of the kind {kind!r}"
            raise FormatError(f"days_laws names {name!r}, which is {what}; expected survival")


def _check_scores(scores: list[dict]) -> None:
    for row in scores:
        for name in ("fold", "endpoint"):
            if not isinstance(row.get(name), str):
                raise FormatError(f"a score has {name} {row.get(name)!r}; expected text")
        for name, value in row.items():
            if name not in ("fold", "endpoint") and isinstance(value, str):
                raise FormatError(f"the score {name} is {value!r}; expected a number")


def check_world(card: dict, fitted: Fitted, dims: Dimensions) -> None:
    """Raise FormatError unless drugs, scalers and profiles have the sizes that the card states."""
    stated = (dims.fingerprint, dims.target, dims.classes, dims.known_drugs)
    found = (
        len(fitted.drugs.fingerprint.kept),
        len(fitted.drugs.target.kept),
        len(fitted.drugs.classes),
        len(fitted.known_drugs),
    )
    if (fitted.response_width, fitted.has_curves) != (dims.response, bool(dims.curve)):
        raise FormatError(
            f"drugs alone have {fitted.response_width} numbers; the card states "
            f"{dims.response} and {dims.curve}"
        )
    if fitted.gene_parts != dims.genes:
        raise FormatError(
            f"profiles tell {', '.join(fitted.gene_parts) or 'nothing'} of genes; the card states "
            f"{', '.join(dims.genes) or 'nothing'}"
        )
    if stated != found:
        raise FormatError(f"fingerprint, target, classes, drugs: {found}; the card states {stated}")
    names = [sorted(card["studies"]), sorted(fitted.studies), sorted(dims.profiles)]
    if names[0] != names[1] or names[0] != names[2]:
        raise FormatError(f"card, world and sizes name other studies: {names}")
    for name, part in fitted.studies.items():
        size, fields = dims.profiles[name], card["studies"][name]["fields"]
        levels = tuple(len(f["levels"]) for f in fields if f["kind"] == "category")
        numbers = sum(f["kind"] == "number" for f in fields)
        if (part.profile_width, levels) != (size.components, size.levels):
            raise FormatError(f"profiles of {name!r} have other components or levels than stated")
        if len(part.scaler.mean) != numbers or len(part.known) != size.known:
            raise FormatError(f"profiles of {name!r} have other fields or names than stated")


def check_kernels(found: AverageOfKernels, fitted: Fitted, study: str, categories: int) -> None:
    """Raise FormatError unless the kernel ridge knows the drugs and the features of the bundle.

    study: the one that it learned, with so many category fields.
    """
    if found.trained.drugs.known.max(initial=-1) >= len(fitted.known_drugs):
        raise FormatError("the kernel ridge knows drugs that the bundle does not")
    part = fitted.studies[study]
    named = np.array(part.scaler.blocks, dtype=str)[part.scaler.component_block].tolist()
    named += [RESPONSE] * (part.profile_width - part.scaler.width)
    wanted = {
        "drug": {
            "fingerprint": len(fitted.drugs.fingerprint.kept),
            "target": len(fitted.drugs.target.kept),
            "response": fitted.response_width - 1,
        },
        "profile": {f"number {name}": named.count(name) for name in named}
        | {f"category {i}": 1 for i in range(categories)},
    }
    things = (found.trained.drugs, found.trained.profiles)
    for (kind, widths), own in zip(wanted.items(), things, strict=True):
        for name, block in own.blocks.items():
            if block.values.shape[1] != widths.get(name):
                raise FormatError(
                    f"the kernel ridge has {block.values.shape[1]} features of the {kind} block "
                    f"{name!r}; the bundle has {widths.get(name)}"
                )
    width = len(FIELDS) if part.curves is not None else 0
    for member in found.members:
        if member.states is not None and member.states.landmarks.shape[1] != width:
            raise FormatError(
                f"the kernel ridge has states of {member.states.landmarks.shape[1]} numbers; the "
                f"bundle has {width}"
            )
