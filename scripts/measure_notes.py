"""Read annotated French notes by the rules, print precision and recall by field.

python scripts/measure_notes.py tests/notes/held_out.yaml tests/notes/tuned.yaml
"""

import argparse
import time
from pathlib import Path

import yaml

from combo_dl.cohort.notes_qualified import NoteReader
from combo_dl.cohort.notes_scores import note_scores


def main() -> None:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="YAML: a list of text and gold")
    asked = parser.parse_args()
    reader = NoteReader()
    for path in asked.files:
        notes = [(n["text"], n["gold"]) for n in yaml.safe_load(path.read_text("utf-8"))]
        clock = time.process_time()
        scores = note_scores(notes, reader)
        spent_ms = 1000 * (time.process_time() - clock) / len(notes)
        print(f"\n{path.name}: {len(notes)} notes, {spent_ms:.0f} CPU ms a note\n")
        print("| field | true | read and true | read and not true | precision | recall |")
        print("|---|---|---|---|---|---|")
        for field, one in scores.items():
            counts = f"{one.right + one.missed} | {one.right} | {one.extra}"
            print(f"| {field} | {counts} | {one.precision:.3f} | {one.recall:.3f} |")


if __name__ == "__main__":
    main()
