"""The O'Neil (Merck) drug-combination screen: 38 drugs, 39 cell lines, 583 pairs.

Loewe labels and leave-combination-out folds are those of DeepSynergy; the layout of the source
folder is in docs/data.md.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.core import frames
from combo_dl.core.cache import cached
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.files import digest_of
from combo_dl.core.monotherapy import TABLE as CURVES
from combo_dl.core.study import Provenance, Source, Study
from combo_dl.core.study_files import read_study, write_study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets import oneil_sources as sources
from combo_dl.datasets.oneil_folds import add_folds, drug_groups, triple_keys
from combo_dl.datasets.oneil_profiles import cell_line_profiles
from combo_dl.datasets.pair_screen import triple_table
from combo_dl.datasets.source_table import SourceFile, read_columns

VERSION = "2"  # raise it when the same files would give another study: it is part of the cache key
# Sorted, as a study read back from disk has them, so that a cached study is the same in order too.
LABELS = ("synergy_bliss", "synergy_hsa", "synergy_loewe", "synergy_zip")
REPLICATES = ("keep", "mean")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What to build, and the files found for it (the same source objects as keys)."""

    replicates: str
    mutation_min_lines: int
    monotherapy: bool
    wells: bool
    paths: dict[SourceFile, Path]
    records: tuple[Source, ...]
    table: DrugTable

    def key(self) -> str:
        """Digest of all that the study depends on."""
        digests = [f"{r.file}={r.sha256}" for r in self.records]
        drugs = [repr(d) for d in self.table.drugs]
        return digest_of(
            "oneil",
            VERSION,
            self.replicates,
            str(self.mutation_min_lines),
            f"monotherapy={self.monotherapy} wells={self.wells}",
            *digests,
            *drugs,
        )


def load(
    *,
    folder: str | None,
    replicates: str,
    expression: bool,
    mutation_min_lines: int,
    monotherapy: bool,
    wells: bool,
    check_digests: bool,
) -> Study:
    """The screen as a Study (scores in percentage points; positive = synergy).

    folder: the source folder, laid out as in docs/data.md.
    replicates: ``keep`` has every row, replicates of a triple in one ``group`` and weighted so that
    a triple counts once; ``mean`` has one row a triple.
    expression: whether profiles have expression.
    mutation_min_lines: a mutated gene is a field when at least so many lines carry it (0 = none).
    monotherapy: keep what each drug does alone in each line, as the table ``monotherapy``.
    wells: keep the raw wells as tables ``wells_combination`` and ``wells_single``.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    _check_settings(folder, replicates, mutation_min_lines)
    wanted = _wanted(expression=expression, mutation=mutation_min_lines > 0)
    wanted += [sources.WELLS_SINGLE] * (wells or monotherapy) + [sources.WELLS_COMBINATION] * wells
    root = Path(str(folder)).expanduser()
    if (root / sources.SPLITS.file).exists():
        wanted.append(sources.SPLITS)
    paths = {s: s.locate(root, check_digest=check_digests) for s in wanted}
    plan = _Plan(
        replicates=replicates,
        mutation_min_lines=mutation_min_lines,
        monotherapy=monotherapy,
        wells=wells,
        paths=paths,
        records=tuple(s.record(p) for s, p in paths.items()),
        table=oncology_drugs(),
    )
    return cached(plan.key(), make=lambda: _build(plan), write=write_study, read=read_study)


def _check_settings(folder: str | None, replicates: str, mutation_min_lines: int) -> None:
    if not folder:
        raise SourceError(
            "the folder of source data is not given; set paths.data or COMBO_DL_DATA to the folder "
            "laid out as in docs/data.md"
        )
    if replicates not in REPLICATES:
        raise ConfigError(
            f"data.oneil.replicates is {replicates!r}; expected one of {', '.join(REPLICATES)}"
        )
    if mutation_min_lines < 0:
        raise ConfigError(
            f"data.oneil.mutation_min_lines is {mutation_min_lines}; expected 0 (none) or more"
        )


def _wanted(*, expression: bool, mutation: bool) -> list[SourceFile]:
    files = [sources.MEASUREMENTS, sources.DRUGS, sources.CELL_LINES]
    return files + [sources.EXPRESSION] * expression + [sources.MUTATION] * mutation


def _build(plan: _Plan) -> Study:
    read = _measurements(plan.paths[sources.MEASUREMENTS])
    rows = _averaged(read) if plan.replicates == "mean" else read
    if sources.SPLITS in plan.paths:
        rows = add_folds(rows, plan.paths[sources.SPLITS])
    drugs, sets, dose = frames.drug_sets(rows, plan.table)
    profiles = cell_line_profiles(
        plan.paths[sources.CELL_LINES],
        expression=plan.paths.get(sources.EXPRESSION),
        mutation=plan.paths.get(sources.MUTATION),
        mutation_min_lines=plan.mutation_min_lines,
    )
    flow = (
        ("rows read", len(read)),
        (f"rows with replicates={plan.replicates}", len(rows)),
        ("triples of two drugs and a cell line", int(rows["group"].nunique())),
    )
    return Study(
        name="oneil",
        version=VERSION,
        dose_unit="um",
        drugs=drugs,
        smiles=_smiles(plan.paths[sources.DRUGS], drugs=drugs, table=plan.table),
        combos=triple_table(rows, LABELS, sets=sets, dose=dose, cell_lines=profiles.ids),
        profiles=profiles,
        columns=_columns(plan, rows, drugs=drugs, sets=sets),
        tables=_wells(plan),
        provenance=Provenance(sources=plan.records, flow=flow, citation=sources.CITATION),
    ).validate()


def _columns(
    plan: _Plan, rows: pd.DataFrame, *, drugs: Vocab, sets: np.ndarray
) -> dict[str, np.ndarray]:
    """int32[N] each: folds, replicate, and the drug groups in the order of the row's drugs."""
    found = {n: rows[n].to_numpy(np.int32) for n in rows if n.startswith(("fold_", "replicate"))}
    if sources.SPLITS not in plan.paths:
        return found
    groups = drug_groups(plan.paths[sources.SPLITS], drugs=drugs, table=plan.table)
    return found | {"group_first": groups[sets[:, 0]], "group_second": groups[sets[:, 1]]}


