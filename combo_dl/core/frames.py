"""The pieces of a Study from and to DataFrames (``Study.from_frames``, ``Study.to_frames``).

Combinations: columns ``drug_a, drug_b[, drug_c…]``, optional ``dose_a, …``, ``profile``, labels.
Profiles: first column ``profile`` (or the index), one column a field.
"""

import string

import numpy as np
import pandas as pd

from combo_dl.core.combo_table import ComboTable, sorted_sets
from combo_dl.core.drug_table import DrugTable
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.gene_fields import says_mutation
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import YES_NO
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.vocab import Vocab

# Its square fits the 32-bit numbers that networks calculate with.
LARGEST = 1e15
# Categories are kept as int16.
MAX_LEVELS = 32_767
LETTERS = string.ascii_lowercase


def drug_columns(columns: list[str]) -> list[str]:
    """The columns ``drug_a, drug_b, …`` present, in order. Raises InputError when there is none."""
    found = [f"drug_{c}" for c in LETTERS if f"drug_{c}" in columns]
    if not found:
        raise InputError(
            f"no column drug_a in {', '.join(map(repr, columns)) or 'an empty header'}; "
            "expected drug_a, drug_b[, drug_c…] and profile"
        )
    return found


def names_of(frame: pd.DataFrame, column: str) -> list[str]:
    """A text column with '' for empty cells."""
    return [_text(v) for v in frame[column]]


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell).strip()


def numbers_of(frame: pd.DataFrame, column: str) -> np.ndarray:
    """A number column as float32, NaN for empty cells. Raises InputError naming a bad row."""
    values = _wide_numbers(frame, column)
    beyond = np.isfinite(values) & (np.abs(values) > LARGEST)
    _refuse(frame, column, beyond, wanted=f"a number up to {LARGEST:g}")
    return values.astype(np.float32)


def _wide_numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    _refuse(frame, column, np.isnan(values) & frame[column].notna().to_numpy(), wanted="a number")
    return values


