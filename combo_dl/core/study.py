"""Study: the one hand-over from every source of data to the rest of the package."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core import frames
from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import InputError
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.vocab import Vocab

HOSPITAL = "hospital"  # column of codes, the same in every study: who may be the same people


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that a study was made from. ``licence``: what it states ("none stated" too)."""

    file: str
    sha256: str
    licence: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a study comes from, and its flow chart: (step, rows left) in order."""

    sources: tuple[Source, ...] = ()
    flow: tuple[tuple[str, int], ...] = ()
    citation: str = ""


@dataclass(frozen=True, kw_only=True)
class Study:
    """Combinations measured in profiles.

    drugs: names (the catalogue's where it knows the drug).  smiles: one a drug, empty = none.
    columns: {name: array[N]} more facts of each row of ``combos``, such as published folds.
    tables: further tables kept with the study for later work, such as raw wells.
    """

    name: str
    version: str
    dose_unit: str
    drugs: Vocab
    smiles: tuple[str, ...]
    combos: ComboTable
    profiles: ProfileTable
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)

    def __len__(self) -> int:
        return len(self.combos)

    def validate(self) -> "Study":
        """Itself. Raises InputError when a part is wrong or parts do not fit together."""
        self.drugs.validate()
        self.profiles.validate()
        self.drugs.refuse_formulas()
        self.profiles.ids.refuse_formulas()
        if len(self.combos) == 0:
            raise InputError(f"study {self.name!r} has no rows; at least one combination is needed")
        if len(self.smiles) != len(self.drugs):
            raise InputError(
                f"study {self.name!r} has {len(self.smiles)} SMILES for {len(self.drugs)} drugs"
            )
        self.combos.validate(n_drugs=len(self.drugs), n_profiles=len(self.profiles))
        for name, values in self.columns.items():
            if values.shape != (len(self),):
                raise InputError(
                    f"column {name!r} has shape {values.shape}; expected ({len(self)},)"
                )
        return self

    def take(self, rows: np.ndarray) -> "Study":
        """The study of these rows (ids or mask); drugs and profiles stay as they are."""
        return Study(
            name=self.name,
            version=self.version,
            dose_unit=self.dose_unit,
            drugs=self.drugs,
            smiles=self.smiles,
            combos=self.combos.take(rows),
            profiles=self.profiles,
            columns={k: v[rows] for k, v in self.columns.items()},
            tables=self.tables,
            provenance=self.provenance,
        )

    @classmethod
    def from_frames(
        cls,
        combos: pd.DataFrame,
        profiles: pd.DataFrame | None = None,
        *,
        name: str,
        labels: dict[str, list[str]],
        smiles: dict[str, str] | None = None,
        space: str = "cell_line",
        dose_unit: str = "",
        version: str = "1",
        table: DrugTable | None = None,
        provenance: Provenance | None = None,
    ) -> "Study":
        """A validated study of DataFrames (columns: see ``combo_dl.core.frames``).

        labels: {label name: its columns in ``combos``}; an empty cell is an unseen label.
        smiles: {drug name: SMILES} for drugs that the catalogue does not know.
        table: the catalogue; ``DrugTable.extended`` adds drugs without a structure to it.
        Columns whose name starts with ``fold`` are kept for splits that are given.
        Raises InputError or UnknownNameError naming the column or row that is wrong.
        """
        if combos.empty:
            raise InputError(f"study {name!r} has no rows; at least one combination is needed")
        known = table or oncology_drugs()
        given = {known.canonical(k): v for k, v in (smiles or {}).items()}
        drugs, sets, dose = frames.drug_sets(combos, known)
        frames.refuse_unknown(drugs, known, given)
        found = {n: frames.label_columns(combos, columns) for n, columns in labels.items()}
        people = ProfileTable.empty()
        if profiles is not None:
            people = frames.profiles_from_frame(profiles, space=space)
        rows = len(combos)
        return cls(
            name=name,
            version=version,
            dose_unit=dose_unit,
            drugs=drugs,
            smiles=tuple(given.get(d) or known.smiles(d) for d in drugs.names),
            combos=ComboTable(
                drugs=sets,
                dose=dose,
                profile=frames.profile_ids(combos, people),
                labels=found,
                weight=frames.optional(combos, "weight", np.ones(rows, np.float32)),
                group=frames.group_ids(combos),
                day=frames.optional(combos, "day", np.full(rows, np.nan, np.float32)),
            ),
            profiles=people,
            columns=frames.fold_columns(combos),
            provenance=provenance or Provenance(),
        ).validate()

    def to_frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(combinations, profiles) as DataFrames with the columns that ``from_frames`` reads.

        A label of one column keeps its name; wider labels become ``name:0, name:1, …``.
        """
        combos = self.combos
        frame = frames.combo_frame(combos, self.drugs)
        if len(self.profiles):
            ids = np.array([*self.profiles.ids.names, ""], dtype=object)
            frame["profile"] = ids[combos.profile]
        for name, label in combos.labels.items():
            wide = label.shape[1] > 1
            frame |= {f"{name}:{i}" if wide else name: label[:, i] for i in range(label.shape[1])}
        frame |= {"weight": combos.weight, "group": combos.group, "day": combos.day}
        return pd.DataFrame(frame | self.columns), frames.profile_frame(self.profiles)
