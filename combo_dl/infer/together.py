"""Several bundles on the same rows: each predicts its own endpoints, such as the survival of a
patient and the toxicity of the same drugs in trials."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from combo_dl.core.errors import ComboError, ConfigError
from combo_dl.infer.bundle import Bundle, load_bundle
from combo_dl.infer.told_drugs import TOLD, as_asked, told_columns, with_told, without_told


@dataclass(frozen=True, kw_only=True)
class Together:
    """Bundles by name, which share no endpoint and know each other's drugs by name."""

    bundles: dict[str, Bundle]

    @classmethod
    def of(cls, bundles: Mapping[str, Bundle]) -> "Together":
        """Checked. Raises ConfigError where two bundles predict one endpoint."""
        owner: dict[str, str] = {}
        for name, bundle in bundles.items():
            for column in (c for columns in bundle.columns.values() for c in columns):
                other = owner.setdefault(column, name)
                if other != name:
                    raise ConfigError(
                        f"{column!r} is predicted by {other} and by {name}; expected bundles of "
                        "other endpoints: predict with one of them, or with each in a command of "
                        "its own"
                    )
        if len(bundles) == 1:
            return cls(bundles=dict(bundles))
        drugs = {d.name: d for b in bundles.values() for d in b.drug_table.drugs}
        known = tuple(drugs.values())
        return cls(bundles={n: replace(b, more_drugs=known) for n, b in bundles.items()})

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """{endpoint: names of its columns} of all bundles."""
        return {n: c for b in self.bundles.values() for n, c in b.columns.items()}

    def predict(
        self,
        rows: pd.DataFrame,
        *,
        profiles: pd.DataFrame | None = None,
        monotherapy: pd.DataFrame | None = None,
        **told: object,
    ) -> pd.DataFrame:
        """The tidy tables of all bundles as one, with a column ``bundle`` where there are several.

        A column ``drugs:NAME`` of the rows tells one bundle other drugs (``infer.told_drugs``).
        A bundle gets what its studies know of: ``profiles`` whose fields one of them has, the names
        of profiles, doses and single-drug curves. What no bundle knows is refused as by one alone;
        what one of them cannot use is said in ``attrs["notes"]``. told: as ``Bundle.predict``.
        Raises ConfigError on a ``study``, which is of one bundle; else as ``Bundle.predict``, with
        the name of the bundle.
        """
        if len(self.bundles) == 1:
            bundle = next(iter(self.bundles.values()))
            return bundle.predict(rows, profiles=profiles, monotherapy=monotherapy, **told)  # type: ignore[arg-type]
        if told.get("study") is not None:
            raise ConfigError(
                f"study={told['study']} is of one bundle and {len(self.bundles)} are given; name "
                "one bundle, or leave study out"
            )
        notes: list[str] = []
        columns = told_columns(rows, self.bundles)
        asked = self._asked(rows, profiles, monotherapy, notes)
        found: dict[str, pd.DataFrame] = {}
        for name, own in asked.items():
            try:
                found[name] = self.bundles[name].predict(**own, **told)  # type: ignore[arg-type]
            except ComboError as error:
                raise type(error)(f"{name}: {error}") from error
        for name, column in columns.items():
            count = int((~rows[column].isna()).sum())
            notes.append(f"{name} takes {count} of {len(rows)} rows for the drugs of {column!r}.")
        told_of = [table.attrs for table in found.values()]
        plain = next((t for n, t in found.items() if n not in columns), None)
        if plain is not None:
            found = {n: as_asked(t, plain) if n in columns else t for n, t in found.items()}
        return _joined(found, told_of, notes)

    def _asked(
        self,
        rows: pd.DataFrame,
        profiles: pd.DataFrame | None,
        monotherapy: pd.DataFrame | None,
        notes: list[str],
    ) -> dict[str, dict]:
        """{bundle: its tables}; what a bundle cannot use is added to ``notes``."""
        own = self._users(lambda b: profiles is not None and _fits(b, profiles))
        curves = self._users(lambda b: monotherapy is not None and _reads_curves(b))
        dosed = self._users(
            lambda b: bool(rows[_doses(rows)].notna().any(axis=None)) and _reads_doses(b)
        )
        known = {n: _names(b, profiles if n in own else None) for n, b in self.bundles.items()}
        every = set().union(*known.values())
        made = {}
        for name, bundle in self.bundles.items():
            told = f"{TOLD}{name}"
            frame = with_told(rows, told) if told in rows else without_told(rows)
            if name not in dosed and _doses(frame):
                frame = frame.drop(columns=_doses(frame))
                notes.append(f"{name} was trained without doses: they change no {_of(bundle)}.")
            frame, blank = _blanked(frame, every - known[name])
            if blank:
                notes.append(
                    f"{name} knows nothing of the profile of {blank} of {len(rows)} rows: what it "
                    "says there is of nobody in particular."
                )
            made[name] = {
                "rows": frame,
                "profiles": profiles if name in own else None,
                "monotherapy": monotherapy if name in curves else None,
            }
        return made

    def _users(self, uses: Callable[[Bundle], bool]) -> list[str]:
        """The bundles that use a table; all of them where none does, so that they say why."""
        return [n for n, b in self.bundles.items() if uses(b)] or list(self.bundles)


