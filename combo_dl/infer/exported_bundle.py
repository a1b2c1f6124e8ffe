"""A bundle that learned from patients, as it may leave: what it names or counts is of many people.

A bundle holds no row of a patient, but names (drugs, pairs, levels of fields), shares (of events,
in all and in each bin of time) and days (the ends of the bins are times of events). Each is counted
again in the study. What it works without (scores of folds, settings, usual excesses) is left out;
ends of bins become means of the times around them. Everything else, such as a kernel ridge, whose
arrays are training rows, is refused. What is not counted are the weights: how far they tell who was
learned from is measured (``combo_dl.evaluate.membership``), and told in the manifest.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.torch import save

from combo_dl.core.array_files import archived, read_arrays
from combo_dl.core.bundle_format import CARD, README, WEIGHTS, WORLD
from combo_dl.core.coarse import coarse_flow
from combo_dl.core.errors import ConfigError, FormatError, InputError
from combo_dl.core.export_kinds import FilesExport
from combo_dl.core.files import digest_of, read_json
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.core.study_files import read_study, study_digest
from combo_dl.infer.bundle_reader import BundleParts, read_bundle
from combo_dl.infer.exported_counts import study_counts
from combo_dl.infer.exported_heads import coarse_heads
from combo_dl.train.model_card import model_card

_KEPT = (
    *("format", "versions", "members", "network", "dimensions", "endpoints", "first_study"),
    *("edges", "laws", "risk_laws", "days_laws", "kernel_columns", "intended_use"),
)
_LEFT_OUT = ("studies", "split", "scores", "config", "membership", "files", "digest", "exported")
_STUDY = ("endpoints", "version", "digest", "dose_unit", "space", "fields", "sources", "citation")
# Of the world: public facts of drugs, what is fitted to drugs, and what ``study_counts`` counts.
_PUBLIC = ("catalog:", "graph:", "drug_scaler:")
_COUNTED = ("known", "pairs", "triples", "doses", "alone")
EVERY = "all endpoints"


def bundle_export(
    folder: Path, study: Path | None, membership: Path | None, *, threshold: int
) -> FilesExport:
    """The bundle in ``folder`` as it may leave. study: the folder of what it learned from.
    membership: what an attack on networks of its settings found; None: what its card says.

    Raises ConfigError without a study or an attack, FormatError on broken files, InputError on
    another study, and on what the gate does not know.
    """
    if study is None:
        raise ConfigError(f"{folder} is a bundle: add study=FOLDER, the study that it learned from")
    parts, learned = read_bundle(folder), read_study(study)
    _check(parts, learned, folder)
    attack = _attack(parts.card, membership)
    weights, counts = coarse_heads(parts, learned, threshold=threshold)
    counts |= study_counts(parts, learned)
    files = {WEIGHTS: save(weights), WORLD: _world(folder, learned.name)}
    card = _card(parts.card, learned, attack, threshold)
    card["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    card["digest"] = digest_of(json.dumps(card, sort_keys=True))
    text = json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n"
    files |= {CARD: text.encode(), README: model_card(card).encode()}
    worst = max(attack, key=lambda r: r["auc"])
    why = (
        f"weights trained on {len(learned)} people; whether they tell who: AUC of an attack by "
        f"loss {worst['auc']:.3f} ({worst['low']:.3f} to {worst['high']:.3f}) of "
        f"{worst['endpoint']}, the highest; 0.5 tells nothing"
    )
    return FilesExport(folder="bundle", files=files, counts=counts, why=why)


def _check(parts: BundleParts, study: Study, folder: Path) -> None:
    """Refuse a bundle that is not of all people of this study, or holds what is not known."""
    card = parts.card
    if list(card["studies"]) != [study.name] or study.profiles.space != PATIENT:
        raise InputError(
            f"{folder} learned from {', '.join(card['studies'])}; the gate knows bundles of one "
            f"study of patients, and the one given is {study.name!r}"
        )
    if card["studies"][study.name]["digest"] != study_digest(study):
        raise InputError(f"{folder} learned from another {study.name!r} than the study given")
    if card["split"]["test_rows"] or card["split"]["training_rows"] != len(study):
        raise InputError(
            f"{folder} learned from {card['split']['training_rows']} of {len(study)} people: from "
            "another bundle it would differ by few; train with folds=none"
        )
    strange = set(card) - {*_KEPT, *_LEFT_OUT}
    if strange or card["laws"] or card["kernel_columns"] or parts.kernels is not None:
        what = ", ".join(sorted(strange)) or "a kernel ridge or calibrated numbers"
        raise InputError(
            f"{folder} holds {what}, which may be rows of people; train with kernel=none and "
            "endpoints of survival and risk"
        )


def _attack(card: dict, path: Path | None) -> list[dict]:
    rows = card.get("membership", []) if path is None else read_json(path).get("rows")
    if not rows:
        raise ConfigError(
            "it is not known whether the weights tell who was learned from: run combo-dl evaluate "
            "with membership=true on the same settings, and give export "
            "membership=FOLDER/model/membership.json"
        )
    keys = ("endpoint", "folds", "members", "others", "auc", "low", "high")
    try:
        made = [{k: r[k] for k in keys} for r in rows]
        known = all(0 <= float(r[k]) <= 1 for r in made for k in ("auc", "low", "high"))
    except (TypeError, KeyError, ValueError) as error:
        raise FormatError(f"{path or 'the card'}: no attack on membership: {error}") from error
    lacking = {EVERY, *card["endpoints"]} - {r["endpoint"] for r in made}
    if lacking or not known:
        raise InputError(
            f"{path or 'the card'}: the attack says nothing of {', '.join(sorted(lacking))}; "
            "expected every endpoint of the bundle, and all together"
        )
    return made


def _world(folder: Path, name: str) -> bytes:
    arrays = read_arrays(folder / WORLD)
    own = {f"study:{name}:{key}" for key in _COUNTED}
    for key in arrays:
        known = key.startswith((*_PUBLIC, f"study:{name}:scaler:"))
        if not known and key not in own and key not in ("known_drugs", "studies"):
            raise InputError(f"{folder / WORLD} holds {key!r}, which the gate does not know")
    for key in ("known", "triples"):
        if len(arrays[f"study:{name}:{key}"]):
            raise InputError(f"{folder / WORLD} names profiles ({key}), which are people")
    return archived(arrays)


def _card(card: Mapping, study: Study, attack: list[dict], threshold: int) -> dict:
    told = card["studies"][study.name]
    steps = [(str(step), int(left)) for step, left in told["flow"]]
    flow = coarse_flow(
        [s for s, _ in steps], np.array([n for _, n in steps], int), threshold=threshold
    )
    own = {k: told[k] for k in _STUDY if k in told}
    own |= {"flow": [list(step) for step in flow or ()], "training_rows": len(study)}
    split = {k: card["split"][k] for k in ("fold", "rule", "training_rows", "test_rows")}
    return {k: card[k] for k in _KEPT if k in card} | {
        "studies": {study.name: own},
        "split": split | {"proofs": []},
        "scores": [],
        "config": {},
        "membership": attack,
        "exported": {"threshold": threshold},
    }
