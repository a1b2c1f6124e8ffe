"""What the tables of side effects share: drugs by the key of their source, sets of drugs without
profiles, and wide labels that only say what was reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.label_names import label_table, table_name
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Provenance, Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.pair_screen import Flow, FoundFiles, Screen, source_drugs

LEFT_OUT = -1


@dataclass(frozen=True, kw_only=True)
class KeyedDrugs:
    """D drugs. names: the catalogue's where it knows the drug.  smiles: '' = none.  identity:
    int64[D], equal for drugs of one structure.  place: {key of the source: drug, or -1}."""

    names: Vocab
    smiles: tuple[str, ...]
    identity: np.ndarray
    place: Mapping[object, int]

    def ids(self, keys: pd.Series) -> np.ndarray:
        """int32[n] drug of each key, -1 for one that is left out. Raises InputError for a key that
        the table of drugs lacks."""
        unique = keys.unique().tolist()
        for key in unique:
            if key not in self.place:
                raise InputError(f"the table of drugs lacks {key!r}, which has rows; add its row")
        return keys.map({k: self.place[k] for k in unique}).to_numpy(np.int32)


def keyed_drugs(rows: pd.DataFrame, *, prefix: str) -> KeyedDrugs:
    """Drugs of a table with the columns key, drug ('' = no name), smiles and inchikey14.

    Keys of one name (stereoisomers, salts) are one drug. A drug without a name is called ``prefix``
    and its key; without a structure too, nothing is known of it and it is left out.
    """
    known = rows[(rows["drug"] != "") | (rows["smiles"] != "")]
    name = known["drug"].where(known["drug"] != "", prefix + known["key"].astype(str))
    named = known.assign(drug=name, generic_name=name)
    # Of the keys of one name, the first that has a structure gives it.
    order = (named["smiles"] == "").argsort(kind="stable")
    found = source_drugs(named.iloc[order].drop_duplicates("drug"))
    names = Vocab.of("drug", found.names.values())
    place: dict[object, int] = dict.fromkeys(rows["key"], LEFT_OUT)
    studied = named["drug"].map(found.names)
    place |= dict(zip(named["key"], names.ids(list(studied)).tolist(), strict=True))
    identity = np.unique([found.skeleton[n] for n in names.names], return_inverse=True)[1]
    return KeyedDrugs(
        names=names,
        smiles=tuple(found.smiles[n] for n in names.names),
        identity=identity.astype(np.int64),
        place=place,
    )


@dataclass(frozen=True, kw_only=True)
class EffectLabel:
    """A label of W columns. values: float32[N, W].  names, codes: of the columns."""

    name: str
    values: np.ndarray
    names: Sequence[str]
    codes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class EffectRows:
    """N rows. sets: int32[N, K] drugs, ascending.  group: rows that are copies of one another.
    profile: int32[N], where rows have profiles: the place in ``profiles``."""

    sets: np.ndarray
    label: EffectLabel
    weight: np.ndarray | None = None
    group: np.ndarray | None = None
    profile: np.ndarray | None = None
    profiles: ProfileTable = field(default_factory=ProfileTable.empty)
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)


def effect_study(
    screen: Screen,
    rows: EffectRows,
    *,
    names: Vocab,
    smiles: tuple[str, ...],
    files: FoundFiles,
    flow: Flow,
) -> Study:
    """The validated Study of these rows, without doses. Raises InputError."""
    label = rows.label
    profile = np.full(len(rows.sets), -1) if rows.profile is None else rows.profile
    return Study(
        name=screen.name,
        version=screen.version,
        dose_unit="",
        drugs=names,
        smiles=smiles,
        combos=ComboTable.undosed(
            rows.sets,
            profile=profile,
            labels={label.name: label.values},
            weight=rows.weight,
            group=rows.group,
        ),
        profiles=rows.profiles,
        columns=rows.columns,
        tables={table_name(label.name): label_table(label.names, label.codes)} | rows.tables,
        provenance=Provenance(sources=files.records, flow=flow, citation=screen.citation),
    ).validate()


def check_whole(setting: str, value: int, *, least: int) -> None:
    """Raise ConfigError unless ``value`` is a whole number of at least ``least``."""
    if type(value) is not int or value < least:
        raise ConfigError(f"{setting} is {value!r}; expected a whole number of {least} or more")


def refuse_all_positive(label: str, positive: np.ndarray, names: Sequence[str]) -> None:
    """Raise InputError when a column of ``positive`` bool[N, W] is true in every row: of positives
    alone nothing can be learned, and no ranking be scored."""
    every = positive.all(axis=0)
    if every.any():
        raise InputError(
            f"label {label!r}: {names[int(np.argmax(every))]!r} is positive in all "
            f"{len(positive)} rows ({int(every.sum())} such columns); rows without it are needed"
        )
