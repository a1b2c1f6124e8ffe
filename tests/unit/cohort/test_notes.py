"""French notes: invented, with what is true of each; and what must never be kept."""

import builtins
from datetime import date
from pathlib import Path

import pytest
import yaml

from combo_dl.cohort.notes import NOTE_FIELDS, Note, note_events
from combo_dl.cohort.notes_scores import note_scores, statements
from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError

NOTES = Path(__file__).parents[2] / "notes"


@pytest.fixture(scope="session")
def reader():
    pytest.importorskip("edsnlp")
    from combo_dl.cohort.notes_qualified import NoteReader

    return NoteReader()


def annotated(name: str) -> list[tuple[str, list[str]]]:
    return [(n["text"], n["gold"]) for n in yaml.safe_load((NOTES / name).read_text("utf-8"))]


@pytest.mark.parametrize("name", ["held_out.yaml", "tuned.yaml"])
def test_each_field_is_read_as_people_do(reader, name):
    scores = note_scores(annotated(name), reader)
    weak = {f: s for f, s in scores.items() if s.precision < 0.9 or s.recall < 0.8}
    assert weak == {}


def test_there_are_enough_notes():
    held_out, tuned = annotated("held_out.yaml"), annotated("tuned.yaml")
    assert len(held_out) >= 20 and len(held_out) + len(tuned) >= 60
    assert not {text for text, _ in held_out} & {text for text, _ in tuned}


@pytest.mark.parametrize(
    "text",
    [
        "Pas de métastase hépatique.",
        "Suspicion de métastase cérébrale.",
        "Sa mère est traitée par nivolumab.",
        "Antécédent de traitement par cisplatine.",
        "En cas de progression, docétaxel.",
        "Aucune colite.",
        "Effets secondaires cutanés et hépatiques absents.",
        "IRM : hypersignal T2, vertèbre T4.",
        "Insuffisance rénale stade 3.",
        "",
    ],
)
def test_what_is_denied_supposed_of_others_or_past_counts_for_nothing(reader, text):
    assert statements(reader.read(text)) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Keytruda 200 mg.", {"drug pembrolizumab", "dose pembrolizumab 200 mg"}),
        ("80 mg d'osimertinib par jour.", {"drug osimertinib", "dose osimertinib 80 mg"}),
        ("Opdivo (nivolumab).", {"drug nivolumab"}),
        ("5FU 2 400 mg/m².", {"drug fluorouracil", "dose fluorouracil 2400 mg/m2"}),
        ("OMS 1-2.", {"ecog 2"}),
        ("Nausées et vomissements grade 2.", {"ctcae nausea 2", "ctcae vomiting 2"}),
        ("Pas de nausée, diarrhée grade 2.", {"ctcae diarrhea 2"}),
        ("Colite grade III.", {"ctcae colitis 3"}),
    ],
)
def test_known_answers(reader, text, said):
    assert statements(reader.read(text)) == said


def test_the_name_and_the_brands_of_every_drug_are_read(reader):
    lost = [
        (drug.name, name)
        for drug in oncology_drugs().drugs
        for name in (drug.name, *drug.synonyms[:1])
        if len(name) > 3
        and f"drug {drug.name}" not in statements(reader.read(f"Traitement par {name}."))
    ]
    assert lost == []


def test_rows_hold_codes_of_closed_lists_and_nothing_of_the_text(reader):
    text = (
        "M. Zyxw DUPONTEL, né le 01/02/1950, 0612345678. Nivolumab 240 mg. ECOG 1. Colite grade 2."
    )
    notes = [Note(person="p1", day=date(2023, 3, 4), text=text)] * 2
    frame = note_events(notes, reader, fields=NOTE_FIELDS).to_pandas()
    told = set(frame["code"])
    assert told == {"nivolumab", "performance_status", "colitis grade 2"} and len(frame) == 3
    held = " ".join(map(str, frame.to_numpy().ravel()))
    assert not any(word in held for word in ("Zyxw", "DUPONTEL", "1950", "0612345678"))
    assert set(frame["start"].astype(str)) == {"2023-03-04"}
    doses = note_events(notes, reader, fields=["drug"]).to_pandas()
    assert doses[["value", "unit"]].to_numpy().tolist() == [[240.0, "mg"]]


def test_an_unknown_field_is_refused(reader):
    with pytest.raises(ConfigError, match="no field 'weight'"):
        note_events([], reader, fields=["weight"])


def test_without_the_extra_one_line_says_how_to_install_it(monkeypatch):
    from combo_dl.cohort.notes_qualified import NoteReader

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "edsnlp":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'combo-dl\[notes\]'"):
        NoteReader()
