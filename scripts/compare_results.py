"""Models of several result folders of ``evaluate`` on the same rows, with paired intervals.

    python scripts/compare_results.py alone=OUT[,OUT2] joint=OUT[,OUT2] [...]

Of several folders, such as those of several seeds, predictions are averaged, and scores too. The
first folder is what the others are compared with. Of each folder its headline model is taken,
or that of ``--model``;
sets of drugs are resampled, both models on the same rows (1,000 draws), of the folds that both
folders have; with ``--patients`` the groups of rows are, each a patient: few drugs, many patients.
Prints a Markdown table.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.errors import ComboError, InputError
from combo_dl.core.files import read_json
from combo_dl.stats.bootstrap import Difference, paired_difference
from combo_dl.stats.risk_difference import RiskRows, risk_difference

KEY = ["endpoint", "fold", "row"]
OF_RISKS, OF_NUMBERS = ("auroc", "auprc", "brier"), ("mse", "pearson")
Folds = list[tuple[pd.DataFrame, pd.DataFrame]]  # of a model, and of what it is compared with


def read_all(folders: list[Path], model: str | None) -> pd.DataFrame:
    """Rows of a model, ``mean`` averaged over the folders. Raises InputError where rows differ."""
    first, *others = (read(f, model) for f in folders)
    for one in others:
        if not one.index.equals(first.index):
            raise InputError("folders that are averaged hold different rows; expected the same")
    return first.assign(mean=sum((o["mean"] for o in others), first["mean"]) / len(folders))


def read(folder: Path, model: str | None) -> pd.DataFrame:
    """Rows of a model (None = the headline), one a fold, endpoint and row. Raises InputError."""
    if not (folder / "benchmark.json").is_file():
        raise InputError(f"{folder} holds no benchmark.json; expected an out= of evaluate")
    asked = model or read_json(folder / "benchmark.json")["protocol"]["headline"]
    found = pd.read_parquet(folder / "predictions.parquet")
    rows = found[found["model"] == asked]
    if rows.empty:
        known = ", ".join(sorted(found["model"].unique()))
        raise InputError(f"{folder} has no model {asked!r}; it has {known}")
    return rows.set_index(KEY).sort_index()


def compared(
    first: pd.DataFrame, other: pd.DataFrame, endpoint: str, cluster: str
) -> Iterator[dict]:
    """One record a metric. cluster: the column whose values are resampled. Raises InputError where
    rows or labels differ."""
    own, base = (_of_folds(f.loc[[endpoint]], _shared(first, other)) for f in (other, first))
    if not own.index.equals(base.index) or not np.array_equal(
        own["truth"], base["truth"], equal_nan=True
    ):
        raise InputError(f"{endpoint}: the folders hold different rows; the same split is needed")
    folds = [
        (own.loc[(endpoint, fold)], base.loc[(endpoint, fold)]) for fold in own.index.unique("fold")
    ]
    risk = set(own["truth"].dropna().unique()) <= {0.0, 1.0}
    for metric in OF_RISKS if risk else OF_NUMBERS:
        found = _risk(folds, metric, cluster) if risk else _number(folds, metric, cluster)
        yield {"endpoint": endpoint, "metric": metric, "difference": found}


def _shared(first: pd.DataFrame, other: pd.DataFrame) -> set[str]:
    """Names of the folds of both. Raises InputError where there is none."""
    shared = set(first.index.unique("fold")) & set(other.index.unique("fold"))
    if not shared:
        raise InputError("the folders share no fold; the same split and folds are needed")
    return shared


def _of_folds(rows: pd.DataFrame, folds: set[str]) -> pd.DataFrame:
    return rows[rows.index.get_level_values("fold").isin(folds)]


def _clusters(rows: pd.DataFrame, column: str) -> np.ndarray:
    return np.unique(rows[column].astype(str), return_inverse=True)[1]


def _risk(folds: Folds, metric: str, cluster: str) -> Difference:
    rows = [
        RiskRows(
            truth=own["truth"].to_numpy(np.float64),
            model=own["mean"].to_numpy(np.float64),
            against=base["mean"].to_numpy(np.float64),
            cluster=_clusters(own, cluster),
            weight=np.ones(len(own)),
        )
        for own, base in folds
    ]
    return risk_difference(rows, metric=metric)


def _number(folds: Folds, metric: str, cluster: str) -> Difference:
    return paired_difference(
        truth=[own["truth"].to_numpy(np.float64) for own, _ in folds],
        model=[own["mean"].to_numpy(np.float64) for own, _ in folds],
        against=[base["mean"].to_numpy(np.float64) for _, base in folds],
        profile=[np.unique(own["profile"], return_inverse=True)[1] for own, _ in folds],
        cluster=[_clusters(own, cluster) for own, _ in folds],
        metric=metric,
        threshold=None,
    )


def score(folder: Path, endpoint: str, metric: str, model: str | None, folds: set[str]) -> float:
    """The mean over these folds of a model of a folder."""
    headline = model or read_json(folder / "benchmark.json")["protocol"]["headline"]
    found = pd.read_csv(folder / "benchmark.csv")
    own = found[(found["model"] == headline) & (found["endpoint"] == endpoint)]
    return float(own[own["fold"].isin(folds)][metric].mean())


def table(
    folders: dict[str, list[Path]], endpoints: list[str] | None, model: str | None, cluster: str
) -> Iterator[str]:
    """Lines of Markdown. Raises InputError."""
    first, *others = folders
    frames = {name: read_all(own, model) for name, own in folders.items()}
    asked = endpoints or list(frames[first].index.unique("endpoint"))
    yield f"| endpoint | score | {first} | model | its score | difference (95 %) |"
    yield "|---|---|---|---|---|---|"
    for name in others:
        for endpoint in asked:
            folds = _shared(frames[first], frames[name])
            for row in compared(frames[first], frames[name], endpoint, cluster):
                metric, gap = row["metric"], row["difference"]
                base, own = (
                    np.mean([score(f, endpoint, metric, model, folds) for f in folders[n]])
                    for n in (first, name)
                )
                digits = 1 if metric == "mse" else 3
                yield (
                    f"| {endpoint} | {metric} | {base:.{digits}f} | {name} | {own:.{digits}f} | "
                    f"{gap.mean:+.{digits}f} ({gap.low:+.{digits}f} to {gap.high:+.{digits}f}) |"
                )


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Help)
    parser.add_argument("folders", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--endpoint", action="append", help="of these alone")
    parser.add_argument("--model", help="as benchmark.md names it, such as 'model, 1 network'")
    parser.add_argument("--patients", action="store_true", help="resample patients, not drugs")
    asked = parser.parse_args()
    cluster = "group" if asked.patients else "drugs"
    try:
        folders = {}
        for word in asked.folders:
            name, separator, folder = word.partition("=")
            if not separator or name in folders:
                raise InputError(f"{word!r} is no NAME=FOLDER with a name of its own")
            folders[name] = [Path(part) for part in folder.split(",")]
        for line in table(folders, asked.endpoint, asked.model, cluster):
            print(line)
    except ComboError as error:
        print(f"compare_results: error: {error}", file=sys.stderr)
        return 1
    return 0


_Help = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    sys.exit(main())
