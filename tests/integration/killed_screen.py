"""A screen that is killed outright at its n-th write: ``python killed_screen.py BUNDLE OUT N``."""

import os
import sys
from pathlib import Path

import torch
from killed_runs import dies_at_call

from combo_dl.cli.main import main


def words(bundle: Path, out: Path) -> list[str]:
    """A screen of 21 pairs and 35 triples in blocks of a few sets."""
    names = "olaparib,cisplatin,lapatinib,erlotinib,paclitaxel,vorinostat,trastuzumab"
    return [
        *("screen", f"bundle={bundle}", f"drugs=[{names}]", "maximise=synergy_loewe"),
        *("size=2..3", "top=3", "keep_scores=true", "block_rows=30", f"out={out}"),
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    os.fsync = dies_at_call(int(sys.argv[3]), os.fsync)
    main(words(Path(sys.argv[1]), Path(sys.argv[2])))
