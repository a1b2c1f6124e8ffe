"""A Study on disk: a folder of Parquet tables plus ``study.json``."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.dose_units import DOSE_UNIT_TABLE
from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.files import digest_of, read_json, sha256, whole_folder, write_json
from combo_dl.core.monotherapy import TABLE
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.study import Provenance, Source, Study
from combo_dl.core.vocab import Vocab

FORMAT = 1
HEADER = "study.json"
_COLUMNS = 64  # of a label, read together


def write_study(study: Study, folder: Path) -> None:
    """Write ``study`` to ``folder``, whole or not at all; a study that is there is replaced.

    Raises InputError, and ComboError when the folder holds anything else or the disk refuses.
    """
    study.validate()
    with whole_folder(folder, mark=HEADER) as temporary:
        pq.write_table(_combo_columns(study), temporary / "combos.parquet", compression="zstd")
        pq.write_table(
            _profile_columns(study.profiles), temporary / "profiles.parquet", compression="zstd"
        )
        for name, table in study.tables.items():
            pq.write_table(table, temporary / f"table_{name}.parquet", compression="zstd")
        files = {p.name: sha256(p) for p in sorted(temporary.iterdir())}
        write_json(temporary / HEADER, _header(study) | {"files": files})


def read_study(folder: Path) -> Study:
    """The study in ``folder``. Raises FormatError on a missing or changed file or other format."""
    if not (folder / HEADER).is_file():
        raise FormatError(f"no study at {folder}; expected a folder with {HEADER} (write_study)")
    header = read_json(folder / HEADER)
    if header.get("format") != FORMAT:
        raise FormatError(
            f"{folder} has study format {header.get('format')!r}; this version reads {FORMAT}"
        )
    try:
        for name, digest in header["files"].items():
            _check_file(folder, name, digest)
        return _assemble(header, folder)
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OSError,
        pa.ArrowException,
        InputError,
    ) as error:
        raise FormatError(f"broken study {folder}: {error}") from error


def study_digest(study: Study) -> str:
    """Digest of a study's rows, profiles, names and structures (not of its further tables)."""
    parts: list[bytes | str] = [study.name, study.version, *study.drugs.names, *study.smiles]
    for array in (study.combos.drugs, study.combos.dose, study.combos.profile, study.combos.weight):
        parts.append(np.ascontiguousarray(array).tobytes())
    for name in sorted(study.combos.labels):
        parts += [name, np.ascontiguousarray(study.combos.labels[name]).tobytes()]
    parts += [
        *study.profiles.ids.names,
        study.profiles.number.tobytes(),
        study.profiles.category.tobytes(),
    ]
    for name in (TABLE, DOSE_UNIT_TABLE, DRUGS_TABLE):
        # Single-drug curves, units and facts of drugs are inputs; other tables are not.
        if name in study.tables:
            parts += [study.tables[name].to_pandas().to_csv(index=False, float_format="%.9g")]
    return digest_of(*parts)


def _check_file(folder: Path, name: str, digest: str) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise FormatError(f"{folder} lacks {name!r}, which its study.json lists")
    if sha256(path) != digest:
        raise FormatError(
            f"{path} was changed: its sha256 is not the one in study.json; make the study again"
        )


def _header(study: Study) -> dict:
    return {
        "format": FORMAT,
        "name": study.name,
        "version": study.version,
        "dose_unit": study.dose_unit,
        "drugs": list(study.drugs.names),
        "smiles": list(study.smiles),
        "space": study.profiles.space,
        "fields": [f.to_json() for f in study.profiles.fields],
        "labels": {name: label.shape[1] for name, label in study.combos.labels.items()},
        "columns": list(study.columns),
        "tables": list(study.tables),
        "provenance": asdict(study.provenance),
    }


