"""What a source of records hands over: its events, and what it alone knows of its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from combo_dl.cohort.codes import CodeList
from combo_dl.cohort.sift import Exclusion
from combo_dl.core.study import Source


def as_given(codes: CodeList) -> CodeList:
    """The codes themselves: a source whose events carry the codes that people write."""
    return codes


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """A source that became events.

    events: the event table, of the engine that reads the source.
    drugs: {(vocabulary, code): drug} that the source knows beyond ATC and names.
    expand: codes as people write them to those of the events, with what lies below them.
    systems: code systems whose codes mean something here; empty: any may.
    files: what was read.  notes: what a reader must know, a line each.
    columns_read: (table, column) of all that was read.  exclusions: what the reading left out.
    holds: what must live as long as the events are asked for.
    """

    name: str
    events: ir.Table
    drugs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    expand: Callable[[CodeList], CodeList] = as_given
    systems: frozenset[str] = frozenset()
    files: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    columns_read: tuple[tuple[str, str], ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    holds: object = None
