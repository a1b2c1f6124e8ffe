"""Synergy scores of the O'Neil screen, computed from its raw wells, against the published columns.

    COMBO_DL_DATA=<tables> python scripts/benchmark_synergy_scores.py [--out PAGE.md]

Prints the Pearson correlation of each score over all triples and writes the page.
Exit status 0 when Bliss reaches 0.92 and HSA 0.95.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

from combo_dl.core.files import write_text
from combo_dl.core.study import Study
from combo_dl.datasets import oneil
from combo_dl.datasets.oneil_wells import oneil_wells
from combo_dl.datasets.synergy import SCORES, loewe_volume, synergy_scores
from combo_dl.stats.regression import pearson, spearman

LEAST = {"synergy_bliss": 0.92, "synergy_hsa": 0.95}
NAMES = {
    "synergy_bliss": "Bliss",
    "synergy_hsa": "HSA",
    "synergy_loewe": "Loewe, mean excess",
    "synergy_zip": "ZIP",
    "loewe_volume": "Loewe, log-dose volume",
}
PAGE = """# Synergy scores from raw wells

Bliss, HSA, Loewe and ZIP of the O'Neil screen, computed by `combo_dl.datasets.synergy` from the
4 x 4 combination wells and the single-agent wells (8 doses, measured apart), against the published
columns ([data.md](../data.md)). {triples:,} triples of two drugs and a cell line, {wells:,} wells;
the published scores of replicates are averaged, and so are the wells.

```
COMBO_DL_DATA=<tables> python scripts/benchmark_synergy_scores.py
```

{seconds:.0f} CPU seconds on one thread, with reading. Means and standard deviations (sd) in the
score's points.

{table}

- Bliss and HSA expect what the single agents were measured to do (linear in log dose between their
  doses, not fitted); Loewe and ZIP expect what Hill curves fitted to them do. The conventions are
  stated in `combo_dl/datasets/synergy.py`.
- The published Loewe column is the **volume** of Combenefit, not a mean. The last row sums our
  excess over the log-dose plane by the trapezoid rule: it has the scale of the published column
  (sd) and agrees better with it. Combenefit fits the single agents in its own way.
- Sources of the published ZIP column do not state how its curves were fitted. Ours run from 0 to 1,
  as in the paper that defined the score.
- The conventions are those of the papers; they were not chosen for these correlations.
"""


def table_of(found: dict[str, np.ndarray], study: Study) -> tuple[str, dict[str, float]]:
    """The table of the page, and {name: Pearson r}."""
    lines = [
        "| score | Pearson | Spearman | mean, ours | mean, published | sd, ours | sd, published |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    r = {}
    for name, ours in found.items():
        label = "synergy_loewe" if name == "loewe_volume" else name
        theirs = study.combos.labels[label][:, 0].astype(np.float64)
        r[name] = pearson(ours, theirs)
        numbers = [ours.mean(), theirs.mean(), ours.std(), theirs.std()]
        cells = [f"{x:.3f}" for x in (r[name], spearman(ours, theirs))]
        cells += [f"{x:.2f}" for x in numbers]
        lines.append(f"| {NAMES[name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines), r


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks/synergy_scores.md"))
    out = parser.parse_args().out
    started = time.process_time()
    study = oneil.load(
        folder=os.environ.get("COMBO_DL_DATA"),
        replicates="mean",
        expression=False,
        mutation_min_lines=0,
        monotherapy=False,
        wells=True,
        check_digests=True,
    )
    wells = oneil_wells(study)
    scores = synergy_scores(wells)
    found = {name: scores[name] for name in SCORES} | {"loewe_volume": loewe_volume(wells)}
    table, r = table_of(found, study)
    seconds = time.process_time() - started
    page = PAGE.format(table=table, triples=len(study), wells=len(wells), seconds=seconds)
    write_text(out, page)
    print(table)
    return int(any(r[name] < least for name, least in LEAST.items()))


if __name__ == "__main__":
    sys.exit(main())
