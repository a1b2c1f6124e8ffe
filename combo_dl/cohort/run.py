"""From a source and a protocol to a cohort: the Study, the flow chart, the audit of rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from combo_dl.cohort.assemble import study_of
from combo_dl.cohort.baseline import baseline_of
from combo_dl.cohort.codes import check_systems
from combo_dl.cohort.drug_codes import DrugCodes
from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.exposures import dose_days
from combo_dl.cohort.from_yaml import typed
from combo_dl.cohort.line_rules import LineRules
from combo_dl.cohort.lines import lines_of
from combo_dl.cohort.outcomes import labels_of
from combo_dl.cohort.protocol import Protocol, codes_of
from combo_dl.cohort.selection import select
from combo_dl.cohort.sift import Exclusion
from combo_dl.core.study import Study


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A cohort, for use where the records are: nothing here is fit for export as it is.

    study: to train on.  lines: a row a person, line and drug (``lines.line_drugs``).
    people: a row a person, in the order of the study, identifiers and dates included.
    table_one: the profile with the strategy of each, in the same order, without either.
    flow: (rule, people left, what it asks).  notes: what the source says of itself.
    columns_read, exclusions: of the source, see ``EventSource``.
    """

    study: Study
    lines: pd.DataFrame
    people: pd.DataFrame
    table_one: pd.DataFrame
    flow: tuple[tuple[str, int, str], ...]
    notes: tuple[str, ...]
    columns_read: tuple[tuple[str, str], ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


def settings_of(protocol: Any, lines: Any) -> tuple[Protocol, LineRules]:
    """A protocol and rules of lines from plain settings, held against each other.

    Raises ConfigError or UnknownNameError before anything is read.
    """
    rules = typed(LineRules, lines, where="lines").validate()
    made = typed(Protocol, protocol, where="protocol").validate(rules)
    codes_of(made)
    return made, rules


def cohort_of(
    source: EventSource,
    protocol: Protocol,
    rules: LineRules,
    *,
    codes: DrugCodes | None = None,
) -> Cohort:
    """The cohort of a protocol.

    codes: a user's own names of drug codes; they win over those that the source knows.
    Raises ConfigError (the protocol; a code system that the source does not hold) before any line
    is derived, InputError (nobody is left: the rule is named; a value).
    """
    named = (codes or DrugCodes()).with_codes(source.drugs)
    protocol.validate(rules, named.table)
    asked = codes_of(protocol)
    if source.systems:
        check_systems(asked, source.systems)
    lines = lines_of(source.events, named, rules)
    own = {name: source.expand(listed) for name, listed in asked.items()}
    doses = dose_days(source.events, named, rules)
    people, flow = select(source.events, lines, doses, protocol, own, named.table)
    fields = baseline_of(source.events, people, protocol, own)
    labels = labels_of(source.events, people, lines, protocol, own)
    study = study_of(
        protocol.name,
        people,
        fields,
        labels,
        table=named.table,
        flow=[(rule, left) for rule, left, _ in flow.steps],
        files=source.files,
    )
    return Cohort(
        study=study,
        lines=lines,
        people=people,
        table_one=fields.assign(strategy=people["strategy"].to_numpy()),
        flow=tuple(flow.steps),
        notes=source.notes,
        columns_read=source.columns_read,
        exclusions=source.exclusions,
    )