def _measurements(path: Path) -> pd.DataFrame:
    """Rows as measured; ``group`` numbers the unordered triples in the order they appear."""
    names = dict.fromkeys(("drug_a", "drug_b", "cell_line"), "text")
    kinds = names | dict.fromkeys(("replicate", "fold"), "integer")
    rows = read_columns(path, kinds | dict.fromkeys(LABELS, "number"))
    group, _ = pd.factorize(triple_keys(rows))
    return rows.rename(columns={"fold": "fold_comb"}).assign(group=group)


def _averaged(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a triple: mean of each label; drugs, line and fold of its first row."""
    how = {c: "mean" if c in LABELS else "first" for c in rows if c not in ("replicate", "group")}
    return rows.groupby("group", sort=True).agg(how).reset_index()


def _smiles(path: Path, *, drugs: Vocab, table: DrugTable) -> tuple[str, ...]:
    """One a drug: the catalogue's, else the benchmark's.

    The table's isomeric SMILES are not read: their licence would pass to what learns from them.
    """
    rows = read_columns(path, {"drug": "text", "smiles": "text"})
    found = {
        table.canonical(r.drug): table.smiles(r.drug) or r.smiles
        for r in rows.itertuples(index=False)
    }
    for name in drugs.names:
        if name not in found:
            raise InputError(f"{path} lacks drug {name!r}, which was measured; add its row")
    return tuple(found[name] for name in drugs.names)


def _wells(plan: _Plan) -> dict[str, pa.Table]:
    made = {}
    if plan.wells:
        for name, source, columns in (
            ("wells_combination", sources.WELLS_COMBINATION, ("drug_a", "drug_b")),
            ("wells_single", sources.WELLS_SINGLE, ("drug",)),
        ):
            made[name] = named_wells(plan.paths[source], columns, plan.table)
    if plan.monotherapy:
        wells = named_wells(plan.paths[sources.WELLS_SINGLE], ("drug",), plan.table)
        made[CURVES] = averaged_wells(wells)
    return made


def averaged_wells(wells: pa.Table) -> pa.Table:
    """Mean viability of each drug, line and dose, in the columns of ``core.monotherapy``."""
    frame = wells.to_pandas().rename(columns={"cell_line": "profile", "conc_um": "dose_um"})
    frame = frame.astype({"drug": str, "profile": str})
    means = frame.groupby(["drug", "profile", "dose_um"], sort=True)["viability"].mean()
    return pa.Table.from_pandas(means.reset_index(), preserve_index=False)


def named_wells(path: Path, columns: tuple[str, ...], table: DrugTable) -> pa.Table:
    """The raw wells, drugs under the catalogue's names so that they join with the study."""
    wells = pq.read_table(path)
    names = read_columns(path, dict.fromkeys(columns, "text"))
    for column in columns:
        renamed = names[column].map({n: table.canonical(n) for n in names[column].unique()})
        place = wells.column_names.index(column)
        wells = wells.set_column(place, column, pa.array(renamed, pa.string()).dictionary_encode())
    return wells
