"""Drugs of a note with their doses: the terms of the catalogue, in French spellings too."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from combo_dl.cohort.notes_text import DRUG, Found, any_of, fold, is_list, sentence_end, terms
from combo_dl.core.drug_table import DrugTable, oncology_drugs

# Shorter names (RT, FTD, MMC ...) stand for other things in a note; those of the list of terms win.
SHORTEST = 4
_SHORT_BUT_PLAIN = ("bcg", "il-2", "t-dm1", "t-dxd")
# French names end in -e where English ones do not: carboplatine, tamoxifène, védotine.
_TAKES_E = re.compile(r"[nlt]$")
_NUMBER = r"(\d{1,3}(?: \d{3})+|\d+(?:[.,]\d+)?)"
_DOSE = re.compile(
    rf"(?<![\w/.,]){_NUMBER} ?(mg|mcg|ug|µg|μg|g|ui|gy|mui|mbq|gbq)\b"
    r"(?: ?/ ?(m ?2|kg)\b)?( ?/ ?(?:j|jour|24 ?h)\b| par jour\b| quotidiens?\b)?"
)
_AUC = re.compile(r"\bauc ?[:=]? ?(\d+(?:[.,]\d+)?)")
# What may stand between a drug and its dose: no other clause, nor another thing that has a dose.
_NEAR = re.compile(r"[^,;:]{0,40}[,:]? ?")
_BEFORE = re.compile(r" ?(?:de |d'|du )?$")
_UNITS = {"mcg": "ug", "µg": "ug", "μg": "ug", "ui": "IU", "mui": "MIU", "gy": "Gy"} | {
    "mbq": "MBq",
    "gbq": "GBq",
}


@lru_cache(maxsize=4)
def drug_terms(table: DrugTable) -> tuple[tuple[str, str], ...]:
    """(name of the catalogue, pattern of folded text) of every name, synonym and French spelling.

    Names of fewer than four letters are left out, but for those that mean nothing else.
    """
    known = {d.name for d in table.drugs}
    made = [(name, term) for name, term in terms(DRUG) if name in known]
    for drug in table.drugs:
        for name in map(fold, (drug.name, *drug.synonyms)):
            if len(name) >= SHORTEST or name in _SHORT_BUT_PLAIN:
                made.append((drug.name, _spellings(name)))
    return tuple(made)


def _spellings(name: str) -> str:
    words = re.split(r"[ -]", name)
    return "[ -]?".join(
        re.escape(w) + ("e?" if _TAKES_E.search(w) and len(w) > SHORTEST else "") for w in words
    )


@lru_cache(maxsize=4)
def _compiled(table: DrugTable) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    listed = drug_terms(table)
    return any_of(listed), tuple((name, re.compile(term)) for name, term in listed)


def find_drugs(folded: str, table: DrugTable | None = None) -> list[Found]:
    """Drugs with the first dose that stands between each and the next drug of its sentence, or just
    before it (``80 mg d'osimertinib``). A brand in brackets after its own name is one mention."""
    every, single = _compiled(table or oncology_drugs())
    found: list[Found] = []
    for hit in every.finditer(folded):
        name = next(n for n, p in single if p.fullmatch(hit[0]))
        made = Found(field=DRUG, code=name, begin=hit.start(), end=hit.end())
        if found and found[-1].code == name and _same(folded, found[-1], made):
            found[-1] = replace(found[-1], end=made.end)
        else:
            found.append(made)
    return [_dosed(folded, found, i) for i in range(len(found))]


def _same(folded: str, first: Found, second: Found) -> bool:
    return re.fullmatch(r" ?[(,/=:-] ?", folded[first.end : second.begin]) is not None


def _dosed(folded: str, found: list[Found], i: int) -> Found:
    own = found[i]
    follows = i > 0 and is_list(folded, _end_of_dose(folded, found, i - 1), own.begin)
    own = replace(own, follows=follows)
    last = found[i - 1].end if i else 0
    before = list(_DOSE.finditer(folded, last, own.begin))
    if before and _BEFORE.fullmatch(folded[before[-1].end() : own.begin]):
        return _with(own, before[-1])
    dose = _dose_after(folded, found, i)
    return _with(own, dose) if dose else own


def _dose_after(folded: str, found: list[Found], i: int) -> re.Match[str] | None:
    begin = found[i].end
    end = sentence_end(folded, begin)
    if i + 1 < len(found):
        end = max(begin, min(end, found[i + 1].begin))
    hits = [h for h in (_DOSE.search(folded, begin, end), _AUC.search(folded, begin, end)) if h]
    first = min(hits, key=lambda h: h.start(), default=None)
    if first is None or not _NEAR.fullmatch(folded[begin : first.start()]):
        return None
    ahead = folded[first.end() : found[i + 1].begin] if i + 1 < len(found) else ""
    return None if ahead.strip() and _BEFORE.fullmatch(ahead) else first


def _end_of_dose(folded: str, found: list[Found], i: int) -> int:
    dose = _dose_after(folded, found, i)
    return dose.end() if dose else found[i].end


def _with(own: Found, dose: re.Match[str]) -> Found:
    value = float(dose[1].replace(" ", "").replace(",", "."))
    if dose.re is _AUC:
        return replace(own, value=value, unit="AUC")
    unit = _UNITS.get(dose[2], dose[2])
    per = f"/{dose[3].replace(' ', '')}" if dose[3] else ""
    return replace(own, value=value, unit=unit + per + ("/day" if dose[4] else ""))
