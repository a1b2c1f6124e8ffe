"""Molecular profiles join the people of a cohort, by the delivered key alone.

A sample that was taken after the first dose says nothing of before it and never joins.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from combo_dl.cohort.molecular import MolecularProfiles
from combo_dl.cohort.run import Cohort
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.frames import profile_frame, profiles_from_frame
from combo_dl.core.profile_table import PATIENT


def joined(profiles: MolecularProfiles, people: pd.DataFrame) -> pd.DataFrame:
    """One row a person of ``people`` (``person, start``: the first dose), in their order: the
    fields of the last sample of the window, empty where there is none."""
    asked = profiles.settings
    known = people[["person", "start"]].rename(columns={"start": "first_dose"})
    both = profiles.key.merge(known, on="person")
    offset = (both["start"] - both["first_dose"]).dt.days
    both = both[(offset >= -asked.days_before) & (offset <= asked.to_day)]
    both = both[both["sample"].isin(profiles.fields.index)]
    last = both.sort_values(["person", "start", "sample"]).groupby("person")["sample"].last()
    samples = people["person"].map(last)
    return profiles.fields.reindex(samples).reset_index(drop=True)


def with_molecular(cohort: Cohort, profiles: MolecularProfiles) -> Cohort:
    """The cohort whose study and table 1 have the molecular fields beside those of the protocol.

    Raises ConfigError on a field that both have, InputError where nobody has a sample.
    """
    more = joined(profiles, cohort.people)
    for name in more.columns:
        if name in cohort.table_one.columns:
            raise ConfigError(
                f"the field {name!r} is made by the protocol and by the molecular profile; keep one"
            )
    n_with = int(more.notna().any(axis=1).sum())
    if n_with == 0:
        raise InputError(
            f"none of {len(more)} people has a sample from {profiles.settings.days_before} days "
            f"before the first dose to day {profiles.settings.to_day}; check the key and its days"
        )
    more = more.dropna(axis=1, how="all")
    study = cohort.study
    own = profile_frame(study.profiles)
    units = {f.name: f.unit for f in study.profiles.fields} | dict(profiles.units)
    table = profiles_from_frame(
        pd.concat([own, more.set_index(own.index)], axis=1), space=PATIENT, units=units
    )
    known = study.provenance
    provenance = replace(known, sources=(*known.sources, *profiles.files))
    # The strategy stays the last column of table 1.
    fields = cohort.table_one.drop(columns="strategy")
    return replace(
        cohort,
        study=replace(study, profiles=table, provenance=provenance).validate(),
        table_one=pd.concat([fields, more.set_index(fields.index)], axis=1).assign(
            strategy=cohort.table_one["strategy"]
        ),
        notes=(*cohort.notes, f"{n_with} of {len(more)} people have a molecular profile"),
    )
