"""The O'Neil screen well by well: a row is what one or two drugs at one dose each leave alive.

A row is a well and not a matrix, since that is what the types say of a dose (one a drug and row)
and what a user asks for; a single-drug well is a set of one. Wells of a matrix share their states
and pair terms in the network (``combo_dl.nn.head.dosed_sets``), so that nothing is computed twice.
"""

import numpy as np
import pandas as pd

from combo_dl.core.combo_table import ComboTable, sorted_sets
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import digest_of
from combo_dl.core.monotherapy import TABLE as CURVES
from combo_dl.core.study import Provenance, Study
from combo_dl.datasets import oneil

NAME = "oneil_viability"
VERSION = "1"
DOSES = {"um": "um", "relative": "share of the highest dose measured alone"}
_WELLS = [f"viability_{i}" for i in range(1, 5)]
_GIVEN = ("fold_comb", "fold_cell", "fold_random")


def load(
    *,
    folder: str | None,
    doses: str,
    expression: bool,
    mutation_min_lines: int,
    monotherapy: bool,
    check_digests: bool,
) -> Study:
    """The wells of ``oneil.load`` as rows with the label ``viability``, the mean share of the
    control that is left over up to four wells of one condition.

    doses: ``um``, or ``relative`` to the highest dose at which the drug was measured alone: what
    places a drug that was never in training, whose potency no structure tells.
    Replicates of a condition form a ``group``, which counts once. Folds are those of the triples; a
    drug alone is in the combination fold that its name draws, in the cell fold of its line, and in
    its drug group. The other settings and errors are those of ``oneil.load``.
    """
    if doses not in DOSES:
        raise ConfigError(
            f"data.{NAME}.doses is {doses!r}; expected one of {', '.join(sorted(DOSES))}"
        )
    screen = oneil.load(
        folder=folder,
        replicates="mean",
        expression=expression,
        mutation_min_lines=mutation_min_lines,
        monotherapy=monotherapy,
        wells=True,
        check_digests=check_digests,
    )
    return wells_study(screen, doses=doses)


def wells_study(screen: Study, *, doses: str) -> Study:
    """The wells of ``screen``, made by ``oneil.load`` with one row a triple and its wells."""
    # With one row a triple, the number of its group is that of its row.
    pairs, triple = combination_wells(screen)
    singles = _single_wells(screen)
    rows = pd.concat([pairs, singles], ignore_index=True)
    dose = rows[["dose_a", "dose_b"]].to_numpy(np.float64)
    drugs = rows[["drug_a", "drug_b"]].to_numpy(np.int32)
    if doses == "relative":
        dose = dose / highest_alone(screen)[drugs]
    sets, dose = sorted_sets(drugs, np.where(drugs >= 0, dose, np.nan).astype(np.float32))
    group = _conditions(sets, dose, rows["profile"].to_numpy(np.int64))
    flow = (
        ("wells of two drugs", len(pairs)),
        ("with those of one drug, averaged by condition", len(rows)),
    )
    return Study(
        name=NAME,
        version=VERSION,
        dose_unit=DOSES[doses],
        drugs=screen.drugs,
        smiles=screen.smiles,
        combos=ComboTable(
            drugs=sets,
            dose=dose,
            profile=rows["profile"].to_numpy(np.int32),
            labels={"viability": rows["viability"].to_numpy(np.float32)[:, None]},
            weight=(1 / np.bincount(group)[group]).astype(np.float32),
            group=group,
            day=np.full(len(rows), np.nan, np.float32),
        ),
        profiles=screen.profiles,
        columns=_columns(screen, triple, singles),
        tables={name: table for name, table in screen.tables.items() if name == CURVES},
        provenance=Provenance(
            sources=screen.provenance.sources, flow=flow, citation=screen.provenance.citation
        ),
    ).validate()


def highest_alone(screen: Study) -> np.ndarray:
    """float64[D]: the highest dose (um) at which each drug was measured alone."""
    alone = screen.tables["wells_single"].to_pandas().astype({"drug": str})
    top = alone.groupby("drug")["conc_um"].max()
    return top.reindex(list(screen.drugs.names)).to_numpy(np.float64)


