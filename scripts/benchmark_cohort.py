"""Claims of the SNDS to a Study: CPU time against a bare scan of the same columns, and peak memory.

    python scripts/benchmark_cohort.py [--people 350000] [--claims 60] [--memory 4] [--folder F]

Claims of so many people, and of a quarter of them, are generated with every known defect (Parquet;
a folder that is there already is taken as it is). Each is read by `combo-dl cohort
protocol=demo_snds` in a process of its own, with one thread. The bare scan is DuckDB reading the
columns that the command says it reads, and the largest value of each. CPU is that of the process
and its children. The last line is CPU of the command over CPU of the scan; exit status 0 when the
command took at most 30 CPU-minutes for 10^8 lines (in proportion for fewer) and 8 GiB.
"""

import argparse
import csv
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from combo_dl.cohort.snds_generator import ALL_DEFECTS, CLAIMS_FOLDER, SndsDesign, write_snds

MOST_MINUTES, MOST_GIB = 30.0, 8.0
OF_LINES = 1e8


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a process with its children: CPU seconds, and MiB at the peak of its largest one."""

    cpu: float
    peak_mib: float


def cost_of(words: list[str]) -> Cost:
    """Run a command; raises CalledProcessError when it fails."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), words)
    return Cost(cpu=used.ru_utime + used.ru_stime, peak_mib=used.ru_maxrss / 1024)


def claims_of(folder: Path, people: int, claims: float) -> Path:
    """The folder of tables, written where it is not there yet."""
    design = SndsDesign(
        n_people=people, seed=1, defects=ALL_DEFECTS, claims_per_year=claims, n_chunk=5_000
    )
    where = folder / f"people_{people}"
    if not (where / "done").is_file():
        write_snds(where, design)
        (where / "done").touch()
    return where / CLAIMS_FOLDER


def rows_of(folder: Path) -> tuple[int, int]:
    """Claim lines (ER_PRS_F, all years) and rows of all tables."""
    rows = {p.name: pq.ParquetFile(p).metadata.num_rows for p in folder.glob("*.parquet")}
    return sum(n for name, n in rows.items() if name.startswith("ER_PRS_F")), sum(rows.values())


def cohort(claims: Path, out: Path, memory_gib: float) -> Cost:
    """`combo-dl cohort` of the claims, DuckDB with so much memory."""
    program = str(Path(sys.executable).parent / "combo-dl")
    return cost_of(
        [
            program, "cohort", "protocol=demo_snds", "source=snds", f"source.folder={claims}",
            "source.first_day=2016-01-01", "source.last_day=2020-12-31", f"out={out}",
            f"source.memory_limit_gib={memory_gib}",
        ]
    )  # fmt: skip


def bare_scan(claims: Path, columns: Path) -> Cost:
    """DuckDB, the largest value of each column that ``columns_read.csv`` lists."""
    return cost_of([sys.executable, __file__, "--scan", str(claims), str(columns)])


def scan(claims: Path, columns: Path) -> None:
    """The work of the bare scan, in this process."""
    import duckdb

    read = defaultdict(list)
    with columns.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            read[row["table"]].append(row["column"])
    engine = duckdb.connect(config={"threads": 1})
    for table, names in read.items():
        place = claims / f"{table}.parquet"
        wanted = ", ".join(f'max("{n}")' for n in names)
        engine.execute(f"select {wanted} from read_parquet(?)", [str(place)]).fetchall()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--people", type=int, default=350_000)
    parser.add_argument("--claims", type=float, default=60.0, help="unrelated, a person and year")
    parser.add_argument("--memory", type=float, default=4.0, help="GiB, the limit of DuckDB")
    parser.add_argument("--folder", type=Path, default=Path("snds_large"))
    parser.add_argument("--scan", type=Path, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.scan:
        scan(*asked.scan)
        return 0
    for people in (max(asked.people // 4, 1), asked.people):
        claims = claims_of(asked.folder, people, asked.claims)
        lines, rows = rows_of(claims)
        out = claims.parent / "cohort"
        found = cohort(claims, out, asked.memory)
        bare = bare_scan(claims, out / "columns_read.csv")
        print(
            f"{people:,} people, {lines:,} claim lines of {rows:,} rows: "
            f"{found.cpu / 60:.1f} CPU minutes, peak {found.peak_mib:,.0f} MiB; "
            f"bare scan {bare.cpu / 60:.2f} CPU minutes",
            flush=True,
        )
    print(f"{found.cpu / bare.cpu:.1f}")
    in_time = found.cpu / 60 <= MOST_MINUTES * max(lines / OF_LINES, 0.01)
    return 0 if in_time and found.peak_mib <= MOST_GIB * 1024 else 1


if __name__ == "__main__":
    sys.exit(main())
