"""What a source of records hands over: its events, and what it alone knows of its codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import ibis.expr.types as ir

from combo_dl.cohort.codes import CodeList
from combo_dl.cohort.sift import Exclusion
from combo_dl.core.study import Source


def as_given(codes: CodeList) -> CodeList:
    """The codes themselves: a source whose events carry the codes that people write."""
    return codes


Reader = TypeVar("Reader", bound=Callable)


def knows(systems: frozenset[str]) -> Callable[[Reader], Reader]:
    """Marks a function that reads a source with the code systems that it holds whatever it reads,
    so that a protocol can be held against them before a long reading (``systems_of``)."""

    def mark(reader: Reader) -> Reader:
        reader.systems = systems  # type: ignore[attr-defined]
        return reader

    return mark


def systems_of(reader: Callable) -> frozenset[str]:
    """The code systems that a reader is marked with; empty where only reading tells them."""
    return getattr(reader, "systems", frozenset())


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
