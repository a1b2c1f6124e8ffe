"""Sites of metastasis and adverse events of a note."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from combo_dl.cohort.notes_text import (
    CTCAE,
    METASTASIS,
    Found,
    any_of,
    is_list,
    sentence_end,
    terms,
)

# ``Effets secondaires cutanés`` are no metastases of the skin.
_TRIGGER = re.compile(
    r"(?<!\w)(?:metastas(?:e|es)|metastatiques?|secondarismes?|carcinose|"
    r"(?<!effet )(?<!effets )secondaires?)(?!\w)"
)
_MALIGNANT_EFFUSION = re.compile(
    r"(?:epanchements? pleura(?:l|ux)|pleuresies?) (?:malin|maligne|neoplasique|carcinomateu\w+)"
)
# Words that may stand between the word for a metastasis and its sites.
_LINK = (
    r"(?:[\s,:/()+-]|\b(?:et|ou|ni|de|d'|du|des|la|le|les|l'|au|aux|a|en|niveau|sites?|sont|est|"
    r"multiples?|uniques?|bilatera(?:l|le|les|ux)|diffuses?|synchrones?|connues?|nombreuses?|"
    r"plusieurs|d'emblee|predominantes?|gauche|droite?|mediastina(?:l|le|les|ux))\b)*"
)
# Between a site and a word after it: ``lésion osseuse secondaire``, ``épanchement pleural malin``.
_BACK = r"(?:[\s:]|\bd'allure\b|\bd'aspect\b|\bd'origine\b|\b\w+s\b)*"
_GRADE = re.compile(r"(?:\bgrades? ?|\bgr\.? ?|\bg ?)[:=]? ?(iv|iii|ii|i|[1-5])(?!\w)")
_GRADE_BEFORE = re.compile(r"(?:\bgrade ?|\bg)([1-5])(?: (?:de|d'|a type de|sous forme de|:))? ?$")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_JOINED = re.compile(r" (?:et|/) (?:de |d'|une |un )?")
_FAR = 45  # characters that may stand between an event and its grade


@cache
def _sites() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    listed = terms(METASTASIS)
    return any_of(listed), tuple((c, re.compile(p)) for c, p in listed)


@cache
def _events() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    listed = terms("ctcae")
    return any_of(listed), tuple((c, re.compile(p)) for c, p in listed)


def find_metastases(folded: str) -> list[Found]:
    """Sites that a word for metastasis names: the list after it, else the site just before it."""
    every, single = _sites()
    link = re.compile(_LINK)
    made = {
        hit.start(): Found(field=METASTASIS, code="pleura", begin=hit.start(), end=hit.end())
        for hit in _MALIGNANT_EFFUSION.finditer(folded)
    }
    for trigger in _TRIGGER.finditer(folded):
        stop = sentence_end(folded, trigger.start())
        place, first = trigger.end(), True
        while hit := every.match(folded, link.match(folded, place, stop).end(), stop):  # type: ignore[union-attr]
            made.setdefault(hit.start(), _site(hit, single, follows=not first))
            place, first = hit.end(), False
        if first:
            _look_back(folded, trigger.start(), made)
    return [made[k] for k in sorted(made)]


def _look_back(folded: str, end: int, made: dict[int, Found]) -> None:
    every, single = _sites()
    begin = max((m.end() for m in re.finditer(r"[.;,]\s|\n", folded[:end])), default=0)
    hits = list(every.finditer(folded, begin, end))
    if not hits or not re.fullmatch(_BACK, folded[hits[-1].end() : end]):
        return
    for i, hit in enumerate(hits):
        joined = i == 0 or is_list(folded, hits[i - 1].end(), hit.start())
        made.setdefault(hit.start(), _site(hit, single, follows=i > 0 and joined))


def _site(hit: re.Match[str], single: tuple, *, follows: bool) -> Found:
    code = next(c for c, p in single if p.fullmatch(hit[0]))
    return Found(field=METASTASIS, code=code, begin=hit.start(), end=hit.end(), follows=follows)


def find_events(folded: str) -> list[Found]:
    """Adverse events with the grade that is stated after or before them; of two that ``et`` joins
    the first shares the grade of the second."""
    every, single = _events()
    hits = list(every.finditer(folded))
    made: list[Found] = []
    for i, hit in enumerate(hits):
        grade = _grade(folded, hit, hits[i + 1].start() if i + 1 < len(hits) else len(folded))
        joined = i > 0 and is_list(folded, hits[i - 1].end(), hit.start())
        made.append(
            Found(
                field=CTCAE,
                code=next(c for c, p in single if p.fullmatch(hit[0])),
                begin=hit.start(),
                end=hit.end(),
                value=grade,
                unit="grade" if grade else None,
                follows=joined and grade is None,
            )
        )
    return _shared(folded, made)


def _grade(folded: str, hit: re.Match[str], next_event: int) -> float | None:
    stop = min(sentence_end(folded, hit.end()), next_event, hit.end() + _FAR)
    after = _GRADE.search(folded, hit.end(), stop)
    if after:
        return float(_ROMAN.get(after[1], 0) or after[1])
    before = _GRADE_BEFORE.search(folded[: hit.start()])
    return float(before[1]) if before else None


def _shared(folded: str, made: list[Found]) -> list[Found]:
    for i in range(len(made) - 2, -1, -1):
        own, after = made[i], made[i + 1]
        if own.value is None and after.value and _JOINED.fullmatch(folded[own.end : after.begin]):
            made[i] = replace(own, value=after.value, unit=after.unit)
    return made