def _refuse(frame: pd.DataFrame, column: str, bad: np.ndarray, *, wanted: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        cell = frame[column].iloc[row]
        shown = cell.item() if isinstance(cell, np.generic) else cell
        raise InputError(f"row {row} has {column} = {shown!r}; expected {wanted}")


def profiles_from_frame(
    frame: pd.DataFrame, *, space: str, units: dict[str, str] | None = None
) -> ProfileTable:
    """ProfileTable of a frame: numbers are number fields, text columns are category fields.

    Raises InputError on an unnamed or repeated profile, and on a category of too many levels.
    """
    table = frame.set_index("profile") if "profile" in frame.columns else frame
    numeric = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
    text = [c for c in table.columns if c not in numeric]
    levels = {c: tuple(sorted(str(v) for v in table[c].dropna().unique())) for c in text}
    # A variant that nobody has, or everybody, may be asked of the next.
    levels |= {c: YES_NO for c in text if says_mutation(str(c)) and set(levels[c]) <= {*YES_NO}}
    for c in text:
        if len(levels[c]) > MAX_LEVELS:
            raise InputError(
                f"profile field {c!r} has {len(levels[c])} different texts; at most {MAX_LEVELS} "
                "make a category: leave the field out, or give it as numbers"
            )
    category = [[levels[c].index(str(v)) if pd.notna(v) else -1 for v in table[c]] for c in text]
    fields = [ProfileField(name=str(c), unit=(units or {}).get(str(c), "")) for c in numeric]
    fields += [ProfileField(name=str(c), kind="category", levels=levels[c]) for c in text]
    return ProfileTable(
        space=space,
        ids=Vocab(kind="profile", names=tuple(_text(i) for i in table.index)),
        fields=tuple(fields),
        number=_narrow(table[numeric].to_numpy(np.float64, na_value=np.nan)),
        category=np.array(category, dtype=np.int16).reshape(len(text), len(table)).T,
    ).validate()


def _narrow(values: np.ndarray) -> np.ndarray:
    """float32[P, Fn]; a number too large for it becomes infinite, which ``validate`` refuses."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def profile_frame(profiles: ProfileTable) -> pd.DataFrame:
    """Profiles with the columns that ``profiles_from_frame`` reads."""
    columns: dict[str, object] = {"profile": list(profiles.ids.names)}
    for j, field in enumerate(profiles.number_fields):
        columns[field.name] = profiles.number[:, j]
    for j, field in enumerate(profiles.category_fields):
        columns[field.name] = [field.levels[c] if c >= 0 else None for c in profiles.category[:, j]]
    return pd.DataFrame(columns)


def drug_sets(combos: pd.DataFrame, table: DrugTable) -> tuple[Vocab, np.ndarray, np.ndarray]:
    """Drugs of a table under the catalogue's names; its sets int32[N, K], doses float32[N, K]."""
    columns = drug_columns(list(combos.columns))
    named = [[table.canonical(n) if n else "" for n in names_of(combos, c)] for c in columns]
    vocab = Vocab.of("drug", (n for column in named for n in column if n))
    drugs = np.array([[vocab.get(n) for n in column] for column in named], dtype=np.int32).T
    unknown = np.full(len(combos), np.nan, np.float32)
    doses = [c.replace("drug_", "dose_") for c in columns]
    dose = np.stack([numbers_of(combos, c) if c in combos.columns else unknown for c in doses], 1)
    return vocab, *sorted_sets(drugs, dose)


def label_columns(combos: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """float32[N, W] of these columns. Raises UnknownNameError when one is missing."""
    for column in columns:
        if column not in combos.columns:
            raise UnknownNameError(
                f"no label column {column!r}; {hint(column, map(str, combos.columns))}"
            )
    return np.stack([numbers_of(combos, c) for c in columns], axis=1)


def profile_ids(combos: pd.DataFrame, profiles: ProfileTable) -> np.ndarray:
    """int32[N] ids of the column ``profile``; -1 where the study has no profiles."""
    if not len(profiles):
        return np.full(len(combos), -1, np.int32)
    if "profile" not in combos.columns:
        raise InputError(
            f"no column 'profile' in {', '.join(map(str, combos.columns))}; profiles were given"
        )
    return profiles.ids.ids(names_of(combos, "profile"))


def combo_frame(combos: ComboTable, drugs: Vocab) -> dict[str, object]:
    """Columns ``drug_a …`` (names, empty where there is none) and ``dose_a …``."""
    names = np.array([*drugs.names, ""], dtype=object)
    width = combos.drugs.shape[1]
    columns: dict[str, object] = {
        f"drug_{LETTERS[i]}": names[combos.drugs[:, i]] for i in range(width)
    }
    return columns | {f"dose_{LETTERS[i]}": combos.dose[:, i] for i in range(width)}


def optional(frame: pd.DataFrame, column: str, default: np.ndarray) -> np.ndarray:
    """A number column, or ``default`` where the frame lacks it."""
    return numbers_of(frame, column) if column in frame.columns else default


def group_ids(frame: pd.DataFrame) -> np.ndarray:
    """int32[N]: the rows of one ``group`` (a number or a text) share an id; else each its own.

    Raises InputError naming the row of an empty cell.
    """
    if "group" not in frame.columns:
        return np.arange(len(frame), dtype=np.int32)
    codes = pd.factorize(frame["group"])[0].astype(np.int32)
    if (codes < 0).any():
        raise InputError(f"row {int(np.argmax(codes < 0))} has no group; give every row one")
    return codes


def fold_columns(combos: pd.DataFrame) -> dict[str, np.ndarray]:
    """{name: int32[N]} of the columns that start with ``fold``; an empty cell is -1 (left out).

    Raises InputError naming the row of a fold that is not a whole number.
    """
    found = {}
    for column in (str(c) for c in combos.columns if str(c).startswith("fold")):
        # Not through float32, which would round a large number to another fold.
        values = _wide_numbers(combos, column)
        values = np.where(np.isnan(values), -1.0, values)
        broken = (values != np.round(values)) | (np.abs(values) >= 1e9)
        _refuse(combos, column, broken, wanted="a whole number of at most nine digits")
        found[column] = values.astype(np.int32)
    return found


def refuse_unknown(drugs: Vocab, table: DrugTable, smiles: dict[str, str]) -> None:
    """Raise UnknownNameError for a drug that the catalogue does not know and that has no SMILES."""
    for name in drugs.names:
        if table.find(name) is None and not smiles.get(name):
            raise UnknownNameError(
                f"unknown drug {name!r}; {hint(name, table.all_names)}; "
                "give its structure in smiles, or extend the table with a drug that has none"
            )