def _combo_columns(study: Study) -> pa.Table:
    combos = study.combos
    columns = {f"drug_{i}": combos.drugs[:, i] for i in range(combos.drugs.shape[1])}
    columns |= {f"dose_{i}": combos.dose[:, i] for i in range(combos.dose.shape[1])}
    columns |= {
        "profile": combos.profile,
        "weight": combos.weight,
        "group": combos.group,
        "day": combos.day,
    }
    for name, label in combos.labels.items():
        columns |= {f"label:{name}:{i}": label[:, i] for i in range(label.shape[1])}
    return pa.table(columns | {f"column:{name}": values for name, values in study.columns.items()})


def _profile_columns(profiles: ProfileTable) -> pa.Table:
    columns = {"id": pa.array(profiles.ids.names, pa.string())}
    columns |= {f"number:{i}": profiles.number[:, i] for i in range(profiles.number.shape[1])}
    return pa.table(
        columns
        | {f"category:{i}": profiles.category[:, i] for i in range(profiles.category.shape[1])}
    )


def _stack(table: pa.Table, names: list[str], dtype: str) -> np.ndarray:
    if not names:
        return np.zeros((table.num_rows, 0), dtype)
    made = np.empty((table.num_rows, len(names)), dtype)
    for i, name in enumerate(names):
        made[:, i] = table[name].to_numpy()
    return made


def _read_label(path: Path, name: str, width: int) -> np.ndarray:
    """float32[N, width]. Some columns at a time: a wide label is held once, not as a table too."""
    made = np.empty((pq.ParquetFile(path).metadata.num_rows, width), np.float32)
    for start in range(0, width, _COLUMNS):
        names = [f"label:{name}:{i}" for i in range(start, min(start + _COLUMNS, width))]
        part = pq.read_table(path, columns=names)
        made[:, start : start + len(names)] = _stack(part, names, "f4")
    return made


def _assemble(header: dict, folder: Path) -> Study:
    path = folder / "combos.parquet"
    columns = pq.ParquetFile(path).schema_arrow.names
    raw = pq.read_table(path, columns=[n for n in columns if not n.startswith("label:")])
    width = sum(n.startswith("drug_") for n in raw.column_names)
    labels = {k: _read_label(path, k, w) for k, w in header["labels"].items()}
    combos = ComboTable(
        drugs=_stack(raw, [f"drug_{i}" for i in range(width)], "i4"),
        dose=_stack(raw, [f"dose_{i}" for i in range(width)], "f4"),
        profile=raw["profile"].to_numpy(),
        labels=labels,
        weight=raw["weight"].to_numpy(),
        group=raw["group"].to_numpy(),
        day=raw["day"].to_numpy(),
    )
    prov = header["provenance"]
    return Study(
        name=header["name"],
        version=header["version"],
        dose_unit=header["dose_unit"],
        drugs=Vocab(kind="drug", names=tuple(header["drugs"])),
        smiles=tuple(header["smiles"]),
        combos=combos,
        profiles=_read_profiles(header, folder),
        columns={n: raw[f"column:{n}"].to_numpy(zero_copy_only=False) for n in header["columns"]},
        tables={n: pq.read_table(folder / f"table_{n}.parquet") for n in header["tables"]},
        provenance=Provenance(
            sources=tuple(Source(**s) for s in prov["sources"]),
            flow=tuple((step, rows) for step, rows in prov["flow"]),
            citation=prov["citation"],
        ),
    ).validate()


def _read_profiles(header: dict, folder: Path) -> ProfileTable:
    raw = pq.read_table(folder / "profiles.parquet")
    fields = tuple(ProfileField.from_json(f) for f in header["fields"])
    n_number = sum(f.kind == "number" for f in fields)
    return ProfileTable(
        space=header["space"],
        ids=Vocab(kind="profile", names=tuple(raw["id"].to_pylist())),
        fields=fields,
        number=_stack(raw, [f"number:{i}" for i in range(n_number)], "f4"),
        category=_stack(raw, [f"category:{i}" for i in range(len(fields) - n_number)], "i2"),
    )
