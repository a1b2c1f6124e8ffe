"""``combo-dl report`` from a checkout: python scripts/report.py [key=value ...]."""

import sys

from combo_dl.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["report", *sys.argv[1:]]))
