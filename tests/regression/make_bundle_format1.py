"""Makes the frozen bundle of format 1:
``PYTHONPATH=tests python tests/regression/make_bundle_format1.py``.

It was run once. Run it again only for a new format, into a new folder: what matters of the frozen
bundle is that later versions still read it.
"""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import tiny

from combo_dl.train.run import train

TARGET = Path(__file__).parent / "bundle_format1"
BLISS = replace(tiny.LOEWE, name="synergy_bliss", columns=("synergy_bliss",), bounds=(-60.0, 60.0))


def main() -> None:
    """Train for seconds on the synthetic study and keep the bundle."""
    endpoints = tiny.NETWORK.endpoints | {"synergy_bliss": BLISS}
    network = replace(tiny.NETWORK, endpoints=endpoints)
    fit = replace(tiny.FIT, max_epochs=12)
    with tempfile.TemporaryDirectory() as folder:
        settings = tiny.settings(Path(folder) / "out", fit=fit, network=network, seeds=2)
        made = train(settings, [tiny.study(n_rows=240)])
        shutil.copytree(made.bundles[0], TARGET)


if __name__ == "__main__":
    main()
