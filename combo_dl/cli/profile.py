"""``inspect profile``: a table of profiles held against what is expected of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from combo_dl.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    from combo_dl.core.profile_report import FieldReport
    from combo_dl.core.profile_table import ProfileField

MOST_LINES = 60


def inspect_profile(cfg: DictConfig) -> None:
    """Print field by field what the table has, lacks and has wrong. Raises ComboError, InputError
    where a value or a column cannot be used."""
    if not (cfg.check_profile and cfg.rows):
        raise ConfigError(
            "a table of profiles is looked at with: combo-dl inspect profile rows=FILE.csv "
            "(and bundle=FOLDER for the fields of a bundle)"
        )
    if cfg.study is not None or cfg.data or cfg.leakage:
        raise ConfigError("inspect profile reads rows=FILE.csv and bundle=FOLDER alone")
    from combo_dl.core.profile_report import profile_report
    from combo_dl.infer.files import read_table

    frame = read_table(Path(cfg.rows), what="table of profiles")
    found = profile_report(frame, _fields(cfg.bundle) if cfg.bundle else None)
    _print(cfg.rows, found, rows=len(frame))
    wrong = [f for f in found if f.problem]
    if wrong:
        raise InputError(
            f"{len(wrong)} of the columns of {cfg.rows} cannot be used, the first "
            f"{wrong[0].name!r}: {wrong[0].problem}"
        )


def _fields(bundle: str) -> "list[ProfileField]":
    """The fields of a bundle's studies, each once."""
    from combo_dl.infer.bundle_reader import read_bundle

    tables = read_bundle(Path(bundle)).profiles.values()
    return list({field.name: field for table in tables for field in table.fields}.values())


def _print(title: str, found: "tuple[FieldReport, ...]", *, rows: int) -> None:
    from rich.console import Console
    from rich.table import Table

    given = [f for f in found if f.given >= 0]
    table = Table(title=f"{title}: {rows} profiles", title_justify="left")
    table.add_column("field", overflow="fold")
    table.add_column("given", justify="right", no_wrap=True)
    table.add_column("expected", overflow="fold")
    table.add_column("problem", overflow="fold")
    # What is wrong is never cut off.
    shown = sorted(given, key=lambda f: not f.problem)[:MOST_LINES]
    for field in (f for f in given if f in shown):
        table.add_row(field.name, str(field.given), field.expected, field.problem)
    Console().print(table)
    if len(given) > len(shown):
        print(f"{len(given) - len(shown)} more columns without a problem.")
    lacking = [f for f in found if f.given < 0]
    if lacking:
        more = ", …" if len(lacking) > MOST_LINES else ""
        names = ", ".join(
            f"{f.name} ({f.expected})" if f.expected else f.name for f in lacking[:MOST_LINES]
        )
        print(f"{len(lacking)} fields are lacking and would be unknown: {names}{more}")
