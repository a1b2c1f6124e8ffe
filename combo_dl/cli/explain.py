"""The verb ``explain``."""

from pathlib import Path

from omegaconf import DictConfig

from combo_dl.cli.tables import show_explanation
from combo_dl.core.predictions import DISCLAIMER


def explain(cfg: DictConfig) -> None:
    """Attributions and evidence of the combinations of a file, or of the best of a screen. Raises
    ComboError."""
    from combo_dl.core.files import read_json
    from combo_dl.infer.explain_files import ExplainTables, explain_files
    from combo_dl.screen.best_rows import best_rows

    given = Path(cfg.rows)
    column, rows = cfg.column, given
    if given.is_dir():
        rows = best_rows(given, most=cfg.most)
        if column is None:
            column = read_json(given / "screen.json")["config"]["maximise"]
    told = explain_files(
        Path(cfg.bundle),
        ExplainTables(rows=rows, profiles=_path(cfg.profiles), drugs=_path(cfg.drugs)),
        Path(cfg.out),
        column=column,
        allow_missing_fields=cfg.allow_missing_fields,
        nearest=cfg.nearest,
        most_fields=cfg.most_fields,
        nodes=cfg.nodes,
    )
    show_explanation(told.rows, told.attributions, told.evidence)
    for note in told.notes:
        print(note)
    print(f"{len(told.rows)} predictions explained, written to {cfg.out}. {DISCLAIMER}")


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
