"""``combo-dl predict`` from a checkout: python scripts/predict.py [key=value ...]."""

import sys

from combo_dl.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["predict", *sys.argv[1:]]))
