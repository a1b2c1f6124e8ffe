"""Free text on schedules, read as numbers: cycle length, days of treatment a week, DLT windows.

What a text does not say in one of the common ways is NaN.
"""

import math
import re
import unicodedata
from functools import lru_cache

LONGEST_CYCLE_DAYS = 126
LONGEST_WINDOW_DAYS = 366
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ORDINALS = {"first": "1", "second": "2", "third": "3"}
_DAYS_OF = {"d": 1, "day": 1, "w": 7, "wk": 7, "week": 7, "month": 28}
_SPAN = r"(\d{1,3}) ?-?(d|day|w|wk|week)s?\b"
_CYCLE = re.compile(
    rf"(?:every|each|\bq|of an?|of the|in an?|at|repeated) ?{_SPAN}|{_SPAN}[ -]*(?:treatment |"
    r"continuous |chemotherapy )?(?:cycle|course|interval|schedule)"
)
_N_WEEKLY = re.compile(r"(\d)[- ]weekly")
_DAY_LIST = re.compile(r"\b(?:d|days?) ?(\d[\d ,&/-]*(?:and ?[\d ,&/-]+)*)")
_OF_WEEKS = re.compile(
    r"(\d) ?(?:consecutive )?(?:weeks? )?(?:out )?of (?:every |each |a )?(\d)[ -]?weeks?"
)
_ON_OFF = re.compile(r"(\d) weeks?,? (?:on\b|followed by an? )[ ,/]*(?:and )?(\d)[ -]?weeks?")
_RUN = re.compile(r"(\d{1,2})[ -](?:consecutive )?(day|week)s?\b")
# The first that fits holds: "twice weekly" before "weekly".
_RATES = (
    (r"twice (a |per |each )?week|twice-weekly|biw\b", 2.0),
    (r"thrice (a |per )?week|\btiw\b", 3.0),
    (r"every other day|alternate days?|\bqod\b", 3.5),
    (r"monday[s ]*(-|to|through|thru) ?friday|5 of (every )?7 days", 5.0),
    (r"5 days[ -]?(a|per|/) ?week", 5.0),
    (r"(?<!\d[- ])weekly|(once|1) (a|per|every|each) ?week|every (1 )?week\b|\bqw\b|q1w", 1.0),
    (r"daily|\bqd\b|(once|twice) (a|per) day|\bbid\b|\bb\.i\.d|(each|every) day", 7.0),
    (r"continuous(?!.{0,25}infusion)|every (12|8|6) ?h", 7.0),
)
_TIMES_A_WEEK = re.compile(r"(\d) (?:times|x|days) ?(?:a|per|each|every|/) ?week")


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Lower case, one kind of dash and blank, number words as digits, ``1 to 5`` as ``1-5``."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", "")
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    for number, word in enumerate(_WORDS):
        plain = re.sub(rf"\b{word}\b", str(number), plain)
    plain = re.sub(r"\s+", " ", plain)
    plain = re.sub(r"(?<=\d) ?(?:to|through|thru|until|till) (?:day )?(?=\d)", "-", plain)
    return re.sub(r"(?<=\d) ?- ?(?=\d)", "-", plain)


def cycle_days(schedule: str) -> float:
    """Days of a cycle: ``on day 1 of each 21-day cycle``, ``every 3 weeks``, ``q3w``."""
    text = _plain(schedule)
    found = _CYCLE.search(text)
    if found:
        number, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
        return _within(int(number) * _DAYS_OF[unit], LONGEST_CYCLE_DAYS)
    weekly = _N_WEEKLY.search(text)
    return _within(int(weekly[1]) * 7, LONGEST_CYCLE_DAYS) if weekly else math.nan


def _within(days: int, most: int) -> float:
    """The days, NaN where they are none or beyond what is meant (a year of birth, a sum)."""
    return float(days) if 0 < days <= most else math.nan


def doses_per_week(schedule: str, cycle: float) -> float:
    """Days with a dose in a mean week.

    cycle: days of the arm's cycle, for a text that names days and no cycle.
    """
    text = _plain(schedule)
    own = cycle_days(schedule)
    length = cycle if math.isnan(own) else own
    days = _days_listed(text)
    if days:
        weekly = own == 7 or "each week" in text or "weekly" in text
        return float(days) if weekly and days <= 7 else min(days * 7 / length, 7.0)
    rate = _rate(text)
    if not math.isnan(rate):
        return rate * _share_of_weeks(text, length)
    run = _RUN.search(_without_cycle(text))
    if run and run[2] == "day":
        return min(int(run[1]) * 7 / length, 7.0)
    return 7 / own


def _without_cycle(text: str) -> str:
    return _CYCLE.sub(" ", text)


def _days_listed(text: str) -> int:
    """How many days ``days 1, 8 and 15`` or ``days 1-14`` name, 0 where there is no such list."""
    found = _DAY_LIST.search(text)
    if not found:
        return 0
    named: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", found[1]):
        named |= set(range(int(first), int(last or first) + 1))
    return len(named)


def _rate(text: str) -> float:
    """Days a week while treatment runs."""
    times = _TIMES_A_WEEK.search(text)
    if times:
        return min(float(times[1]), 7.0)
    return next((rate for pattern, rate in _RATES if re.search(pattern, text)), math.nan)


def _share_of_weeks(text: str, cycle: float) -> float:
    """The part of the time that treatment runs: ``4 of every 6 weeks``, ``21 days of a 28-day
    cycle``, ``3 weeks on, 1 week off``."""
    of = _OF_WEEKS.search(text)
    if of and 0 < int(of[1]) <= int(of[2]):
        return int(of[1]) / int(of[2])
    pause = _ON_OFF.search(text)
    if pause and int(pause[1]):
        return int(pause[1]) / (int(pause[1]) + int(pause[2]))
    run = _RUN.search(_without_cycle(text))
    if run and not math.isnan(cycle):
        return min(int(run[1]) * _DAYS_OF[run[2]] / cycle, 1.0)
    return 1.0


def window_days(window: str, cycle: float) -> float:
    """Days in which a toxicity is dose-limiting: ``21 days``, ``6 weeks``, or so many cycles of
    ``cycle`` days (``the first two cycles``). NaN for a window that begins after treatment."""
    text = _plain(window)
    for word, digit in _ORDINALS.items():
        text = re.sub(rf"\b{word}\b", digit, text)
    if re.search(r"complet|after the end|any cycle|all cycles|entire", text):
        return math.nan
    said = re.search(r"(\d{1,3}) ?-?(d|day|w|wk|week|month)s?\b", text)
    if said and int(said[1]):
        return _within(int(said[1]) * _DAYS_OF[said[2]], LONGEST_WINDOW_DAYS)
    if re.search(r"cycle|course", text):
        return _cycles(text) * cycle
    return math.nan


def _cycles(text: str) -> int:
    before = re.search(r"(\d) (?:treatment |chemotherapy )?(?:cycle|course)s", text)
    after = re.search(r"(?:cycle|course)s? (\d)(?: ?(?:and|or|-|/) ?(\d))?", text)
    number = before[1] if before else (after[2] or after[1]) if after else "1"
    return max(int(number), 1)
