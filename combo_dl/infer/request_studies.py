"""Under which study of a bundle each endpoint of a request is predicted, and with which profiles.

A bundle may have learned from a screen in cell lines and from trials. An endpoint is predicted
under a study that has it: the synergy of a row needs a cell line; its toxicity does not, and a cell
line says nothing of a patient.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.errors import ConfigError, InputError, UnknownNameError
from combo_dl.core.names import hint
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.vocab import Vocab
from combo_dl.infer.request_profiles import joined, own_profiles
from combo_dl.infer.request_table import Request, RequestRow

CELL_LINES = "cell_line"


@dataclass(frozen=True, kw_only=True)
class StudyPart:
    """What is predicted under one study.

    rows: int64[n] of the request.  people: the profiles that may be named, a user's own (the first
    ``own``) before the bundle's.  profile: int32[n] ids in it, -1 where the study has none.
    shown: the name of each row's profile, '' where none describes it.
    """

    study: str
    endpoints: tuple[str, ...]
    rows: np.ndarray
    people: ProfileTable
    own: int
    profile: np.ndarray
    shown: tuple[str, ...]


def endpoints_under(card: dict, study: str | None) -> dict[str, tuple[str, ...]]:
    """{study: endpoints predicted under it}: all that a named ``study`` has; without a name, each
    endpoint under the first study that has it.

    Raises ConfigError on a study that has no endpoint.
    """
    every, own = tuple(card["endpoints"]), {}
    for name, part in card["studies"].items():
        # A card from before studies differed in what they have does not say: it is all.
        own[name] = tuple(n for n in every if n in part.get("endpoints", every))
    if study is not None:
        if not own[study]:
            having = [n for n, found in own.items() if found]
            raise ConfigError(
                f"the study {study!r} has no endpoint of this bundle; choose {', '.join(having)}"
            )
        return {study: own[study]}
    first = card.get("first_study", next(iter(own)))
    order = [first, *(n for n in own if n != first)]
    under = {n: next((s for s in order if n in own[s]), first) for n in every}
    made = {s: tuple(n for n in every if under[n] == s) for s in order}
    return {s: found for s, found in made.items() if found}


def _wants_profiles(table: ProfileTable, *, alone: bool, asked: bool) -> bool:
    """Whether each row must name a profile: what trials report of an arm may all be unknown."""
    if table.space == "trial":
        return False
    return alone or (table.space == CELL_LINES and asked)


def study_parts(
    card: dict,
    tables: dict[str, ProfileTable],
    request: Request,
    *,
    study: str | None,
    profiles: pd.DataFrame | None,
    allow_missing: bool,
) -> tuple[list[StudyPart], list[str]]:
    """The parts of a prediction, and what people should be told of rows that were left out.

    tables: {study: its named profiles}.  profiles: a user's own, which belong to the study asked,
    or else to the first whose fields they fit.
    Raises ConfigError, InputError or UnknownNameError.
    """
    under = endpoints_under(card, study)
    own = _own(under, tables, profiles, allow_missing=allow_missing)
    people = {n: joined(tables[n], own.get(n)) for n in tables}
    screens = all(tables[n].space == CELL_LINES for n in under)
    if screens and len(under) > 1:
        _refuse_unnamed(request.rows, people[next(iter(under))])
    # Where there are screens alone, a row that none of them knows would have no line at all.
    names = {name for n in (under if screens else people) for name in people[n].ids.names}
    made, notes = [], []
    for name, endpoints in under.items():
        table = people[name]
        if table.space == "none":
            rows, shown = np.arange(len(request.rows)), ("",) * len(request.rows)
        elif _wants_profiles(table, alone=len(card["studies"]) == 1, asked=len(under) == 1):
            rows, shown = np.arange(len(request.rows)), _named(request.rows, table)
        else:
            rows, shown = _where_known(request.rows, table, names)
        if len(rows) < len(request.rows):
            notes.append(_left_out(name, endpoints, len(request.rows) - len(rows), request))
        if len(rows):
            kept, ids = _ids(table, shown)
            made.append(
                StudyPart(
                    study=name,
                    endpoints=endpoints,
                    rows=rows,
                    people=kept,
                    own=len(own[name]) if name in own else 0,
                    profile=ids,
                    shown=shown,
                )
            )
    return made, notes


def _own(
    under: dict[str, tuple[str, ...]],
    tables: dict[str, ProfileTable],
    profiles: pd.DataFrame | None,
    *,
    allow_missing: bool,
) -> dict[str, ProfileTable]:
    if profiles is None:
        return {}
    given = {str(c) for c in profiles.columns} - {"profile"}
    fits = [n for n in under if given <= {f.name for f in tables[n].fields}]
    name = (fits or list(under))[0]
    return {name: own_profiles(profiles, tables[name], allow_missing_fields=allow_missing)}


def _named(rows: list[RequestRow], table: ProfileTable) -> tuple[str, ...]:
    """The profile of each row. Raises InputError where it is empty, UnknownNameError."""
    _refuse_unnamed(rows, table)
    for row in rows:
        if row.profile not in table.ids:
            raise UnknownNameError(_unknown(row, table.ids.names))
    return tuple(row.profile for row in rows)


def _refuse_unnamed(rows: list[RequestRow], table: ProfileTable) -> None:
    for row in rows:
        if not row.profile:
            known = ", ".join(table.ids.names[:5])
            way = f"with one of {known}, …" if known else "and describe it (profiles=FILE)"
            raise InputError(f"{row.label} names no profile; fill the column 'profile' {way}")


def _where_known(
    rows: list[RequestRow], table: ProfileTable, names: set[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows that the study predicts and the profile of each: those in a cell line that it knows, or,
    of patients and trials, all of them, without a profile where another study's is named."""
    for row in rows:
        if row.profile and row.profile not in names:
            raise UnknownNameError(_unknown(row, tuple(sorted(names))))
    known = [row.profile in table.ids for row in rows]
    kept = np.flatnonzero(known) if table.space == CELL_LINES else np.arange(len(rows))
    return kept, tuple(rows[i].profile if known[i] else "" for i in kept)


def _ids(table: ProfileTable, shown: tuple[str, ...]) -> tuple[ProfileTable, np.ndarray]:
    """``table``, with a last profile of which nothing is known where a row has none, and int32[n]
    the profile of each row."""
    if table.space == "none" or (not len(table) and not any(shown)):
        return table, np.full(len(shown), -1, np.int32)
    if all(shown):
        return table, table.ids.ids(shown)
    name = "no profile"
    while name in table.ids:
        name += "'"
    number, category = table.number, table.category
    kept = ProfileTable(
        space=table.space,
        ids=Vocab(kind=table.ids.kind, names=(*table.ids.names, name)),
        fields=table.fields,
        number=np.concatenate([number, np.full((1, number.shape[1]), np.nan, np.float32)]),
        category=np.concatenate([category, np.full((1, category.shape[1]), -1, np.int16)]),
    )
    return kept, kept.ids.ids([profile or name for profile in shown])


def _unknown(row: RequestRow, known: tuple[str, ...]) -> str:
    return (
        f"{row.label} names the unknown profile {row.profile!r}; {hint(row.profile, known)}; "
        "or describe it (profiles=FILE)"
    )


def _left_out(study: str, endpoints: tuple[str, ...], count: int, request: Request) -> str:
    names = ", ".join(endpoints[:3]) + (", …" if len(endpoints) > 3 else "")
    have, every = ("has", "names") if count == 1 else ("have", "name")
    return (
        f"{count} of {len(request.rows)} rows {every} no cell line of {study} and {have} no "
        f"{names}: name one in the column 'profile'."
    )
