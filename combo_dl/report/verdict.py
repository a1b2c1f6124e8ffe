"""What the numbers of a benchmark say, in sentences made from the numbers alone."""

from dataclasses import dataclass

from combo_dl.report.gains import Gain, compared, gains
from combo_dl.report.measures import MEASURES, correlation, counted, is_small, percent, written
from combo_dl.report.result import BASELINE, TWIN, Result

CLEAR, UNCLEAR, LOSS, ALONE = "clear", "unclear", "loss", "alone"
# An interval is called as wide as stated when its coverage is this near.
COVERAGE_SLACK = 0.03


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``level``: CLEAR (beats every baseline), UNCLEAR, LOSS (worse than one), ALONE (no other).

    ``lead``: the answer in a line. ``sentences``: what it rests on, and what to beware of.
    """

    level: str
    lead: str
    sentences: tuple[str, ...]


def verdict(result: Result, endpoint: str) -> Verdict:
    """Does the headline model beat every baseline at this endpoint, and by how much."""
    metrics = compared(result, endpoint)
    found = gains(result, endpoint, metrics[0]) if metrics else []
    level = _level(found)
    sentences = [_against(result, endpoint, g) for g in _told(found)]
    if not found:
        sentences.append(_from_means(result, endpoint))
    sentences += [
        _ceiling(result, endpoint),
        _intervals(result, endpoint),
        _weakest(result, endpoint),
        _leaks(result),
    ]
    return Verdict(
        level=level,
        lead=_lead(level, found, result.protocol.headline),
        sentences=tuple(s for s in sentences if s),
    )


def _level(found: list[Gain]) -> str:
    if not found:
        return ALONE
    if any(g.is_loss for g in found):
        return LOSS
    return CLEAR if all(g.is_clear for g in found) else UNCLEAR


def _lead(level: str, found: list[Gain], model: str) -> str:
    if level == ALONE:
        return f"“{model}” was not compared with a baseline fold by fold."
    if level == CLEAR:
        each = "the one baseline" if len(found) == 1 else f"each of the {len(found)} baselines"
        return f"“{model}” beats {each}."
    if level == LOSS:
        names = " and ".join(f"“{g.against}”" for g in found if g.is_loss)
        return f"“{model}” is worse than {names}."
    names = " and ".join(f"“{g.against}”" for g in found if not g.is_clear)
    return f"“{model}” does not clearly beat {names}."


def _told(found: list[Gain]) -> list[Gain]:
    """The gains worth a sentence: the smallest, and each that is not clear."""
    return [g for i, g in enumerate(found) if i == 0 or not g.is_clear]


def _against(result: Result, endpoint: str, gain: Gain) -> str:
    measure = MEASURES[gain.metric]
    lowers = (measure.better < 0) == (gain.mean >= 0)
    text = (
        f"Against “{gain.against}” it {'lowers' if lowers else 'raises'} the {measure.title} "
        f"by {written(abs(gain.mean), places=gain.places)} ({_sureness(result, endpoint, gain)})"
    )
    if gain.folds:
        text += f"; it is better in {sum(v > 0 for v in gain.folds)} of {len(gain.folds)} folds"
    return text + "."


def _sureness(result: Result, endpoint: str, gain: Gain) -> str:
    """Share of the baseline's score, and the interval of the change that the sentence tells."""
    parts = []
    other = result.scores(endpoint, gain.against)
    before = None if other is None else other.get(gain.metric)
    if MEASURES[gain.metric].better < 0 and before is not None and before > 0:
        parts.append(f"{100 * abs(gain.mean) / before:.0f} %")
    if gain.low is None or gain.high is None:
        return "; ".join([*parts, "no interval"])
    ends = (gain.low, gain.high) if gain.mean >= 0 else (-gain.high, -gain.low)
    low, high = (written(end, places=gain.places) for end in ends)
    parts.append(f"95 % interval {low} to {high}")
    if gain.n_clusters:
        parts.append(f"{counted(gain.n_clusters)} {gain.clusters}s resampled")
    return "; ".join(parts)


def _from_means(result: Result, endpoint: str) -> str:
    key = result.main(endpoint)
    own = result.scores(endpoint, result.protocol.headline)
    other = result.best(endpoint, (BASELINE, TWIN))
    if own is None or other is None:
        return ""
    return (
        f"Its {MEASURES[key].title} is {written(own.get(key))}; that of the best other, "
        f"“{other.model}”, is {written(other.get(key))}."
    )


def _ceiling(result: Result, endpoint: str) -> str:
    own = result.scores(endpoint, result.protocol.headline)
    r = None if own is None else own.get("pearson")
    top = result.ceiling_of(endpoint)
    if r is None:
        return ""
    text = f"Its predictions correlate with the measurements at r = {correlation(r)}"
    if top is None:
        return text + "."
    groups = counted(int(result.ceiling.get("groups", 0)))
    beyond = ", an estimate that it exceeds here" if r > top else ""
    return (
        f"{text}; repeated measurements ({groups} conditions measured twice) suggest that a model "
        f"without error would reach about {correlation(top)}{beyond}."
    )


def _intervals(result: Result, endpoint: str) -> str:
    own = result.scores(endpoint, result.protocol.headline)
    share = None if own is None else own.get("coverage_80")
    if share is None:
        return ""
    if abs(share - 0.8) <= COVERAGE_SLACK:
        judged = "as stated"
    else:
        judged = "they are too wide" if share > 0.8 else "they are too narrow"
    return f"Its 80 % intervals hold {percent(share)} of the measurements: {judged}."


def _weakest(result: Result, endpoint: str) -> str:
    own = result.protocol.headline
    found = [result.group(endpoint, own, shift) for shift in result.shifts(endpoint)]
    known = [
        (r, g.shift, g.rows)
        for g in found
        if g and (r := g.get("pearson")) is not None and not is_small(g.rows)
    ]
    if len(known) < 2:
        return ""
    r, shift, rows = min(known)
    return f"It is weakest on “{shift}”: r = {correlation(r)} on {counted(rows)} rows."


def _leaks(result: Result) -> str:
    if not result.failed_checks:
        return ""
    names = ", ".join(result.failed_checks)
    return f"A leakage check failed ({names}): do not quote these numbers."