def load_together(folders: Sequence[Path], *, device: str) -> Together:
    """The bundles in ``folders``, named by their folder. Raises ConfigError, FormatError."""
    if not folders:
        raise ConfigError("bundle is an empty list; name at least one bundle")
    places = [f.resolve() for f in folders]
    if len(set(places)) < len(places):
        raise ConfigError(f"bundle names {', '.join(map(str, folders))}; name each folder once")
    last = [p.name for p in places]
    names = last if len(set(last)) == len(last) else [str(f) for f in folders]
    return Together.of(
        {n: load_bundle(f, device=device) for n, f in zip(names, folders, strict=True)}
    )


def _fits(bundle: Bundle, profiles: pd.DataFrame) -> bool:
    given = {str(c) for c in profiles.columns} - {"profile"}
    return any(given <= {f.name for f in t.fields} for t in bundle.parts.profiles.values())


def _reads_curves(bundle: Bundle) -> bool:
    return any(s.curves is not None for s in bundle.parts.fitted.studies.values())


def _reads_doses(bundle: Bundle) -> bool:
    return any(s.doses for s in bundle.parts.fitted.studies.values())


def _doses(rows: pd.DataFrame) -> list[str]:
    return [c for c in rows.columns if str(c).startswith("dose")]


def _names(bundle: Bundle, profiles: pd.DataFrame | None) -> set[str]:
    named = {name for table in bundle.parts.profiles.values() for name in table.ids.names}
    if profiles is None or "profile" not in profiles:
        return named
    return named | {str(name).strip() for name in profiles["profile"].dropna()}


def _blanked(rows: pd.DataFrame, names: set[str]) -> tuple[pd.DataFrame, int]:
    """(the rows without these ``names`` of profiles, how many rows had one)."""
    if "profile" not in rows:
        return rows, 0
    away = rows["profile"].map(lambda v: isinstance(v, str) and v.strip() in names).astype(bool)
    return rows.assign(profile=rows["profile"].mask(away)), int(away.sum())


def _of(bundle: Bundle) -> str:
    names = list(bundle.endpoints)
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


def _joined(found: dict[str, pd.DataFrame], told: list[dict], notes: list[str]) -> pd.DataFrame:
    """told: attributes of each table."""
    parts = [table.assign(bundle=name) for name, table in found.items()]
    made = pd.concat(parts, ignore_index=True)
    made = made.sort_values("row", kind="stable", ignore_index=True)
    drugs = [c for c in made.columns if c.startswith("drug_")]
    texts = [*drugs, *(["predicted_as"] if "predicted_as" in made else [])]
    made[texts] = made[texts].fillna("")
    made.attrs = {
        "notes": [*notes, *(note for one in told for note in one["notes"])],
        "endpoints": {name: about for one in told for name, about in one["endpoints"].items()},
    }
    return made
