"""A screen on files: tables in, a result folder out."""

import io
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from combo_dl.core.bundle_format import CARD
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import sha256, write_bytes, write_json, write_text
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.spreadsheet import csv_for_people
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.files import read_table
from combo_dl.screen.asked import study_of
from combo_dl.screen.choose_drugs import TRAINED, trained_drugs
from combo_dl.screen.progress import progress
from combo_dl.screen.ranking import covering, predictions, ranked_rows, table_of
from combo_dl.screen.run import Filler, Screen, ScreenRequest, prepared, run_blocks
from combo_dl.screen.settings import EngineSettings, RankSettings, sizes_of
from combo_dl.screen.store import SCORES, Store

PACKAGES = ("combo-dl", "torch", "numpy", "pandas", "pyarrow", "rdkit", "safetensors")


@dataclass(frozen=True, kw_only=True)
class ScreenFiles:
    """Tables and folders of a screen. drugs, profiles: a file, names, or None; drugs may be the
    word ``choose_drugs.TRAINED``."""

    bundle: Path
    out: Path
    drugs: Path | list[str] | str | None = None
    profiles: Path | list[str] | None = None
    groups: Path | None = None
    contraindicated: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ScreenResult:
    """ranking: the table that was written.  cover: a small choice of regimens for the cohort.
    notes: sentences on what was left out.  counts: what was scored, allowed, kept."""

    ranking: pd.DataFrame
    cover: pd.DataFrame
    notes: list[str]
    counts: dict[str, int]


def screen_files(
    files: ScreenFiles,
    rank: RankSettings,
    *,
    size: str | int,
    level: float,
    allow_missing_fields: bool,
    block_rows: int,
    keep_scores: bool,
    engine: EngineSettings,
    config: dict,
) -> ScreenResult:
    """Screen, and write ``ranking.csv``, ``ranking.parquet``, ``cover.csv`` and ``screen.json``.

    level: of the intervals of ``predict``.  engine: who scores.  config: settings as they were
    asked, for the record.
    The same command goes on with an unfinished folder. Raises ComboError in one line.
    """
    sizes, engine = sizes_of(size), engine.validate()
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}; expected a share between 0 and 1, such as 0.8")
    request = ScreenRequest(
        rank=rank.validate(),
        sizes=sizes,
        drugs=_given(files.drugs, "table of drugs"),
        profiles=_given(files.profiles, "table of profiles"),  # type: ignore[arg-type]
        groups=_given(files.groups, "table of groups"),  # type: ignore[arg-type]
        apart=_given(files.contraindicated, "table of contraindicated pairs"),  # type: ignore[arg-type]
        allow_missing_fields=allow_missing_fields,
        block_rows=block_rows,
        keep_scores=keep_scores,
        precision=engine.precision,
    )
    screen = prepared(load_bundle(files.bundle, device=engine.device), request)
    with progress(screen.plan.total) as tell:
        fill = _filler(files.bundle, engine)
        found = run_blocks(screen, Store(folder=files.out), tell, fill=fill)
    rows = ranked_rows(found, screen.ranker, screen.plan)
    told = predictions(screen.bundle, rows, found, screen.ranker, screen.tables, level=level)
    table = table_of(found, rows, screen.ranker, told)
    cover = covering(found, rows, screen.ranker)
    counts = _counts(screen, table, found.counts.tolist())
    _write(files.out, screen, table, cover, {"counts": counts, "level": level, "config": config})
    notes = [*screen.chosen.left_out, *_nothing_known(screen, counts)]
    return ScreenResult(ranking=table, cover=cover, notes=notes, counts=counts)


def _nothing_known(screen: Screen, counts: dict[str, int]) -> list[str]:
    """A sentence where every row that is shown abstains: the ranking is then a guess."""
    if not counts["rows_shown"] or counts["rows_shown_that_abstain"] < counts["rows_shown"]:
        return []
    endpoint = _endpoint(screen)
    seen = len(trained_drugs(screen.bundle, study_of(screen.bundle, endpoint)))
    return [
        f"Every row kept abstains: training of {endpoint} had no such drug or combination, and "
        f"this order is a guess. It saw {seen} drugs: drugs={TRAINED} screens those."
    ]


def _filler(bundle: Path, engine: EngineSettings) -> Filler | None:
    if engine.engine == "local":
        return None
    from combo_dl.screen.spark import spark_filler

    return spark_filler(bundle, n_cores=engine.workers)


def _given(
    asked: Path | list[str] | str | None, what: str
) -> pd.DataFrame | list[str] | str | None:
    return read_table(asked, what=what) if isinstance(asked, Path) else asked


def _counts(screen: Screen, table: pd.DataFrame, counts: list[int]) -> dict[str, int]:
    column = f"{screen.request.rank.maximise}_abstain"
    abstained = int((table[column] > 0).sum()) if column in table else 0
    return {
        "drugs": len(screen.ranker.screened.drugs),
        "profiles": len(screen.ranker.screened.profiles),
        "sets": counts[0],
        "allowed_sets": counts[1],
        "rows_within_limits": counts[2],
        "rows_shown": len(table),
        "rows_shown_that_abstain": abstained,
    }


def _write(
    out: Path, screen: Screen, table: pd.DataFrame, cover: pd.DataFrame, record: dict
) -> None:
    write_text(out / "ranking.csv", csv_for_people(table))
    room = io.BytesIO()
    table.to_parquet(room, index=False)
    write_bytes(out / "ranking.parquet", room.getvalue())
    write_text(out / "cover.csv", csv_for_people(cover))
    write_json(out / CARD, screen.bundle.card)
    names = ["ranking.csv", "ranking.parquet", "cover.csv", CARD]
    names += sorted(str(p.relative_to(out)) for p in (out / SCORES).rglob("*.parquet"))
    versions = {"python": platform.python_version()} | {n: version(n) for n in PACKAGES}
    about = {
        "identity": screen.identity(),
        "files": {name: sha256(out / name) for name in names},
        "versions": versions,
        "columns": _columns(screen),
        "space": screen.bundle.profiles(study_of(screen.bundle, _endpoint(screen))).space,
        "seed": "none: nothing is drawn",
        "use": DISCLAIMER,
    }
    write_json(out / "screen.json", json.loads(json.dumps(about | record)))


def _endpoint(screen: Screen) -> str:
    return screen.bundle.place_of(screen.request.rank.maximise, setting="maximise")[0]


def _columns(screen: Screen) -> dict[str, dict[str, str]]:
    """{column: what it is}, of those that rank, limit or are traded; the benefit first."""
    ranker, made = screen.ranker, {}
    for name in dict.fromkeys([screen.request.rank.maximise, *ranker.columns]):
        endpoint = ranker.screened.values[name].endpoint
        role = "harm" if name == ranker.harm else ""
        made[name] = {
            "unit": endpoint.unit,
            "direction": endpoint.direction,
            "role": "benefit" if name == screen.request.rank.maximise else role,
        }
    return made
