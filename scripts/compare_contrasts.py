"""A model of several folders of randomised contrasts, compared on the same comparisons.

    python scripts/compare_contrasts.py scratch=OUT joint=OUT [...]

Each folder is the ``out=`` of ``combo-dl evaluate protocol=rct_contrasts``; the first one is what
the others are compared with. Of several folders with commas between (seeds) the mean is taken.
Trials are resampled, both models on the same ones (1,000 draws).
Prints a Markdown table.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.core.errors import ComboError, InputError
from combo_dl.stats.rank_agreement import agreement_difference, rank_agreement

KEY = ["trial", "stratum", "experimental", "control", "rmst_days"]


def read(folder: Path, model: str) -> pd.DataFrame:
    """Comparisons in a fixed order, with the days that the model told. Raises InputError."""
    path = folder / "comparisons.csv"
    if not path.is_file():
        raise InputError(f"{folder} holds no comparisons.csv; expected protocol=rct_contrasts")
    found = pd.read_csv(path, keep_default_na=False, na_values=[""])
    told = f"rmst_days: {model}"
    if told not in found.columns:
        known = [
            c.removeprefix("rmst_days: ") for c in found.columns if c.startswith("rmst_days: ")
        ]
        raise InputError(f"{folder} has no model {model!r}; it has {', '.join(known)}")
    return found.rename(columns={told: "told"})[[*KEY, "told"]].sort_values(KEY, ignore_index=True)


def mean_of(folders: list[str], model: str) -> pd.DataFrame:
    """The comparisons of the first folder with the mean days of all. Raises InputError."""
    tables = [read(Path(folder), model) for folder in folders]
    for folder, table in zip(folders, tables, strict=True):
        if not table[KEY].equals(tables[0][KEY]):
            raise InputError(f"{folder} has other comparisons than {folders[0]}; use the same data")
    return tables[0].assign(told=np.mean([t["told"] for t in tables], axis=0))


def main(argv: list[str] | None = None) -> int:
    """0, or 2 with one line on standard error."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folders", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--model", default="network of hazards")
    asked = parser.parse_args(argv)
    try:
        pairs = [text.partition("=")[::2] for text in asked.folders]
        tables = {name: mean_of(folders.split(","), asked.model) for name, folders in pairs}
        print("\n".join(lines(tables)))
    except ComboError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def lines(tables: dict[str, pd.DataFrame]) -> list[str]:
    """The Markdown table. Raises InputError where folders hold other comparisons."""
    first, base = next(iter(tables.items()))
    truth = base["rmst_days"].to_numpy()
    trial = np.unique(base["trial"], return_inverse=True)[1]
    made = [
        f"| model | Spearman (95 %) | less {first} (95 %) | error, days |",
        "|---|---|---|---:|",
    ]
    for name, table in tables.items():
        if not table[KEY].equals(base[KEY]):
            raise InputError(
                f"{name} holds other comparisons than {first}; the same data are needed"
            )
        own = table["told"].to_numpy()
        rank = rank_agreement(truth, own, trial)
        gain, low, high = agreement_difference(truth, own, base["told"].to_numpy(), trial)
        cells = [name, f"{rank.rho:.3f} ({rank.low:.3f} to {rank.high:.3f})"]
        cells.append("" if name == first else f"{gain:+.3f} ({low:+.3f} to {high:+.3f})")
        cells.append(f"{np.abs(own - truth).mean():.1f}")
        made.append(f"| {' | '.join(cells)} |")
    return made


if __name__ == "__main__":
    sys.exit(main())