def combination_wells(screen: Study) -> tuple[pd.DataFrame, np.ndarray]:
    """Wells whose triple is in ``screen``, and int64 the ``group`` of each: the rows of its triple.

    Columns ``drug_a, drug_b, profile`` (ids), ``dose_a, dose_b`` (um) and ``viability``.
    """
    wells = screen.tables["wells_combination"].to_pandas()
    made = pd.DataFrame(
        {
            "drug_a": _ids(screen.drugs.names, wells["drug_a"]),
            "drug_b": _ids(screen.drugs.names, wells["drug_b"]),
            "profile": _ids(screen.profiles.ids.names, wells["cell_line"]),
            "dose_a": wells["conc_a_um"],
            "dose_b": wells["conc_b_um"],
            "viability": wells[_WELLS].mean(axis=1),
        }
    )
    combos = screen.combos
    asked = np.column_stack([np.sort(made[["drug_a", "drug_b"]], axis=1), made["profile"]])
    known = pd.MultiIndex.from_arrays([combos.drugs[:, 0], combos.drugs[:, 1], combos.profile])
    known, groups = known.drop_duplicates(), combos.group[~known.duplicated()]
    triple = known.get_indexer(pd.MultiIndex.from_arrays(list(asked.T)))
    kept = (triple >= 0) & np.isfinite(made["viability"].to_numpy())
    return made[kept], groups[triple[kept]]


def _single_wells(screen: Study) -> pd.DataFrame:
    """Wells of one drug, replicates averaged."""
    wells = screen.tables["wells_single"].to_pandas().astype({"drug": str, "cell_line": str})
    means = wells.groupby(["drug", "cell_line", "conc_um"])["viability"].mean().reset_index()
    made = pd.DataFrame(
        {
            "drug_a": _ids(screen.drugs.names, means["drug"]),
            "drug_b": -1,
            "profile": _ids(screen.profiles.ids.names, means["cell_line"]),
            "dose_a": means["conc_um"],
            "dose_b": 0.0,
            "viability": means["viability"],
        }
    )
    return made[(made["drug_a"] >= 0) & (made["profile"] >= 0)]


def _ids(names: tuple[str, ...], values: pd.Series) -> np.ndarray:
    return pd.Index(names).get_indexer(pd.Index(values.astype(object)))


def _conditions(sets: np.ndarray, dose: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """int32[N]: number of the condition (drugs, doses, profile) of each row."""
    frame = pd.DataFrame(np.column_stack([sets, np.nan_to_num(dose, nan=-1.0), profile]))
    return frame.groupby(list(frame), sort=False).ngroup().to_numpy(np.int32)


def _columns(screen: Study, triple: np.ndarray, singles: pd.DataFrame) -> dict[str, np.ndarray]:
    """int32[N]: folds and drug groups, those of the triples first, then of single drugs."""
    drug, profile = singles["drug_a"].to_numpy(), singles["profile"].to_numpy()
    found = {}
    for name in _GIVEN:
        if name in screen.columns:
            of_pair = screen.columns[name][triple]
            own = _single_fold(screen, name, drug, profile)
            found[name] = np.concatenate([of_pair, own]).astype(np.int32)
    if "group_first" in screen.columns:
        none = np.full(len(drug), -1)
        of_drug = np.full(len(screen.drugs), -1)
        for place, name in enumerate(("group_first", "group_second")):
            of_drug[screen.combos.drugs[:, place]] = screen.columns[name]
        for name, own in (("group_first", of_drug[drug]), ("group_second", none)):
            both = np.concatenate([screen.columns[name][triple], own])
            found[name] = both.astype(np.int32)
    return found


def _single_fold(screen: Study, name: str, drug: np.ndarray, profile: np.ndarray) -> np.ndarray:
    folds = screen.columns[name]
    if name == "fold_cell":
        of_line = np.full(len(screen.profiles), -1)
        of_line[screen.combos.profile] = folds
        return of_line[profile]
    count = int(folds.max()) + 1
    lines = screen.profiles.ids.names if name == "fold_random" else None
    keys = [
        digest_of(name, screen.drugs.names[d], *([lines[p]] if lines else []))
        for d, p in zip(drug, profile, strict=True)
    ]
    return np.array([int(k[:8], 16) % count for k in keys])
