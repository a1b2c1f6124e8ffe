"""The few numbers of a benchmark that are to be seen at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from combo_dl.report.gains import Gain, compared, gains
from combo_dl.report.measures import MEASURES, MINUS, correlation, percent, written
from combo_dl.report.result import Result, Scores
from combo_dl.report.verdict import ALONE, CLEAR, LOSS, UNCLEAR

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A number: what it is called, its value, what it means. ``level``: that of a verdict."""

    label: str
    value: str
    note: str
    level: str = ALONE


def tiles(result: Result, frame: "pd.DataFrame | None", endpoint: str) -> tuple[Tile, ...]:
    """Gain, correlation, coverage, hits and abstention: those of them that were computed."""
    own = result.scores(endpoint, result.protocol.headline)
    if own is None:
        return ()
    found = (
        gain_tile(result, endpoint),
        _correlation(result, own),
        _share(own.get("coverage_80"), "80 % intervals", "of the measurements lie within them"),
        _share(own.get("precision_at_10"), "Top 10", "of a profile's ten first are hits"),
        _abstention(result, frame, endpoint),
    )
    return tuple(tile for tile in found if tile is not None)


def gain_tile(result: Result, endpoint: str) -> Tile | None:
    """The smallest gain over a baseline, in per cent where the score is an error."""
    metrics = compared(result, endpoint)
    if not metrics:
        return None
    least = gains(result, endpoint, metrics[0])[0]
    measure = MEASURES[least.metric]
    level = LOSS if least.is_loss else CLEAR if least.is_clear else UNCLEAR
    return Tile(
        label=f"{measure.head} against the nearest baseline",
        value=_relative(result, endpoint, least) or written(least.mean, sign=True),
        note=f"{least.against}: {_told(least)}",
        level=level,
    )


def _relative(result: Result, endpoint: str, gain: Gain) -> str:
    other = result.scores(endpoint, gain.against)
    before = None if other is None else other.get(gain.metric)
    if MEASURES[gain.metric].better > 0 or before is None or before <= 0:
        return ""
    return f"{MINUS if gain.mean > 0 else '+'}{100 * abs(gain.mean) / before:.1f} %"


def _told(gain: Gain) -> str:
    mean, low, high = (
        written(v, places=gain.places, sign=True) for v in (gain.mean, gain.low, gain.high)
    )
    text = f"gain {mean}"
    known = gain.low is not None and gain.high is not None
    return f"{text}, 95 % interval {low} to {high}" if known else text


def _correlation(result: Result, own: Scores) -> Tile | None:
    r, top = own.get("pearson"), result.ceiling_of(own.endpoint)
    if r is None:
        return None
    note = "with the measurements"
    if top is not None:
        note += f"; replicates allow about {correlation(top)}"
    return Tile(label="Pearson r", value=correlation(r), note=note)


def _share(share: float | None, label: str, note: str) -> Tile | None:
    return None if share is None else Tile(label=label, value=percent(share), note=note)


def _abstention(result: Result, frame: "pd.DataFrame | None", endpoint: str) -> Tile | None:
    if frame is None:
        return None
    own = frame[(frame["endpoint"] == endpoint) & (frame["model"] == result.protocol.headline)]
    if not len(own) or not own["abstain"].any():
        return None
    share = float(own["abstain"].mean())
    return Tile(label="Abstains", value=percent(share), note="of test rows: too far from training")
