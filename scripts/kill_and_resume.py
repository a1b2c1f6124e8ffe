"""Kill a run at random moments with SIGKILL, start the same command again, and compare with a run
that was left alone.

    python scripts/kill_and_resume.py train|grid|search|screen [--kills 3] [--seed 0] [key=value …]

train, grid: every score must be equal to the last bit. search: every finished trial must be kept,
with its value, and the asked number of trials reached. screen: the rows must be the same bytes, and
no finished block may be scored again. Exit status 0 when that holds.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from combo_dl.core.files import read_json

SMALL = [
    "experiment=demo",
    "trainer.max_epochs=30",
    "callbacks.checkpoint_epochs=2",
    "data.synthetic.n_rows=2000",
]
TRIALS = 8


def command(kind: str, out: Path, extra: list[str]) -> list[str]:
    program = str(Path(sys.executable).parent / "combo-dl")
    if kind == "train":
        return [program, "train", *SMALL, "folds=[0,1]", "seeds=2", f"out={out}", *extra]
    if kind == "screen":
        return [
            program, "screen", "bundle=checkpoints/combo", "maximise=synergy_loewe", "top=20",
            "block_rows=20000", f"out={out}", *extra,
        ]  # fmt: skip
    if kind == "grid":
        return [program, "sweep", *SMALL, "trainer.lr=1e-3,3e-3,5e-3", f"out={out}", *extra]
    return [
        program, "sweep", *SMALL, "hparams_search=oneil", f"hydra.sweeper.n_trials={TRIALS}",
        f"hydra.sweeper.storage=sqlite:///{out}/trials.db", f"out={out}", *extra,
    ]  # fmt: skip


def finished(out: Path) -> dict[int, float]:
    """{trial: value} of the complete or pruned trials of a search."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if not (out / "trials.db").is_file():
        return {}
    storage = f"sqlite:///{out}/trials.db"
    names = optuna.get_all_study_names(storage)
    if not names:
        return {}
    trials = optuna.load_study(study_name=names[0], storage=storage).trials
    return {t.number: t.value for t in trials if t.state.is_finished() and t.state.name != "FAIL"}


def scores(out: Path) -> dict[str, object]:
    """{folder: scores} of every training below ``out``."""
    found = sorted(out.rglob("result.json"))
    return {str(path.parent.relative_to(out)): read_json(path) for path in found}


def written(out: Path) -> dict[str, int]:
    """{block: when it was written} of a screen, without what has no name yet."""
    return {p.name: p.stat().st_mtime_ns for p in (out / "blocks").glob("block-*")}


def rows(out: Path) -> dict[str, bytes]:
    """{file: bytes} of the rows of a screen and of its blocks."""
    found = [*out.glob("ranking.*"), out / "cover.csv", *(out / "blocks").glob("block-*")]
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(found)}


def run_with_kills(kind: str, out: Path, extra: list[str], *, moments: list[float]) -> bool:
    """Start, kill at each moment (seconds from each start), and let the last one end."""
    kept: dict[int, float] = {}
    blocks: dict[str, int] = {}
    for moment in moments:
        process = subprocess.Popen(
            command(kind, out, extra), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moment)
        ended = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"killed after {moment:.1f} s" + (" (it had ended)" if ended else ""))
        if kind == "screen":
            now_there = written(out)
            if any(now_there.get(name) != when for name, when in blocks.items()):
                print("a finished block was lost or scored again")
                return False
            blocks = now_there
            print(f"finished blocks kept: {len(blocks)}")
        if kind == "search":
            now = finished(out)
            if any(now.get(number) != value for number, value in kept.items()):
                print(f"lost a finished trial: {kept} became {now}")
                return False
            kept = now
            print(f"finished trials kept: {len(kept)}")
    subprocess.run(
        command(kind, out, extra), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if kind == "screen":
        now_there = written(out)
        print(f"blocks at the end: {len(now_there)}")
        return all(now_there.get(name) == when for name, when in blocks.items())
    if kind == "search":
        now = finished(out)
        print(f"finished trials at the end: {len(now)} of {TRIALS}")
        return len(now) == TRIALS and all(now.get(n) == v for n, v in kept.items())
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("kind", choices=["train", "grid", "search", "screen"])
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("overrides", nargs="*")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder) / "whole", Path(folder) / "broken"
        started = time.monotonic()
        subprocess.run(
            command(asked.kind, whole, asked.overrides),
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        length = time.monotonic() - started
        moments = [chance.uniform(0.15, 0.4) * length for _ in range(asked.kills)]
        fine = run_with_kills(asked.kind, broken, asked.overrides, moments=moments)
        if asked.kind == "screen":
            left_rows, right_rows = rows(whole), rows(broken)
            fine = fine and left_rows == right_rows
            print(f"{len(left_rows)} files, the same bytes: {left_rows == right_rows}")
        elif asked.kind != "search":
            left, right = scores(whole), scores(broken)
            fine = fine and bool(left) and left == right
            print(f"{len(left)} trainings, scores equal to the last bit: {left == right}")
    print("ok" if fine else "FAILED")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
