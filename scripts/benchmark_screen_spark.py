"""A screen on Spark against the same screen in one process: rows, and CPU time of all processes.

    python scripts/benchmark_screen_spark.py [--pairs 1000000] [--bundle FOLDER] [--cores 2]

Each engine runs as a command of its own, with its start-up; CPU time is that of the command and of
all processes of its session (Spark's Java and its Python workers; Linux). The last line is CPU of
Spark over CPU of one process; exit status 0 when rows are identical and it is at most 2.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from math import comb
from pathlib import Path

MOST = 2.0
_EVERY_S = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
PROFILES = 39


def drugs_of(bundle: Path, count: int) -> list[str]:
    """Names of ``count`` drugs with a structure that the bundle knows, each structure once."""
    from combo_dl.infer.bundle import load_bundle

    catalog = load_bundle(bundle).parts.fitted.catalog
    rows = zip(catalog.drugs.names, catalog.smiles, catalog.inchikey, strict=True)
    return list({key: name for name, smiles, key in rows if smiles}.values())[:count]


def seconds_of_session(session: int) -> dict[int, float]:
    """{process: CPU seconds of its own} of the living processes of a session (Linux)."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = place.read_text().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                found[int(place.parent.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
    return found


def timed(words: list[str]) -> tuple[float, float]:
    """CPU seconds of a command and all that it started, and seconds of the clock.

    Every process of its session is looked at again and again: the daemon of Spark's workers does
    not wait for them, so that they are in no account of their parents.
    """
    start, seen = time.monotonic(), dict[int, float]()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None:
        seen |= seconds_of_session(process.pid)
        time.sleep(_EVERY_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return sum(seen.values()), time.monotonic() - start


def kept(out: Path) -> dict[str, bytes]:
    """{file: bytes} of the rows of a result folder."""
    names = [out / "ranking.csv", out / "ranking.parquet", out / "cover.csv"]
    return {str(p.relative_to(out)): p.read_bytes() for p in [*names, *(out / "blocks").iterdir()]}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=1_000_000, help="pairs x profiles, about")
    parser.add_argument("--bundle", type=Path, default=Path("checkpoints/combo"))
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--block-rows", type=int, default=250_000)
    asked = parser.parse_args()
    count = next(n for n in range(2, 5000) if comb(n, 2) * PROFILES >= asked.pairs)
    names = drugs_of(asked.bundle, count)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "drugs.csv"
        # A column beside the name: a name may hold a comma, and one column reads as no table.
        quoted = ['"' + n.replace('"', '""') + '",' for n in names]
        table.write_text("\n".join(["drug,targets", *quoted]) + "\n")
        words = [
            str(Path(sys.executable).parent / "combo-dl"), "screen", f"bundle={asked.bundle}",
            f"drugs={table}", "maximise=synergy_loewe", "top=100",
            f"block_rows={asked.block_rows}",
        ]  # fmt: skip
        pairs = comb(len(names), 2) * PROFILES
        print(f"{pairs:,} pairs: {len(names)} drugs x {PROFILES} profiles")
        one, own = Path(folder) / "local", Path(folder) / "spark"
        here = timed([*words, f"out={one}"])
        there = timed([*words, f"out={own}", "engine=spark", f"workers={asked.cores}"])
        same = kept(one) == kept(own)
    print(f"one process: {here[0]:.1f} CPU-s, {here[1]:.1f} s")
    print(f"Spark local[{asked.cores}]: {there[0]:.1f} CPU-s, {there[1]:.1f} s")
    print(f"rows identical: {'yes' if same else 'no'}")
    print(f"{there[0] / here[0]:.2f}")
    return 0 if same and there[0] <= MOST * here[0] else 1


if __name__ == "__main__":
    sys.exit(main())
