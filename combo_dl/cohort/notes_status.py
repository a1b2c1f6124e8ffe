"""TNM, stage and performance status of a note."""

from __future__ import annotations

import re

from combo_dl.cohort.notes_text import ECOG, STAGE, TNM, Found

# A component alone (``M1c``, ``pT3b``): edsnlp reads whole TNMs, which need T and one more.
_ALONE = re.compile(r"(?<![\w-])(y?)[cp]?(t[0-4](?:is|[a-d]|mi)?|n[0-3][a-c]?|m[01][a-d]?)(?!\w)")
# T1 and T2 alone are weightings of MRI, vertebrae or times; with a prefix or a letter they are not.
_DOUBTFUL = re.compile(r"t[0-4]")
_STAGE = re.compile(
    r"\bstades? (?:(?:clinique|pathologique|figo|uicc|ajcc|tnm) )?"
    r"(iv|iii|ii|i|[0-4])( ?[abc])?(?:[12])?(?!\w)"
)
# Stages of what is no tumour.
_OTHER = re.compile(r"renale|\birc\b|\bmrc\b|bpco|escarre|fibrose|cirrhose|arteriopathie|nyha")
_ROMAN = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV"}
_SCALE = r"(?:performance[ -]status|ecog|oms|\bps\b|who|zubrod)"
_ECOG = re.compile(
    rf"(?<!\w)(?:indice |score |statut |grade )?{_SCALE}(?:[ -]*(?:\(?{_SCALE}\)?))*"
    r"(?: (?:est|reste|coté|cote|evalue|estime|stable|a nouveau|conserve))*"
    r" ?(?:[:=]|\ba\b|\bde\b)? ?(?:[:=] ?)?([0-4])(?: ?[-/] ?([0-4]))?(?![\w/]|[.,]\d)"
)


def find_tnm_alone(folded: str) -> list[Found]:
    """Components of a TNM that stand alone; a bare ``T2`` is none. ``y`` (after treatment) stays a
    part of the code, ``c`` and ``p`` do not."""
    made = []
    for hit in _ALONE.finditer(folded):
        if _DOUBTFUL.fullmatch(hit[0]):
            continue
        code = hit[1] + hit[2][0].upper() + hit[2][1:]
        made.append(Found(field=TNM, code=code, begin=hit.start(), end=hit.end()))
    return made


def find_stages(folded: str) -> list[Found]:
    """Stages in Roman numbers, with the letter where there is one."""
    made = []
    for hit in _STAGE.finditer(folded):
        if _OTHER.search(folded, max(0, hit.start() - 40), hit.start()):
            continue
        code = _ROMAN.get(hit[1], hit[1].upper()) + (hit[2] or "").strip().upper()
        made.append(Found(field=STAGE, code=code, begin=hit.start(), end=hit.end()))
    return made


def find_ecog(folded: str) -> list[Found]:
    """Performance status of ECOG (``OMS`` is the same scale); of ``0-1`` that is 1."""
    return [
        Found(
            field=ECOG,
            code=ECOG,
            begin=hit.start(),
            end=hit.end(),
            value=float(max(hit[1], hit[2] or hit[1])),
        )
        for hit in _ECOG.finditer(folded)
    ]
