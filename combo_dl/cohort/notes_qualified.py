"""Rules of edsnlp around what is found in a note: is it denied, supposed, of a relative, past?

edsnlp (AP-HP, BSD-3) gives sentences, whole TNMs and the four qualifiers; nothing is downloaded and
nothing is learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from combo_dl.cohort.notes_drugs import find_drugs
from combo_dl.cohort.notes_findings import find_events, find_metastases
from combo_dl.cohort.notes_status import find_ecog, find_stages, find_tnm_alone
from combo_dl.cohort.notes_text import ECOG, STAGE, TNM, Found, fold, is_conditional
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import ConfigError

INSTALL = "pip install 'combo-dl[notes]'"
QUALIFIERS = ("negation", "hypothesis", "family", "history")
_SPANS = "facts"
# A number or a stage that is written down is not denied or supposed by the clause around it.
_ASKED = dict.fromkeys((TNM, STAGE, ECOG), ("family", "history"))
# What doctors write around treatments and images, beyond the cues of edsnlp.
_MORE_HYPOTHESIS = [
    *("suspicion", "a confirmer", "propose", "proposee", "proposer", "proposition", "discute"),
    *("discuter", "envisage", "envisager", "envisagee", "evoque", "evoquee", "si progression"),
    *("risque de", "risques de", "si accord", "inclusion", "essai evaluant", "recherche de"),
    *("demande de", "prevu", "prevue", "projet de", "indication a", "option", "alternative"),
]
_MORE_AFTER = [
    *("a confirmer", "a controler", "suspecte", "suspectee", "probable", "probables"),
    *("a discuter", "envisage", "envisagee", "propose", "proposee", "evoque", "evoquee"),
    *("si accord", "en cas de", "si progression", "prevu", "prevue", "evocatrice de"),
]
_MORE_NEGATION = ["denie", "contre-indication", "contre-indication a", "indemne de"]
_MORE_NEGATED_AFTER = [
    *("n'est pas retenue", "n'est pas retenu", "non retenue", "non retenu"),
    *("contre-indique", "contre-indiquee", "recuse", "recusee"),
]
_MORE_TERMINATIONS = ["en raison d'", "a cause", "devant", "sous"]
# A spouse comes along; what a relative by blood had is told of at length, past commas.
_NO_RELATIVES = ("épouse", "époux", "mari", "fiancé", "fiancée")
_NO_END_OF_FAMILY = ("avec", ",", "et")
_MORE_HISTORY = ["par le passe", "anterieurement", "avait recu", "avait ete traite"]


class NoteReader:
    """Finds what counts in one note after another. Raises ConfigError without edsnlp."""

    def __init__(self, table: DrugTable | None = None) -> None:
        self.table = table or oncology_drugs()
        self._pipeline = _pipeline()

    def read(self, text: str) -> list[Found]:
        """What the note says of its patient, today: mentions that no qualifier takes back."""
        return [f for f, taken in self.qualified(text) if not taken]

    def qualified(self, text: str) -> Iterator[tuple[Found, frozenset[str]]]:
        """Every mention with the names of QUALIFIERS that hold of it."""
        doc = self._pipeline.make_doc(text)
        for name in ("normalizer", "sentences", "tnm"):
            doc = self._pipeline.get_pipe(name)(doc)
        folded = fold(text)
        found = _tnms(doc) + find_drugs(folded, self.table) + find_stages(folded)
        found += find_ecog(folded) + find_metastases(folded) + find_events(folded)
        inside = [(f.begin, f.end) for f in found if f.field == TNM]
        found += [f for f in find_tnm_alone(folded) if not any(b <= f.begin < e for b, e in inside)]
        found.sort(key=lambda f: (f.begin, f.end))
        doc.spans[_SPANS] = [
            doc.char_span(f.begin, f.end, label=f.field, alignment_mode="expand") for f in found
        ]
        for name in QUALIFIERS:
            doc = self._pipeline.get_pipe(name)(doc)
        last: dict[str, frozenset[str]] = {}
        for one, span in zip(found, doc.spans[_SPANS], strict=True):
            asked = _ASKED.get(one.field, QUALIFIERS)
            own = frozenset(q for q in asked if getattr(span._, q))
            if "hypothesis" in asked and is_conditional(folded, one.begin):
                own |= {"hypothesis"}
            last[one.field] = own | last.get(one.field, own) if one.follows else own
            yield one, last[one.field]


def _pipeline() -> Any:
    try:
        import edsnlp
        from edsnlp.pipes.qualifiers.family import patterns as family
        from edsnlp.pipes.qualifiers.history import patterns as history
        from edsnlp.pipes.qualifiers.hypothesis import patterns as hypothesis
        from edsnlp.pipes.qualifiers.negation import patterns as negation
        from edsnlp.pipes.terminations import termination
    except ImportError as error:
        raise ConfigError(
            f"notes need edsnlp, which is not installed; install it with {INSTALL}"
        ) from error
    made = edsnlp.blank("eds")
    made.add_pipe("eds.normalizer", name="normalizer")
    made.add_pipe("eds.sentences", name="sentences")
    made.add_pipe("eds.tnm", name="tnm")
    where: dict[str, Any] = {"span_getter": _SPANS}
    settings: dict[str, dict[str, Any]] = {
        "negation": {
            "preceding": [*negation.preceding, *_MORE_NEGATION],
            "following": [*negation.following, *_MORE_NEGATED_AFTER],
            "termination": [*termination, *_MORE_TERMINATIONS],
        },
        "hypothesis": {
            "preceding": [*hypothesis.preceding, *_MORE_HYPOTHESIS],
            "following": [*hypothesis.following, *_MORE_AFTER],
        },
        "family": {
            "family": [f for f in family.family if f not in _NO_RELATIVES],
            "termination": [t for t in termination if t not in _NO_END_OF_FAMILY],
            "use_sections": False,
        },
        "history": {"history": [*history.history, *_MORE_HISTORY]},
    }
    for name in QUALIFIERS:
        made.add_pipe(f"eds.{name}", name=name, config={**settings[name], **where})
    return made


def _tnms(doc: Any) -> list[Found]:
    """Whole TNMs, a component each: T, N and M with their letters, ``y`` in front where given."""
    made = []
    for span in doc.spans.get("tnm", ()):
        own = span._.tnm.dict()
        after = "y" if "y" in str(own.get("tumour_prefix") or "").lower() else ""
        for part, letter in (("tumour", "T"), ("node", "N"), ("metastasis", "M")):
            value = own.get(part)
            if value is None or str(value).lower() == "x":
                continue
            detail = re.sub(r"[^a-z]", "", str(own.get(f"{part}_specification") or "").lower())
            digit = {"o": "0"}.get(str(value).lower(), str(value))
            made.append(
                Found(
                    field=TNM,
                    code=f"{after}{letter}{digit}{detail}",
                    begin=span.start_char,
                    end=span.end_char,
                )
            )
    return made
