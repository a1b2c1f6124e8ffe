"""Leave-study-out: a bundle that learned from one study, scored on another that it never saw.

Scores of two studies are not on one scale, so only their order is compared (Pearson, Spearman,
hits). Rows of a pair that the bundle learned in the very profile are kept apart by their support:
they say how far two studies agree, not what a model can do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import write_json, write_text
from combo_dl.core.names import hint, normalise
from combo_dl.core.predictions import PAIR_SUPPORT
from combo_dl.core.study import Study
from combo_dl.data.calibration import groups_of
from combo_dl.evaluate.protocol import refuse_survival
from combo_dl.infer.bundle import Bundle
from combo_dl.stats.scores import collapse, score
from combo_dl.train.results import mean_of_defined

CHUNK, SMALLEST_GROUP = 5000, 30
NEW_ROWS = "all that was not learned"
SHOWN = ("pearson", "spearman", "pearson_per_profile", "auroc")
BASELINES = ("mean of each drug", "mean of each profile")


@dataclass(frozen=True, kw_only=True)
class TransferSettings:
    """column: label of the study.  against: endpoint of the bundle.  threshold: of a hit, in the
    unit of the study."""

    column: str
    against: str
    threshold: float | None
    out: Path


def transfer(settings: TransferSettings, bundle: Bundle, study: Study) -> list[dict]:
    """One row of scores a group of support; writes ``transfer.json`` and ``transfer.md``.

    Rows in profiles that the bundle does not know by name are left out. Baselines are what the
    bundle predicts on average for a drug and for a profile: they know nothing of the pair.
    Raises ConfigError on an unknown column, InputError when no row is left.
    """
    _check(settings, bundle, study)
    rows = _known_rows(bundle, study)
    found = pd.concat(list(_predicted(settings, bundle, study, rows)), ignore_index=True)
    label = study.combos.labels[settings.column][rows, 0].astype(np.float64)
    group = np.array(groups_of(tuple(found["support"]), found["profile_seen"].to_numpy()))
    guesses = {"model": found["mean"].to_numpy(np.float64)} | _baselines(study, rows, found)
    table = [
        {"group": name, "rows": int(of.sum()), "model": model}
        | _scores(settings, study, rows[of], label[of], guess[of])
        for name in (NEW_ROWS, *dict.fromkeys(group))
        for of in [group != PAIR_SUPPORT[0] if name == NEW_ROWS else group == name]
        if of.sum() >= SMALLEST_GROUP
        for model, guess in guesses.items()
    ]
    _write(settings, bundle, study, len(rows), table)
    return table


def _check(settings: TransferSettings, bundle: Bundle, study: Study) -> None:
    refuse_survival([e for e in bundle.endpoints.values() if settings.against in e.columns])
    columns = [c for e in bundle.endpoints.values() for c in e.columns]
    if settings.against not in columns:
        raise ConfigError(
            f"the bundle predicts no {settings.against!r}; {hint(settings.against, columns)}"
        )
    if settings.column not in study.combos.labels:
        raise ConfigError(
            f"study {study.name!r} has no label {settings.column!r}; "
            f"{hint(settings.column, study.combos.labels)}"
        )


def _profile_names(bundle: Bundle, study: Study) -> list[str | None]:
    """The bundle's name of each profile of the study."""
    known = {normalise(name): name for name in bundle.profiles().ids.names}
    return [known.get(normalise(name)) for name in study.profiles.ids.names]


def _known_rows(bundle: Bundle, study: Study) -> np.ndarray:
    named = np.array([n is not None for n in _profile_names(bundle, study)] + [False])
    kept = np.flatnonzero(named[study.combos.profile])
    if not len(kept):
        raise InputError(
            f"none of the profiles of {study.name!r} is known to the bundle by name; it knows "
            f"{', '.join(bundle.profiles().ids.names[:5])}, …"
        )
    return kept


def _predicted(
    settings: TransferSettings, bundle: Bundle, study: Study, rows: np.ndarray
) -> Iterator[pd.DataFrame]:
    profiles = np.array([*_profile_names(bundle, study), None], dtype=object)
    names = np.array([*study.drugs.names, ""], dtype=object)
    table = oncology_drugs()
    own = [
        {"name": name, "smiles": smiles}
        for name, smiles in zip(study.drugs.names, study.smiles, strict=True)
        if table.find(name) is None
    ]
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        drugs = names[study.combos.drugs[part]]
        asked = pd.DataFrame({"drugs": [" + ".join(n for n in row if n) for row in drugs]})
        asked["profile"] = profiles[study.combos.profile[part]]
        found = bundle.predict(asked, drugs=pd.DataFrame(own) if own else None)
        yield found[found["endpoint"] == settings.against]


def _baselines(study: Study, rows: np.ndarray, found: pd.DataFrame) -> dict[str, np.ndarray]:
    mean = found["mean"].to_numpy(np.float64)
    profile = study.combos.profile[rows]
    of_profile = np.bincount(profile, mean) / np.maximum(np.bincount(profile), 1)
    drugs = study.combos.drugs[rows]
    at = np.where(drugs >= 0, drugs, len(study.drugs))
    size = len(study.drugs) + 1
    total = np.bincount(at.ravel(), np.repeat(mean, at.shape[1]), size)
    of_drug = total / np.maximum(np.bincount(at.ravel(), minlength=size), 1)
    both = np.where(drugs >= 0, of_drug[at], 0.0).sum(axis=1)
    return dict(zip(BASELINES, (both, of_profile[profile]), strict=True))


def _scores(
    settings: TransferSettings, study: Study, rows: np.ndarray, label: np.ndarray, guess: np.ndarray
) -> dict[str, float]:
    group = study.combos.group[rows]
    first = rows[np.unique(group, return_index=True)[1]]
    found = score(
        collapse(label, group),
        collapse(guess, group),
        profile=study.combos.profile[first],
        threshold=settings.threshold,
    )
    return {k: found[k] for k in SHOWN if k in found}


def _write(
    settings: TransferSettings, bundle: Bundle, study: Study, rows: int, table: list[dict]
) -> None:
    kept = [{k: None if v != v else v for k, v in row.items()} for row in table]
    learned = ", ".join(bundle.card["studies"])
    write_json(
        settings.out / "transfer.json",
        {"bundle": bundle.card["digest"], "study": study.name, "rows": rows, "table": kept},
    )
    lines = [
        f"# {learned} → {study.name}: leave-study-out",
        "",
        f"`{settings.against}` of the bundle against `{settings.column}`, {rows:,} rows in cell "
        "lines that the bundle knows by name.",
        "",
        "| group | rows | model | " + " | ".join(SHOWN) + " |",
        "|---|---:|---|" + "---:|" * len(SHOWN),
    ]
    for row in table:
        known = [row.get(k, float("nan")) for k in SHOWN]
        cells = " | ".join("" if np.isnan(mean_of_defined([v])) else f"{v:.3f}" for v in known)
        lines.append(f"| {row['group']} | {row['rows']:,} | {row['model']} | {cells} |")
    write_text(settings.out / "transfer.md", "\n".join([*lines, ""]))
