"""What a screen asks of a bundle: drugs, profiles, and the endpoints that rank and limit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import Drug
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.infer.asked import AskedPart
from combo_dl.infer.bundle import Bundle
from combo_dl.infer.request_studies import endpoints_under
from combo_dl.screen.states import STATE_BYTES, StudyStates, study_states
from combo_dl.screen.values import EndpointValues


@dataclass(frozen=True, kw_only=True)
class Screened:
    """drugs: D, in the order asked.  profiles: U names, '' where none describes what is asked.
    values: {column: its values}, of all that rank or limit."""

    drugs: tuple[Drug, ...]
    profiles: tuple[str, ...]
    values: dict[str, EndpointValues]

    @property
    def states_kept(self) -> bool:
        """Whether states are made once for the whole screen."""
        return all(v.states.keep for v in self.values.values())


def study_of(bundle: Bundle, endpoint: str) -> str:
    """The study under which ``predict`` predicts an endpoint."""
    under = endpoints_under(bundle.card, None)
    return next(study for study, names in under.items() if endpoint in names)


def named_profiles(
    bundle: Bundle, endpoint: str, given: list[str] | None, own: pd.DataFrame | None
) -> tuple[str, ...]:
    """The profiles of a screen: those given, else a user's own, else all that the bundle names
    under the study of ``endpoint``.

    Raises ConfigError where there is none and the endpoint needs one; InputError on a name twice.
    """
    if given is not None:
        names = given
    elif own is not None:
        names = [str(n) for n in own["profile"]] if "profile" in own else []
    else:
        names = list(bundle.profiles(study_of(bundle, endpoint)).ids.names)
    twice = [n for i, n in enumerate(names) if n in names[:i]]
    if twice:
        raise InputError(f"the profile {twice[0]!r} is named twice; name each once")
    space = bundle.profiles(study_of(bundle, endpoint)).space
    if not names and space not in ("none", "trial"):
        raise ConfigError(
            f"this bundle names no profile of {study_of(bundle, endpoint)}, which predicts "
            f"{endpoint}; describe them in a table (profiles=FILE)"
        )
    return tuple(names) or ("",)


def screened(
    bundle: Bundle,
    drugs: tuple[Drug, ...],
    profiles: tuple[str, ...],
    columns: list[str],
    *,
    own_profiles: pd.DataFrame | None,
    own_drugs: pd.DataFrame | None,
    allow_missing_fields: bool,
    precision: str,
) -> Screened:
    """What the networks say of these drugs and profiles, ready to be asked for sets.

    columns: that rank or limit.  precision: see EndpointValues.
    Raises ComboError as ``Bundle.predict``; InputError where a column is not predicted in one of
    the profiles.
    """
    rows = max(len(drugs), len(profiles))
    frame = pd.DataFrame(
        {
            "drug_a": [drugs[n % len(drugs)].name for n in range(rows)],
            "profile": [profiles[n % len(profiles)] for n in range(rows)],
        }
    )
    asked = bundle.asked(
        frame,
        profiles=own_profiles,
        drugs=own_drugs,
        allow_missing_fields=allow_missing_fields,
    )
    made: dict[str, EndpointValues] = {}
    states: dict[str, StudyStates] = {}
    for name in columns:
        endpoint, column = bundle.place_of(name, setting="a setting")
        part = _part(asked, endpoint, name, profiles)
        study = part.part.study
        if study not in states:
            states[study] = study_states(part, len(profiles))
        _refuse_left_out(states[study], name, profiles)
        made[name] = EndpointValues(
            name=name,
            endpoint=bundle.endpoints[endpoint],
            column=column,
            states=states[study],
            first=bundle.is_first(part),
            precision=precision,
        )
    total = sum(s.bytes_of_states() for s in states.values())
    for state in states.values():
        state.keep = total <= STATE_BYTES
    return Screened(drugs=drugs, profiles=profiles, values=made)


def _part(asked: list[AskedPart], endpoint: str, name: str, profiles: tuple[str, ...]) -> AskedPart:
    for part in asked:
        if endpoint in part.part.endpoints:
            return part
    raise InputError(
        f"{name} is predicted in none of the profiles asked ({profiles[0]!r}, …); name profiles of "
        "the study that it was learned in"
    )


def _refuse_left_out(states: StudyStates, name: str, profiles: tuple[str, ...]) -> None:
    missing = np.flatnonzero(states.place < 0)
    if len(missing):
        raise InputError(
            f"{name} is not predicted in the profile {profiles[int(missing[0])]!r}, which "
            f"{states.asked.part.study} does not know; leave it out, or rank another endpoint"
        )
