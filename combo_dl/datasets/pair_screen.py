"""Screens that are published as one table of scored pairs: its rows and drugs become a Study."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core import frames
from combo_dl.core.cache import cached
from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.files import digest_of
from combo_dl.core.names import normalise
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Provenance, Source, Study
from combo_dl.core.study_files import read_study, write_study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.oneil_folds import triple_keys
from combo_dl.datasets.source_table import SourceFile, read_columns

REPLICATES = ("keep", "mean")
Flow = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A published screen. ``labels``: {column of its measurements: label in the study}.

    ``version``: raise it when the same files would give another study; it is part of the cache key.
    """

    name: str
    version: str
    citation: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class FoundFiles:
    """The files that were found for a study, and the lines of its provenance."""

    paths: dict[SourceFile, Path]
    records: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class SourceDrugs:
    """names: {drug of the source: drug of the study}.  smiles, skeleton: {drug of the study: its
    SMILES or ''; what it is the same as another drug by}."""

    names: dict[str, str]
    smiles: dict[str, str]
    skeleton: dict[str, str]


def check_choice(setting: str, value: str, choices: Sequence[str]) -> None:
    """Raise ConfigError unless ``value`` is one of ``choices``."""
    if value not in choices:
        raise ConfigError(f"{setting} is {value!r}; expected one of {', '.join(choices)}")


def check_count(setting: str, value: int) -> None:
    """Raise ConfigError on a number of lines below 0."""
    if value < 0:
        raise ConfigError(f"{setting} is {value}; expected 0 (none) or more")


def find_files(
    wanted: Sequence[SourceFile], *, folder: str | None, check_digests: bool
) -> FoundFiles:
    """The ``wanted`` files under ``folder``.

    Raises SourceError without a folder, or on a file that is missing or (checked) different.
    """
    if not folder:
        raise SourceError(
            "the folder of source data is not given; set paths.data or COMBO_DL_DATA to the folder "
            "laid out as in docs/data.md"
        )
    root = Path(folder).expanduser()
    paths = {s: s.locate(root, check_digest=check_digests) for s in wanted}
    return FoundFiles(paths=paths, records=tuple(s.record(p) for s, p in paths.items()))


def cached_study(
    screen: Screen, files: FoundFiles, settings: str, make: Callable[[], Study]
) -> Study:
    """The study of these files and ``settings``, from the cache where it is kept."""
    # With the licence: a kept study says where it is from, and that may be put right.
    digests = [f"{r.file}={r.sha256} {r.origin} {r.licence}" for r in files.records]
    drugs = [repr(d) for d in oncology_drugs().drugs]
    key = digest_of(screen.name, screen.version, settings, *digests, *drugs)
    return cached(key, make=make, write=write_study, read=read_study)


def read_pairs(path: Path, screen: Screen, *, flags: Sequence[str] = ()) -> pd.DataFrame:
    """Rows as measured: drug_a, drug_b, cell_line, replicate, fold_comb, labels and ``flags``."""
    kinds = dict.fromkeys(("drug_a", "drug_b", "cell_line"), "text")
    kinds |= dict.fromkeys(("replicate", "fold", *flags), "integer")
    rows = read_columns(path, kinds | dict.fromkeys(screen.labels, "number"))
    return rows.rename(columns={"fold": "fold_comb", **screen.labels})


def source_drugs(drugs: pd.DataFrame) -> SourceDrugs:
    """Drugs of a table with the columns drug, generic_name, smiles and inchikey14.

    A drug has the catalogue's name where it knows the source's, else the generic name (again the
    catalogue's where it knows that): so that ``doxorubicin hydrochloride`` of one study and
    ``DOXORUBICIN`` of another are one drug. Structures are the catalogue's where it has one.
    """
    table = oncology_drugs()
    shared = set(drugs["generic_name"][drugs["generic_name"].duplicated()])
    names, smiles, skeleton = {}, {}, {}
    for row in drugs.itertuples(index=False):
        generic = _generic(row.drug, row.generic_name, shared)
        name = next((d.name for d in map(table.find, (row.drug, generic)) if d), generic)
        names[row.drug] = name
        smiles[name] = table.smiles(name) or row.smiles
        skeleton[name] = row.inchikey14 if row.smiles else name
    return SourceDrugs(names=names, smiles=smiles, skeleton=skeleton)


