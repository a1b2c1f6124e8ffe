"""Generate claims with every known defect of the SNDS, read them, print how exact it is.

python scripts/measure_snds.py --people 100000 --folder snds_100000
"""

import argparse
import resource
import time
from pathlib import Path

import yaml

from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.from_yaml import typed
from combo_dl.cohort.line_rules import LineRules
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_exactness import exactness
from combo_dl.cohort.snds_generator import (
    ALL_DEFECTS,
    CLAIMS_FOLDER,
    TRUTH_FOLDER,
    SndsDesign,
    generated_settings,
    write_snds,
)
from combo_dl.cohort.snds_line_exactness import line_exactness

LINES = Path(__file__).parents[1] / "configs" / "lines" / "default.yaml"


def main() -> None:
    """Write, read, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=Path("snds_measured"))
    parser.add_argument("--clean", action="store_true", help="plant no defect")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    defects = () if asked.clean else ALL_DEFECTS
    design = SndsDesign(n_people=asked.people, seed=asked.seed, defects=defects)
    clock = time.process_time()
    write_snds(asked.folder, design)
    written = time.process_time() - clock
    clock = time.process_time()
    engine = open_duckdb(temp_folder=asked.folder / "spill")
    read = read_snds(engine, generated_settings(design), folder=asked.folder / CLAIMS_FOLDER)
    read_seconds = time.process_time() - clock
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{asked.people} people, {len(defects)} defects, seed {asked.seed}")
    print(
        f"written in {written:.0f} CPU s, read in {read_seconds:.0f} CPU s, peak {peak_mib:.0f} MiB"
    )
    print("| fact | true | read exactly | read and not true | exact % |\n|---|---|---|---|---|")
    for name, found in exactness(read.events, asked.folder / TRUTH_FOLDER).items():
        numbers = f"{found.n_true} | {found.n_right} | {found.n_extra} | {100 * found.share:.2f}"
        print(f"| {name} | {numbers} |")
    rules = typed(LineRules, yaml.safe_load(LINES.read_text("utf-8")), where="lines").validate()
    lines = line_exactness(read.events, asked.folder / TRUTH_FOLDER, rules)
    print(
        f"| lines | {lines.n_true} | {lines.n_right} | {lines.n_extra} | {100 * lines.share:.2f} |"
    )
    print("\n| why a line was missed | lines |\n|---|---|")
    for why, n in lines.missed:
        print(f"| {why} | {n} |")
    print("\n| stage | rule | dropped |\n|---|---|---|")
    for row in read.exclusions:
        print(f"| {row.stage} | {row.rule} | {row.dropped} {row.unit} |")


if __name__ == "__main__":
    main()
