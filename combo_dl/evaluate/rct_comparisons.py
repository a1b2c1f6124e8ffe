"""Comparisons of randomised arms: which arm is held against which, and what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.study import Study
from combo_dl.data.joined_trials import ARM, ARMS
from combo_dl.stats.contrasts import SIGNIFICANT, Contrast, contrast
from combo_dl.stats.survival import KaplanMeier, kaplan_meier

MIN_COMPARISONS = 10


@dataclass(frozen=True, kw_only=True)
class TrialArm:
    """An arm with its patients. row: the first of its rows in the study; all are alike but for
    their times.  drugs: sorted."""

    arm: int
    trial: str
    stratum: str
    label: str
    drugs: tuple[str, ...]
    cancer: str
    line: str
    rank: int
    study: str
    row: int
    seen: FollowUp

    @cached_property
    def curve(self) -> KaplanMeier:
        """The Kaplan-Meier curve of its patients."""
        return kaplan_meier(self.seen)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The experimental arm against the control, and the randomised contrast."""

    experimental: TrialArm
    control: TrialArm
    truth: Contrast

    @property
    def trial(self) -> str:
        """The trial's key."""
        return self.control.trial

    @property
    def is_combination(self) -> bool:
        """Whether the experimental arm gives two drugs or more."""
        return len(self.experimental.drugs) > 1

    @property
    def failed(self) -> bool:
        """Whether the trial does not show a benefit: its log hazard ratio is not below 0 by more
        than chance (two-sided 5 %)."""
        return not self.truth.log_hr < -SIGNIFICANT * self.truth.log_hr_se


def trial_arms(study: Study, endpoint: str) -> list[TrialArm]:
    """The arms of a joined study that have patients with this endpoint.

    Raises InputError, naming the arm, on a time that is not above 0 or another event than 0 or 1.
    """
    label = study.combos.labels[endpoint]
    known = ~np.isnan(label[:, 0])
    arms = []
    for fact in study.tables[ARMS].to_pylist():
        rows = np.flatnonzero((study.columns[ARM] == fact["arm"]) & known)
        if not len(rows):
            continue
        try:
            seen = FollowUp.of_label(label[rows])
        except InputError as error:
            raise InputError(
                f"arm {fact['label']!r} of trial {fact['trial']!r}: {error}"
            ) from error
        arms.append(
            TrialArm(
                arm=fact["arm"],
                trial=fact["trial"],
                stratum=fact["stratum"],
                label=fact["label"],
                drugs=tuple(fact["drugs"].split("+")),
                cancer=fact["cancer"],
                line=fact["line"],
                rank=fact["rank"],
                study=fact["study"],
                row=int(rows[0]),
                seen=seen,
            )
        )
    return arms


def comparisons(arms: Sequence[TrialArm], endpoint: Endpoint) -> tuple[list[Comparison], list[str]]:
    """(comparisons, a line for each pair of arms that is none).

    Of two arms of a trial and stratum the control is the one of lower rank, of equal ranks the one
    whose drugs the other includes. None: arms of the same drugs, arms of which neither is the
    control, and arms not followed to the endpoint's horizon.
    Raises InputError with fewer comparisons than can be ranked.
    """
    horizon = float(endpoint.horizon_days or 0.0)
    found, left_out = [], []
    for i, one in enumerate(arms):
        for other in arms[i + 1 :]:
            if (one.trial, one.stratum) != (other.trial, other.stratum):
                continue
            pair, why = _oriented(one, other, horizon)
            if pair is None:
                left_out.append(f"{one.trial}: {one.label} and {other.label}: {why}")
                continue
            experimental, control = pair
            truth = contrast(experimental.seen, control.seen, horizon_days=horizon)
            found.append(Comparison(experimental=experimental, control=control, truth=truth))
    if len(found) < MIN_COMPARISONS:
        raise InputError(
            f"{len(found)} comparisons of {endpoint.name} to day {horizon:g}; expected "
            f"{MIN_COMPARISONS} or more to rank: name more studies in data, or lower "
            f"endpoint.{endpoint.name}.horizon_days"
        )
    return found, left_out


def _oriented(
    one: TrialArm, other: TrialArm, horizon: float
) -> tuple[tuple[TrialArm, TrialArm] | None, str]:
    """((experimental, control), '') or (None, why not)."""
    if one.drugs == other.drugs:
        return None, "the same drugs"
    low, high = sorted((one, other), key=lambda a: (a.rank, len(a.drugs)))
    if low.rank == high.rank and not set(low.drugs) < set(high.drugs):
        return None, "neither is the control"
    last = min(one.seen.time_days.max(), other.seen.time_days.max())
    if last < horizon:
        return None, f"followed to day {last:.0f}, not {horizon:g}"
    return (high, low), ""