def _generic(drug: str, generic: str, shared: set[str]) -> str:
    """The generic name; the source's own where another of its drugs has the better claim to it
    (minoxidil sulfate, an ester, beside minoxidil)."""
    return drug if generic in shared and normalise(drug) != normalise(generic) else generic


def pair_study(
    screen: Screen,
    rows: pd.DataFrame,
    *,
    drugs: SourceDrugs,
    profiles: ProfileTable,
    files: FoundFiles,
    replicates: str,
    flow: Flow,
) -> Study:
    """The Study of ``rows`` (columns as ``read_pairs`` has them).

    Replicates of a triple (two drugs, a line) share a ``group`` and weigh one over their number, or
    are averaged (``mean``). Rows that name one drug twice are left out. Further columns are kept.
    Raises InputError or UnknownNameError for a drug or line that the other tables lack.
    """
    named = _named(rows, drugs)
    pairs = named[named["drug_a"] != named["drug_b"]].reset_index(drop=True)
    group, _ = pd.factorize(triple_keys(pairs))
    pairs = pairs.assign(group=group, fold_comb=_folds(pairs, drugs.skeleton))
    labels = sorted(screen.labels.values())
    kept = _averaged(pairs, labels) if replicates == "mean" else pairs
    vocab, sets, dose = frames.drug_sets(kept, oncology_drugs())
    steps = (
        ("rows of two different drugs", len(pairs)),
        (f"rows with replicates={replicates}", len(kept)),
        ("triples of two drugs and a cell line", int(kept["group"].nunique())),
    )
    facts = [c for c in kept if c not in (*labels, "drug_a", "drug_b", "cell_line", "group")]
    return Study(
        name=screen.name,
        version=screen.version,
        dose_unit="um",
        drugs=vocab,
        smiles=tuple(drugs.smiles[n] for n in vocab.names),
        combos=triple_table(kept, labels, sets=sets, dose=dose, cell_lines=profiles.ids),
        profiles=profiles,
        columns={n: kept[n].to_numpy(np.int32) for n in facts},
        provenance=Provenance(
            sources=files.records, flow=(*flow, *steps), citation=screen.citation
        ),
    ).validate()


def _named(rows: pd.DataFrame, drugs: SourceDrugs) -> pd.DataFrame:
    """The rows with the study's names of drugs."""
    renamed = rows.copy()
    for column in ("drug_a", "drug_b"):
        found = rows[column].map(drugs.names)
        if found.isna().any():
            name = rows[column][found.isna()].iloc[0]
            raise InputError(f"the table of drugs lacks {name!r}, which was measured; add its row")
        renamed[column] = found
    return renamed


def _folds(rows: pd.DataFrame, skeleton: Mapping[str, str]) -> pd.Series:
    """The given folds, one a pair of structures: stereoisomers (levofloxacin, ofloxacin) are one
    drug to a split, and their pairs must not stand on both sides. The first row decides."""
    a, b = rows["drug_a"].map(skeleton), rows["drug_b"].map(skeleton)
    return rows.groupby([a.where(a < b, b), b.where(a < b, a)])["fold_comb"].transform("first")


def _averaged(rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """One row a triple: mean of each label, the rest from its first row."""
    how = {c: "mean" if c in labels else "first" for c in rows if c not in ("replicate", "group")}
    return rows.groupby("group", sort=True).agg(how).reset_index()


def triple_table(
    rows: pd.DataFrame,
    labels: Sequence[str],
    *,
    sets: np.ndarray,
    dose: np.ndarray,
    cell_lines: Vocab,
) -> ComboTable:
    """Rows weighted so that a triple counts once. A score is of a whole grid: doses are unknown."""
    per_triple = rows.groupby("group")["group"].transform("size").to_numpy()
    return ComboTable(
        drugs=sets,
        dose=dose,
        profile=cell_lines.ids(list(rows["cell_line"])),
        labels={n: frames.label_columns(rows, [n]) for n in labels},
        weight=(1 / per_triple).astype(np.float32),
        group=rows["group"].to_numpy(np.int32),
        day=np.full(len(rows), np.nan, np.float32),
    )
