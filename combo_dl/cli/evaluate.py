"""The verb ``evaluate``."""

import shlex
import sys
from pathlib import Path

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.tables import show_scores
from combo_dl.cli.train import brief, settings_of, studies_of
from combo_dl.core.errors import ConfigError

SCORES, RCT_CONTRASTS = "scores", "rct_contrasts"
PROTOCOLS = (SCORES, RCT_CONTRASTS)


def evaluate(cfg: DictConfig) -> None:
    """Score the model beside its baselines on the same folds, or a bundle on a study that it never
    saw. Raises ComboError."""
    from combo_dl.evaluate.protocol import EvaluateSettings
    from combo_dl.evaluate.run import evaluate as run

    check_protocol(cfg.protocol)
    if cfg.bundle is not None:
        _transfer(cfg)
        return
    if cfg.protocol == RCT_CONTRASTS:
        _contrasts(cfg)
        return
    settings = EvaluateSettings(
        train=settings_of(cfg),
        baselines=tuple(plain(cfg.baselines)),
        command=_command(),
        membership=cfg.membership,
    ).validate()
    found = run(settings, studies_of(cfg))
    title = f"{found.record['protocol']['title']}: means over folds"
    show_scores(brief(found.table), title=title)
    if found.ceiling:
        print(f"estimate from replicates: a noiseless model has r = {found.ceiling['ceiling']:.2f}")
    made = [p.name for p in sorted(found.folder.glob("*.parquet"))]
    print(f"written to {found.folder}: benchmark.md, .csv and .json, {', '.join(made)}")
    print(f"for plots: combo-dl report from={found.folder}")


def check_protocol(protocol: str) -> None:
    """Raise ConfigError unless it is one of PROTOCOLS."""
    if protocol not in PROTOCOLS:
        raise ConfigError(f"protocol is {protocol!r}; expected one of {', '.join(PROTOCOLS)}")


def _contrasts(cfg: DictConfig) -> None:
    from combo_dl.evaluate.rct_run import RctSettings, evaluate_contrasts

    settings = RctSettings(
        train=settings_of(cfg), baselines=tuple(plain(cfg.baselines)), command=_command()
    ).validate()
    found = evaluate_contrasts(settings, studies_of(cfg))
    shown = ("model", "answered", "spearman", "spearman_low", "spearman_high", "own_spearman")
    rows = [{name: row[name] for name in shown} for row in found.table]
    show_scores(rows, title=found.record["protocol"]["title"])
    print(f"written to {found.folder}: contrasts.md, .csv and .json, comparisons.csv")
    print(f"for plots: combo-dl report from={found.folder}")


def _transfer(cfg: DictConfig) -> None:
    from combo_dl.evaluate.protocol import refuse_survival
    from combo_dl.evaluate.transfer import TransferSettings, transfer
    from combo_dl.infer.bundle import load_bundle

    endpoints = settings_of(cfg).endpoints
    refuse_survival(endpoints.values())
    if len(endpoints) != 1 or cfg.against is None:
        raise ConfigError(
            "a bundle is scored on one endpoint of the study against one of its own: say "
            "endpoint=[THEIRS] against=OURS"
        )
    endpoint = next(iter(endpoints.values()))
    settings = TransferSettings(
        column=endpoint.columns[0],
        against=cfg.against,
        threshold=endpoint.threshold,
        out=Path(cfg.out),
    )
    studies = studies_of(cfg)
    if len(studies) != 1:
        raise ConfigError(f"a bundle is scored on one study; data names {len(studies)}")
    table = transfer(settings, load_bundle(Path(cfg.bundle)), studies[0])
    show_scores(table, title=f"leave-study-out: {studies[0].name}")
    print(f"written to {cfg.out}: transfer.md and .json")


def _command() -> str:
    """What was typed, but for where results went."""
    words = [w for w in sys.argv[1:] if not w.startswith("out=")]
    return shlex.join(["combo-dl", *words])
