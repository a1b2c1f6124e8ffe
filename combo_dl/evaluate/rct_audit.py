"""The leakage audit of randomised contrasts: what could training see of a held-out trial, under its
own name, under another one, or in a study that trains beside the trials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.findings import Finding, finding, refuse_leaks
from combo_dl.data.fold import Fold
from combo_dl.data.joined_trials import TRIAL
from combo_dl.evaluate.leakage import audited
from combo_dl.evaluate.rct_comparisons import TrialArm
from combo_dl.train.prepare import training_rows
from combo_dl.train.work import Work

CODE, NAME = "trial on both sides", "trial under a name like it"
PATIENTS, LIKE = "patients of a held-out arm", "arm like a held-out one"
_SAME = 0.9  # share of an arm's times, to the half day, from which on two arms are one
_LEAST_NAME = 5  # letters and digits of a name that may be the start of another one


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Trials of a fold. tested, learned: their keys."""

    fold: str
    tested: frozenset[str]
    learned: frozenset[str]


def audited_trials(work: Work, arms: Sequence[TrialArm]) -> list[Finding]:
    """One Finding a check: those of ``audited``, then those of trials. ``arms``: of all trials.

    Raises LeakageError naming the checks that failed.
    """
    found = audited(work)
    study, folds = work.studies[0], work.folds
    sides = sides_of(study, folds)
    own = [
        _codes(study, folds),
        *(_companion(work, other) for other in work.studies[1:] if TRIAL in other.columns),
        like_names(sides),
        *like_arms(arms, sides),
    ]
    refuse_leaks({f"{study.name}, {work.settings.split}": own})
    return found + own


def sides_of(study: Study, folds: Sequence[Fold]) -> list[Sides]:
    """The trials, which are the profiles of ``study``, on the sides of each fold."""
    names, at = np.array(study.profiles.ids.names), study.combos.profile

    def trials(rows: np.ndarray) -> frozenset[str]:
        return frozenset(names[np.unique(at[rows])].tolist())

    return [Sides(fold=f.name, tested=trials(f.test), learned=trials(f.train)) for f in folds]


def _codes(study: Study, folds: Sequence[Fold]) -> Finding:
    code = study.columns[TRIAL]
    shared = {f.name: np.intersect1d(code[f.train], code[f.test]) for f in folds}
    names = np.array(study.profiles.ids.names)[study.combos.profile]
    said = (f"{names[np.argmax(code == c)]} ({fold})" for fold, own in shared.items() for c in own)
    return finding(CODE, "fail", sum(len(own) for own in shared.values()), said)


def _companion(work: Work, other: Study) -> Finding:
    """Trials that are held out and train in a study beside, by the code that a trial has in every
    study."""
    study, found = work.studies[0], []
    for fold in work.folds:
        rows = training_rows(fold.train, studies=work.studies, world=work.world)[other.name]
        shared = np.intersect1d(study.columns[TRIAL][fold.test], other.columns[TRIAL][rows])
        found += [f"code {code} ({fold.name})" for code in shared]
    return finding(f"held-out trials in a companion: {other.name}", "fail", len(found), found)


def like_names(sides: Sequence[Sides]) -> Finding:
    """Held-out trials whose name is the start of that of a training trial, or the other way round,
    where no digit follows: a trial and its extension, or its name in another table."""
    found: dict[frozenset[str], str] = {}
    for side in sides:
        for tested in sorted(side.tested):
            for learned in sorted(side.learned):
                short, long = sorted((tested, learned), key=len)
                rest = long[len(short) :]
                if len(short) >= _LEAST_NAME and long.startswith(short) and not rest[:1].isdigit():
                    found.setdefault(frozenset((tested, learned)), f"{tested} = {learned}?")
    return finding(NAME, "warn", len(found), found.values())


def like_arms(arms: Sequence[TrialArm], sides: Sequence[Sides]) -> list[Finding]:
    """Two findings: arms of training trials that hold the patients of a held-out one, which fails,
    and those of the same drugs, cancer and number of patients, which may be a copy of it read from
    another figure.

    Patients are taken to be the same where _SAME of the times of both arms, to the half day and
    with their event, are the same.
    """
    groups: dict[tuple, list[TrialArm]] = {}
    for arm in arms:
        groups.setdefault((arm.drugs, arm.cancer), []).append(arm)
    same: dict[tuple[int, int], str] = {}
    like: dict[tuple[int, int], str] = {}
    for one, other in _pairs(groups.values()):
        apart = next((s for s in sides if _crosses(s, one.trial, other.trial)), None)
        if apart is None:
            continue
        words = f"{one.trial} and {other.trial}: {' + '.join(one.drugs)}"
        if _shared_times(one, other) >= _SAME:
            same[one.arm, other.arm] = f"{words} ({apart.fold})"
        elif len(one.seen) == len(other.seen):
            like[one.arm, other.arm] = f"{words}, {len(one.seen)} patients in both ({apart.fold})"
    return [
        finding(PATIENTS, "fail", len(same), same.values()),
        finding(LIKE, "warn", len(like), like.values()),
    ]


def _pairs(groups: Iterable[list[TrialArm]]) -> Iterable[tuple[TrialArm, TrialArm]]:
    for arms in groups:
        for i, one in enumerate(arms):
            yield from ((one, other) for other in arms[i + 1 :] if other.trial != one.trial)


def _crosses(side: Sides, one: str, other: str) -> bool:
    """Whether one of two trials is tested and the other one learned from."""
    return (one in side.tested and other in side.learned) or (
        other in side.tested and one in side.learned
    )


def _shared_times(one: TrialArm, other: TrialArm) -> float:
    """The share of the times of the larger arm that both have, each as often."""
    counts = []
    for arm in (one, other):
        key = np.stack([np.round(2 * arm.seen.time_days), arm.seen.event], axis=1)
        found, often = np.unique(key, axis=0, return_counts=True)
        counts.append(dict(zip(map(tuple, found.tolist()), often.tolist(), strict=True)))
    shared = sum(min(often, counts[1].get(key, 0)) for key, often in counts[0].items())
    return shared / max(len(one.seen), len(other.seen), 1)
