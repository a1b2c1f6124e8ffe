"""A screen on Spark against the same screen in one process: rows, and CPU time of all processes.

    python scripts/benchmark_screen_spark.py [--pairs 1000000] [--bundle FOLDER] [--cores 2]

Each engine runs as a command of its own, with its start-up; CPU time is that of the command and of
all its children (Spark's Java and its Python workers). The last line is CPU of Spark over CPU of
one process; exit status 0 when rows are identical and it is at most 2.
"""

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from math import comb
from pathlib import Path

MOST = 2.0
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
PROFILES = 39


def drugs_of(bundle: Path, count: int) -> list[str]:
    """Names of ``count`` drugs with a structure that the bundle knows, each structure once."""
    from combo_dl.infer.bundle import load_bundle

    catalog = load_bundle(bundle).parts.fitted.catalog
    rows = zip(catalog.drugs.names, catalog.smiles, catalog.inchikey, strict=True)
    return list({key: name for name, smiles, key in rows if smiles}.values())[:count]


def adopt_orphans() -> None:
    """Be the parent of whatever a command leaves behind (Linux): Spark's Java outlives the process
    that started it by a moment, and a child that nobody waited for is counted nowhere."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot count the processes of Spark; needs Linux")


def timed(words: list[str]) -> tuple[float, float]:
    """CPU seconds of a command and all that it started, and seconds of the clock."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - start


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
    adopt_orphans()
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
