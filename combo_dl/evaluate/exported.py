"""From result folders to one folder of what may leave: everything goes through the gate at once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from combo_dl.core.bundle_format import CARD
from combo_dl.core.errors import ConfigError
from combo_dl.core.export_gate import SMALLEST, check_threshold, export_gate
from combo_dl.core.export_kinds import CountTable, Export, FilesExport, Passed
from combo_dl.evaluate.exported_scores import BENCHMARK, benchmark_exports
from combo_dl.infer.exported_bundle import bundle_export

BUNDLE = "bundle"
_RANKED = ("screen.json", "predict.json")
_COHORT = "audit.csv"


def exported(
    folders: Sequence[Path],
    out: Path,
    *,
    study: Path | None = None,
    membership: Path | None = None,
    threshold: int = SMALLEST,
) -> tuple[Passed, ...]:
    """Write to ``out`` what may leave of ``folders``, with ``manifest.json``.

    folders: of ``evaluate`` (means over folds, outcomes, calibration) or of ``train``, or bundles.
    study, membership: of a bundle, the study that it learned from, and ``membership.json``.
    Nothing is written unless all of it passes. Raises ConfigError on a folder that the gate does
    not know, FormatError on a broken one, InputError on what may not leave.
    """
    check_threshold(threshold)
    if not folders:
        raise ConfigError("no folder was given: add from=FOLDER, the out= of evaluate or train")
    made: list[Export] = []
    for folder in folders:
        if out.resolve() == folder.resolve():
            raise ConfigError(f"out is {out}, which is read from; name another folder")
        own = _exports(folder, study, membership, threshold)
        made += [_named(e, folder) for e in own] if len(folders) > 1 else own
    return export_gate(made, out, threshold=threshold)


def _exports(
    folder: Path, study: Path | None, membership: Path | None, threshold: int
) -> list[Export]:
    if (folder / BENCHMARK).is_file():
        return benchmark_exports(folder, threshold=threshold)
    bundle = folder if (folder / CARD).is_file() else folder / BUNDLE
    if any((folder / name).is_file() for name in _RANKED):
        raise ConfigError(
            f"{folder} is of screen or predict, which stays: let the bundle out, and screen kinds "
            "of patients outside with it (docs/claims_to_ranked_list.md)"
        )
    if (bundle / CARD).is_file():
        return [bundle_export(bundle, study, membership, threshold=threshold)]
    if (folder / _COHORT).is_file():
        raise ConfigError(
            f"{folder} is of cohort, whose part that may leave is {folder / 'export'} already"
        )
    raise ConfigError(
        f"{folder} is no result folder that the gate knows; expected one of evaluate, or of train "
        "with folds=none, or a bundle"
    )


def _named(one: Export, folder: Path) -> Export:
    """With the name of its folder before its own; counts of other folders are other counts."""
    name = folder.resolve().name
    if isinstance(one, FilesExport):
        return replace(one, folder=f"{name}_{one.folder}")
    made = replace(one, file=f"{name}_{one.file}")
    return (
        replace(made, population=f"{name} {made.population}")
        if isinstance(made, CountTable)
        else made
    )
