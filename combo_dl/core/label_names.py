"""Names of the columns of a wide label, kept in a study as the table ``labels:<label>``.

The table has one row a column, in their order: ``name`` (what people read) and ``code`` (the
identifier of the source, such as a UMLS concept).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint, normalise
from combo_dl.core.study import Study

PREFIX = "labels:"
FOLLOW_UP = ("time_days", "event", "entry_days")  # the last one where entry is delayed


def table_name(label: str) -> str:
    """Key in ``study.tables`` of the column names of ``label``."""
    return PREFIX + label


def label_table(names: Sequence[str], codes: Sequence[str]) -> pa.Table:
    """The table of these columns. Raises InputError on an empty or repeated name, and on codes
    that are not one a name."""
    if len(names) != len(codes):
        raise InputError(f"{len(names)} label columns have {len(codes)} codes; give one each")
    seen: set[str] = set()
    for name in names:
        if not name.strip() or normalise(name) in seen:
            raise InputError(
                f"label column {len(seen)} is named {name!r}; expected a name that no other has"
            )
        seen.add(normalise(name))
    text = pa.string()
    return pa.table({"name": pa.array(names, text), "code": pa.array(codes, text)})


def is_follow_up(label: np.ndarray) -> bool:
    """Whether a label float[N, W] has the columns of FOLLOW_UP, with or without the entry."""
    return label.shape[1] in (len(FOLLOW_UP) - 1, len(FOLLOW_UP))


def follow_up_tables(labels: Mapping[str, np.ndarray]) -> dict[str, pa.Table]:
    """{key in ``study.tables``: the names of the columns} of those labels that are follow-up."""
    return {
        table_name(name): label_table(
            FOLLOW_UP[: label.shape[1]], [f"{name}_{c}" for c in FOLLOW_UP[: label.shape[1]]]
        )
        for name, label in labels.items()
        if is_follow_up(label)
    }


def label_names(study: Study, label: str) -> tuple[str, ...]:
    """Names of the W columns of ``label``: of its table, else the label itself (one column) or
    ``label:0, label:1, …``. Raises UnknownNameError for a label that the study lacks, InputError
    where the table does not fit the label."""
    return _column(study, label, "name") or _numbered(label, _width(study, label))


def label_codes(study: Study, label: str) -> tuple[str, ...]:
    """Codes of the W columns of ``label``, '' where there is none. Raises as ``label_names``."""
    return _column(study, label, "code") or ("",) * _width(study, label)


def find_label(study: Study, label: str, name: str) -> int:
    """Place of the column of ``label`` with this name (whatever its case, spaces and hyphens) or
    code. Raises UnknownNameError with the nearest names."""
    names = label_names(study, label)
    by_name = {normalise(n): i for i, n in enumerate(names)}
    by_code = {normalise(c): i for i, c in enumerate(label_codes(study, label)) if c}
    found = by_name.get(normalise(name), by_code.get(normalise(name)))
    if found is None:
        raise UnknownNameError(f"label {label!r} has no column {name!r}; {hint(name, names)}")
    return found


def _width(study: Study, label: str) -> int:
    labels = study.combos.labels
    if label not in labels:
        raise UnknownNameError(
            f"study {study.name!r} has no label {label!r}; {hint(label, labels)}"
        )
    return labels[label].shape[1]


def _column(study: Study, label: str, column: str) -> tuple[str, ...]:
    """A column of the label's table; empty without a table."""
    width, table = _width(study, label), study.tables.get(table_name(label))
    if table is None:
        return ()
    if column not in table.column_names or table.num_rows != width:
        raise InputError(
            f"table {table_name(label)!r} of study {study.name!r} has {table.num_rows} rows of "
            f"{', '.join(table.column_names)}; expected name and code of {width} columns"
        )
    return tuple(table[column].to_pylist())


def _numbered(label: str, width: int) -> tuple[str, ...]:
    return (label,) if width == 1 else tuple(f"{label}:{i}" for i in range(width))
