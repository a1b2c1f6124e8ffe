"""Reading of a user's table of wells: columns, numbers, units, the order of a pair."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import DrugTable
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.names import hint

UM_PER_UNIT = {"pM": 1e-6, "nM": 1e-3, "uM": 1.0, "mM": 1e3, "M": 1e6}
RESPONSES = ("viability", "inhibition", "viability_percent", "inhibition_percent")


@dataclass(frozen=True, kw_only=True)
class PlateTable:
    """Wells of a file in one form.

    wells: ``drug_a, drug_b`` (the catalogue's names in their order, '' = none), ``dose_a_um,
    dose_b_um`` (0 = none), ``viability`` (fraction of the vehicle), ``profile``, ``replicate``
    (of plate and replicate), ``line`` (of the file).
    response: the one of RESPONSES that the file holds.  units: those of its concentrations.
    """

    path: Path
    wells: pd.DataFrame
    response: str
    units: tuple[str, ...]

    @property
    def vehicle(self) -> pd.DataFrame:
        """Wells without drug."""
        return self.wells[self.wells["drug_a"] == ""]

    @property
    def alone(self) -> pd.DataFrame:
        """Wells of one drug, which is drug_a."""
        return self.wells[(self.wells["drug_a"] != "") & (self.wells["drug_b"] == "")]

    @property
    def both(self) -> pd.DataFrame:
        """Wells of two drugs."""
        return self.wells[self.wells["drug_b"] != ""]


def read_plates(
    path: Path, *, table: DrugTable, conc_unit: str | None, response: str | None
) -> PlateTable:
    """The wells of a CSV file.

    conc_unit: unit of rows whose column ``conc_unit`` is empty or missing.
    response: which of RESPONSES the column ``response`` holds; None = the column is named so.
    Raises SourceError, ConfigError, UnknownNameError of a drug, or InputError naming the line that
    is wrong.
    """
    raw = read_csv(path, setting="data.plates.file")
    raw.columns = [str(c).casefold() for c in raw.columns]
    for column in ("drug_a", "drug_b", "conc_a", "conc_b", "profile"):
        _need(raw, column, path)
    if "drug_c" in raw.columns:
        raise InputError(f"{path} has the column drug_c; a table of plates holds pairs only")
    kind, column = _response_of(raw, path, response)
    profile = raw["profile"].str.strip()
    _refuse(path, profile == "", profile, "as profile; name the cell line")
    unit = _units(path, _text(raw, "conc_unit"), conc_unit)
    um = unit.map(UM_PER_UNIT).to_numpy(np.float64)
    sides = [_side(raw, path, side=s, table=table, um=um) for s in "ab"]
    wells = pd.DataFrame(
        {
            **{k: v for side in sides for k, v in side.items()},
            "viability": _viability(_numbers(raw, column, path), kind),
            "profile": profile,
            "replicate": _text(raw, "plate") + "/" + _text(raw, "replicate"),
            "line": np.arange(2, len(raw) + 2),
        }
    )
    same = (wells["drug_a"] == wells["drug_b"]) & (wells["drug_a"] != "")
    _refuse(path, same, wells["drug_a"], "as both drugs; name two, or leave one out")
    return PlateTable(
        path=path, wells=_ordered(wells), response=kind, units=tuple(sorted(unit.unique()))
    )


def read_csv(path: Path, *, setting: str) -> pd.DataFrame:
    """A CSV file as text; a column ``cell_line`` is called ``profile``.

    setting: the one that named the file. Raises SourceError when the file cannot be read,
    InputError when it has no rows.
    """
    if not path.is_file():
        raise SourceError(f"no table at {path}; set {setting} to a CSV file (docs/plates.md)")
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path} cannot be read: {reason}; save it as CSV in UTF-8") from error
    if raw.empty:
        raise InputError(f"{path} has no rows; give at least one")
    raw.columns = [str(c).strip() for c in raw.columns]
    return raw if "profile" in raw else raw.rename(columns={"cell_line": "profile"})


def _need(raw: pd.DataFrame, column: str, path: Path) -> None:
    if column not in raw.columns:
        raise InputError(
            f"{path} has no column {column!r}; {hint(column, raw.columns)}; "
            "a table of wells is described in docs/plates.md"
        )


def _text(raw: pd.DataFrame, column: str) -> pd.Series:
    return raw[column].str.strip() if column in raw.columns else pd.Series("", index=raw.index)


def _response_of(raw: pd.DataFrame, path: Path, response: str | None) -> tuple[str, str]:
    """(what is measured, the column that holds it)."""
    if response is not None:
        if response not in RESPONSES:
            raise ConfigError(f"data.plates.response is {response!r}; {hint(response, RESPONSES)}")
        column = response if response in raw.columns else "response"
        _need(raw, column, path)
        return response, column
    found = [c for c in RESPONSES if c in raw.columns]
    if len(found) != 1:
        said = " and ".join(found) or "none of them"
        raise InputError(
            f"{path} has {said}; expected one column of {', '.join(RESPONSES)}, "
            "or a column response with data.plates.response saying what it holds"
        )
    return found[0], found[0]


def _unit(text: str) -> str:
    """The unit's name in UM_PER_UNIT, '' for an unknown one."""
    plain = text.replace("µ", "u").replace("μ", "u").casefold()
    return next((name for name in UM_PER_UNIT if name.casefold() == plain), "")


def _units(path: Path, given: pd.Series, default: str | None) -> pd.Series:
    """The unit of each row."""
    expected = f"expected one of {', '.join(UM_PER_UNIT)}"
    if default is not None and not _unit(str(default)):
        raise ConfigError(f"data.plates.conc_unit is {default!r}; {expected}")
    if default is None and (given == "").any():
        raise InputError(
            f"{path} does not say the unit of every concentration; add a column conc_unit "
            f"({', '.join(UM_PER_UNIT)}) or set data.plates.conc_unit"
        )
    units = given.where(given != "", default).map(_unit)
    _refuse(path, units == "", given, f"as conc_unit; {expected}")
    return units


def _side(
    raw: pd.DataFrame, path: Path, *, side: str, table: DrugTable, um: np.ndarray
) -> dict[str, pd.Series | np.ndarray]:
    """Names and doses of one of the two drugs; a drug at concentration 0 is not there."""
    drug = raw[f"drug_{side}"].str.strip()
    conc = _conc(raw, path, side=side, drug=drug)
    names = {n: table.get(n).name if n else "" for n in drug.unique()}
    return {f"drug_{side}": drug.map(names).where(conc > 0, ""), f"dose_{side}_um": conc * um}


def _conc(raw: pd.DataFrame, path: Path, *, side: str, drug: pd.Series) -> np.ndarray:
    """Concentrations as given; an empty cell is 0 where there is no drug."""
    column = f"conc_{side}"
    text = raw[column].str.strip()
    bare = (text == "") & (drug != "")
    _refuse(path, bare, drug, f"as drug_{side} and no {column}; give it (0 = none)")
    conc = _numbers(raw.assign(**{column: text.where(text != "", "0")}), column, path)
    _refuse(path, conc < 0, text, f"as {column}; a concentration is 0 or more")
    stray = (conc > 0) & (drug == "").to_numpy()
    _refuse(path, stray, text, f"as {column} but no drug_{side}; name the drug")
    return conc


def _numbers(raw: pd.DataFrame, column: str, path: Path) -> np.ndarray:
    values = pd.to_numeric(raw[column].str.strip(), errors="coerce").to_numpy(np.float64)
    why = f"as {column}; expected a number (leave out wells that failed)"
    _refuse(path, ~np.isfinite(values), raw[column], why)
    return values


def _viability(values: np.ndarray, kind: str) -> np.ndarray:
    fraction = values / 100 if kind.endswith("percent") else values
    return 1.0 - fraction if kind.startswith("inhibition") else fraction


def _ordered(wells: pd.DataFrame) -> pd.DataFrame:
    """Drugs of a well in the order of names, a single drug first."""
    swap = ((wells["drug_b"] < wells["drug_a"]) & (wells["drug_b"] != "")) | (wells["drug_a"] == "")
    for left, right in (("drug_a", "drug_b"), ("dose_a_um", "dose_b_um")):
        a, b = wells[left].copy(), wells[right].copy()
        wells[left], wells[right] = a.where(~swap, b), b.where(~swap, a)
    return wells


def _refuse(path: Path, bad: pd.Series | np.ndarray, shown: pd.Series, why: str) -> None:
    """Raise InputError naming the first line for which ``bad`` holds, and what it has."""
    wrong = np.asarray(bad, dtype=bool)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{path}, line {row + 2} has {shown.iloc[row]!r} {why} ({int(wrong.sum())} such lines)"
        )
