"""What a bundle or a study holds, in a few lines for people."""

from pathlib import Path

import numpy as np

from combo_dl.core.study import Study
from combo_dl.infer.bundle_reader import BundleParts, read_bundle

Lines = list[tuple[str, str]]


def describe_bundle(folder: Path) -> Lines:
    """Facts of a bundle as (name, value). Raises FormatError."""
    parts = read_bundle(folder)
    card, fitted = parts.card, parts.fitted
    weights = sum(t.numel() for t in parts.members[0].state_dict().values())
    lines = [
        ("endpoints", ", ".join(f"{n} ({e['unit']})" for n, e in card["endpoints"].items())),
        ("networks", f"{card['members']} of {weights} weights"),
        ("kernel ridge", _kernels(parts)),
        ("drugs", f"{len(fitted.known_drugs)} trained, {len(fitted.graph.targets)} target genes"),
        ("split", f"{card['split']['rule']}, {card['split']['fold']}"),
        ("training rows", str(card["split"]["training_rows"])),
    ]
    for name, table in parts.profiles.items():
        lines.append((f"profiles of {name}", f"{len(table)} named, {len(table.fields)} fields"))
    for row in card["scores"]:
        shown = ", ".join(f"{k} {row[k]:.3f}" for k in ("mse", "pearson") if row.get(k) is not None)
        lines.append((f"score {row['fold']} {row['endpoint']}", shown))
    return [*lines, ("digest", card["digest"]), ("use", card["intended_use"])]


def _kernels(parts: BundleParts) -> str:
    if parts.kernels is None:
        return "none"
    columns = ", ".join(parts.card["kernel_columns"])
    return (
        f"{len(parts.kernels.members)} kernels, {len(parts.kernels.trained.pairs)} pairs: {columns}"
    )


def describe_study(study: Study) -> Lines:
    """Facts of a study as (name, value)."""
    combos = study.combos
    sizes = np.unique(combos.size, return_counts=True)
    lines = [
        ("rows", f"{len(study)} ({len(np.unique(combos.group))} conditions)"),
        ("drugs", f"{len(study.drugs)}, {sum(map(bool, study.smiles))} with a structure"),
        (
            "combination sizes",
            ", ".join(f"{k}: {n}" for k, n in zip(*map(np.ndarray.tolist, sizes), strict=True)),
        ),
        (
            "profiles",
            f"{len(study.profiles)} ({study.profiles.space}), {len(study.profiles.fields)} fields",
        ),
    ]
    for name, label in combos.labels.items():
        seen = label[~np.isnan(label)]
        shown = (
            f"{len(seen)} seen, mean {seen.mean():.3f}, deviation {seen.std():.3f}"
            if len(seen)
            else "none seen"
        )
        lines.append((f"label {name}", shown))
    lines += [(f"step: {step}", str(rows)) for step, rows in study.provenance.flow]
    return [*lines, *((f"source {s.file}", s.licence) for s in study.provenance.sources)]
