"""Whether it can be told who a network learned from: an attack by loss on held-out folds.

    python scripts/attack_membership.py experiment=clinic split=profile 'folds=[0,1]' out=FOLDER

The overrides are those of ``combo-dl train``; networks that are not in FOLDER yet are trained.
Prints a Markdown table; writes ``membership.json`` there.
"""

import sys

from combo_dl.cli.compose import composed
from combo_dl.cli.config_errors import config_errors
from combo_dl.cli.train import settings_of, studies_of
from combo_dl.core.errors import ComboError
from combo_dl.evaluate.membership import write_membership
from combo_dl.train.run import prepare, train


def main(argv: list[str]) -> int:
    """0, or 2 with one line on standard error."""
    try:
        with config_errors():
            cfg = composed("train", argv)
            settings, studies = settings_of(cfg), studies_of(cfg)
        train(settings, studies)
        rows = write_membership(prepare(settings, studies))
    except ComboError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print("| endpoint | members | others | AUC of the attack (95 %) |\n|---|---:|---:|---:|")
    for row in rows:
        auc = f"{row['auc']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
        print(f"| {row['endpoint']} | {row['members']} | {row['others']} | {auc} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
