"""Rows that are left out, with the rule that left them out, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.engine import stored


@dataclass(frozen=True)
class Exclusion:
    """``dropped`` rows (or people) of ``stage`` failed ``rule`` and no rule listed before it."""

    stage: str
    rule: str
    unit: str
    dropped: int


@dataclass
class Ledger:
    """What every rule dropped, in the order of work, and the stored tables under the results."""

    exclusions: list[Exclusion] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    _stored: list[ir.Table] = field(default_factory=list)

    def store(self, rows: ir.Table) -> ir.Table:
        """Compute a table once; it lives in the engine as long as this ledger."""
        made = stored(rows)
        self._stored.append(made)
        return made

    def sift(
        self, rows: ir.Table, stage: str, faults: Mapping[str, ir.BooleanValue], unit: str = "rows"
    ) -> ir.Table:
        """The rows of which no fault is true; a fault that is NULL is not true.

        Each dropped row counts once, for the first fault that it has.
        """
        first = ibis.cases(
            *((ibis.coalesce(bad, False), rule) for rule, bad in faults.items()),
            else_=ibis.null("string"),
        )
        judged = self.store(rows.mutate(dropped_by=first))
        counts = judged.group_by("dropped_by").aggregate(n=judged.count()).to_pyarrow()
        found = {row["dropped_by"]: int(row["n"]) for row in counts.to_pylist()}
        self.exclusions += [Exclusion(stage, r, unit, found.get(r, 0)) for r in faults]
        self.kept[stage] = found.get(None, 0)
        return judged.filter(judged.dropped_by.isnull()).drop("dropped_by")
