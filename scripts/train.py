"""``combo-dl train`` from a checkout: python scripts/train.py [key=value ...]."""

import sys

from combo_dl.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
