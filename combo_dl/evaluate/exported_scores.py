"""What of a benchmark on patients may leave: means over folds, and no count of a trait of people.

Scores of one fold stay: a fold has few people, and the difference of two folds is of fewer. A table
of parts (groups of support, subgroups) leaves with all its parts or not at all: what is missing
could be had by subtraction. Numbers are rounded, since a score of few people is a fraction of small
whole numbers.
"""

from pathlib import Path

import pandas as pd

from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.export_kinds import CountTable, Export, ValueTable
from combo_dl.core.files import read_json
from combo_dl.core.profile_table import PATIENT
from combo_dl.evaluate.exported_survival import survival_exports

BENCHMARK, PREDICTIONS, SURVIVAL = "benchmark.json", "predictions.parquet", "survival.parquet"
DIGITS = 3
# A prevalence, and numbers of patients and events, are counts and leave as counts.
_HEAD = ("endpoint", "model", "fold", "folds", "shift", "rows", "field", "level")
_COUNTS = ("prevalence", "patients", "events", "columns", "days", "prevalence_sd")
OUTCOME, YES, NO = "outcome", "yes", "no"
PEOPLE = "people"


def benchmark_exports(folder: Path, *, threshold: int) -> list[Export]:
    """The tables of the benchmark in ``folder`` that may be given to the gate.

    Raises FormatError on a folder that is none or too old to say what it is of, InputError on one
    that is not of patients, and on endpoints that the gate does not know.
    """
    record = read_json(folder / BENCHMARK)
    about = _of_patients(record, folder)
    made: list[Export] = []
    few = {}
    for endpoint in about["endpoints"]:
        if endpoint in record["survival"]["endpoints"]:
            rows = _survival_rows(folder / SURVIVAL, endpoint, about["headline"])
            events = int((rows["event"] > 0).sum())
            few[endpoint] = min(events, len(rows) - events)
            if few[endpoint] >= threshold:
                made += survival_exports(record, endpoint, rows, threshold=threshold)
        elif about["risks"].get(endpoint, {}).get("columns") == 1:
            counts = _risk_counts(folder / PREDICTIONS, endpoint, about["headline"])
            few[endpoint] = int(counts.sum().min())
            made += _risk_exports(record, endpoint, counts, threshold=threshold)
        else:
            raise InputError(
                f"{folder}: {endpoint!r} is neither survival nor a risk of one column, which are "
                "what the gate knows; score it apart, in a folder that stays"
            )
    what = f"{', '.join(about['studies'])}, {about['title']}"
    return [*_scores(record, few, what), *made]


def _of_patients(record: dict, folder: Path) -> dict:
    about = record.get("protocol")
    if not isinstance(about, dict) or "space" not in about or "test_rows" not in about:
        raise FormatError(
            f"{folder} does not say whom it is of: it was written before results were exported; "
            "run combo-dl evaluate again"
        )
    if about["space"] != PATIENT:
        raise InputError(f"{folder} is of {about['space']!r}, not of patients: nothing to guard")
    if len(about["studies"]) != 1:
        raise InputError(f"{folder} is of {len(about['studies'])} studies; the gate knows one")
    return about


def _scores(record: dict, few: dict[str, int], what: str) -> list[Export]:
    """Means over folds, and differences of models. few: {endpoint: people with its event, or
    without it, whichever are fewer}, which is what a row is of."""
    rows = [
        {"endpoint": r["endpoint"], "model": r["model"], "score": k, "mean": _round(v)}
        | {PEOPLE: few[r["endpoint"]]}
        for r in record["table"]
        for k, v in r.items()
        if k not in (*_HEAD, *_COUNTS) and v is not None
    ]
    keys = ("endpoint", "metric", "model", "against")
    apart = [
        {k: r[k] for k in keys}
        | {k: _round(r[k]) for k in ("mean", "low", "high")}
        | {PEOPLE: few[r["endpoint"]]}
        for r in record["differences"]
        if r["mean"] is not None and r["metric"] not in _COUNTS
    ]
    return [
        ValueTable(file="scores.csv", frame=_frame(rows), why=f"means over folds of {what}"),
        ValueTable(
            file="differences.csv", frame=_frame(apart), why=f"differences of models of {what}"
        ),
    ]


def _frame(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows) if rows else pd.DataFrame({PEOPLE: pd.Series(dtype=int)})


def _risk_exports(
    record: dict, endpoint: str, counts: pd.DataFrame, *, threshold: int
) -> list[Export]:
    """counts: index the group of support, columns YES and NO, people."""
    total = counts.sum()
    if int(total.min()) < threshold:
        return []
    made: list[Export] = []
    # How many are not scored must not be told by subtraction from the people of the cohort.
    left = record["protocol"]["test_rows"] - int(total.sum())
    if left == 0 or left >= threshold:
        frame = pd.DataFrame({OUTCOME: [YES, NO, "all"], PEOPLE: [*total[[YES, NO]], total.sum()]})
        made.append(
            CountTable(
                file=f"outcomes_{endpoint}.csv",
                frame=frame,
                dimensions=(OUTCOME,),
                population=f"scored {endpoint}",
                why=f"people scored by {endpoint}",
            )
        )
    rows = [r for r in record["groups"] if r["endpoint"] == endpoint]
    told = {r["shift"] for r in rows}
    if told == set(counts.index) and len(told) > 1 and int(counts.min().min()) >= threshold:
        frame = pd.DataFrame(rows).drop(columns=["fold", "rows", "endpoint"])
        frame = frame.drop(columns=[c for c in _COUNTS if c in frame])
        means = frame.groupby(["shift", "model"], sort=False).mean(numeric_only=True)
        means = means.round(DIGITS).reset_index()
        means[PEOPLE] = [int(counts.loc[s].min()) for s in means["shift"]]
        made.append(
            ValueTable(
                file=f"support_{endpoint}.csv",
                frame=means,
                why=f"{endpoint} by how much training says of a row, means over folds",
            )
        )
    return made


def _risk_counts(path: Path, endpoint: str, headline: str) -> pd.DataFrame:
    """Index the group of support, columns YES and NO: people. A person of several rows counts
    once a group, as having the event if any row says so."""
    frame = _read(path)
    own = frame[(frame["endpoint"] == endpoint) & (frame["model"] == headline)]
    own = own[own["truth"].notna()]
    one = own.groupby(["shift", "group"], sort=False)["truth"].max().reset_index()
    found = pd.crosstab(one["shift"], one["truth"] > 0).reindex(columns=[True, False])
    return found.fillna(0).astype(int).rename(columns={True: YES, False: NO})


def _survival_rows(path: Path, endpoint: str, headline: str) -> pd.DataFrame:
    frame = _read(path)
    own = frame[(frame["endpoint"] == endpoint) & (frame["model"] == headline)]
    if own.empty or own["mean_days"].isna().any():
        raise FormatError(f"{path} does not say all of {endpoint!r} by {headline!r}")
    return own


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise FormatError(f"no {path}: without it people cannot be counted; evaluate again")
    return pd.read_parquet(path)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
