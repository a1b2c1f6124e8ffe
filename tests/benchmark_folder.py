"""A made-up result folder of ``combo-dl evaluate``: small, repeatable, nothing in it measured."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

LOEWE, THRESHOLD = "synergy_loewe", 15.0
HEADLINE, CLOSED = "model, 5 networks", "ridge drug x profile"
# How much of the truth each model sees, and how much of its own noise it adds.
MODELS = {
    "global mean": (0.0, 0.0),
    CLOSED: (0.65, 7.0),
    "one-hot twin": (0.8, 7.0),
    HEADLINE: (0.9, 6.0),
}
NETWORKS = ("one-hot twin", HEADLINE)
SHIFTS = ("pair seen", "pair new", "one drug unseen")
SHARES = (0.5, 0.35, 0.15)
WIDTHS = {50: 0.674, 80: 1.282, 95: 1.96}
N_FOLDS, N_PROFILES, N_PAIRS = 3, 4, 15


def write_benchmark(folder: Path, *, seed: int = 0, n_pairs: int = N_PAIRS, **changes) -> Path:
    """The folder, filled; ``changes`` replace top-level keys of benchmark.json, or protocol's."""
    rng = np.random.default_rng(seed)
    frame = pd.concat([_fold(rng, fold, n_pairs) for fold in range(N_FOLDS)], ignore_index=True)
    raw = record(frame)
    for key, value in changes.items():
        place = raw["protocol"] if key in raw["protocol"] else raw
        place[key] = value
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.json").write_text(json.dumps(raw))
    frame.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def _fold(rng: np.random.Generator, fold: int, n_pairs: int) -> pd.DataFrame:
    rows = N_PROFILES * n_pairs
    truth = 14 * rng.standard_t(4, rows)
    pair = np.tile(np.arange(n_pairs), N_PROFILES)
    shift = np.repeat(SHIFTS, np.ceil(np.array(SHARES) * n_pairs).astype(int))[pair]
    parts = []
    for model, (sees, noise) in MODELS.items():
        blur = np.where(shift == SHIFTS[-1], 2.0, 1.0)
        mean = sees * truth / blur + blur * noise * rng.standard_normal(rows)
        spread = np.std(truth - mean) if model in NETWORKS else np.nan
        ends = {f"low_{k}": mean - w * spread for k, w in WIDTHS.items()}
        ends |= {f"high_{k}": mean + w * spread for k, w in WIDTHS.items()}
        parts.append(
            pd.DataFrame(
                {
                    "endpoint": LOEWE,
                    "model": model,
                    "fold": f"fold{fold}",
                    "row": np.arange(rows) + fold * rows,
                    "group": np.arange(rows) + fold * rows,
                    "profile": np.repeat([f"LINE{i}" for i in range(N_PROFILES)], n_pairs),
                    "drugs": [f"drug{p} + drug{p + 1}" for p in pair],
                    "shift": shift,
                    "truth": truth.astype(np.float32),
                    "mean": mean.astype(np.float32),
                    **{k: np.asarray(v, np.float32) for k, v in ends.items()},
                    "abstain": (shift == SHIFTS[-1]) & (model == HEADLINE),
                }
            )
        )
    return pd.concat(parts)


def scores(part: pd.DataFrame) -> dict:
    """Scores of one model's rows, as evaluate names them."""
    y, m = part["truth"].to_numpy(float), part["mean"].to_numpy(float)
    mse = float(np.mean((y - m) ** 2))
    r = float(np.corrcoef(y, m)[0, 1]) if np.ptp(m) else 0.0
    found = {"mse": mse, "rmse": mse**0.5, "pearson": r, "spearman": r, "auroc": 0.5 + r / 2}
    for k in WIDTHS if part["low_50"].notna().all() else ():
        inside = (part[f"low_{k}"] <= y) & (y <= part[f"high_{k}"])
        found[f"coverage_{k}"] = float(inside.mean())
        found[f"width_{k}"] = float((part[f"high_{k}"] - part[f"low_{k}"]).mean())
    return found


def record(frame: pd.DataFrame) -> dict:
    """benchmark.json of these predictions."""
    keys = ["endpoint", "model", "fold"]
    rows = [_named(keys, k) | scores(p) for k, p in frame.groupby(keys, sort=False)]
    by_shift = frame.groupby([*keys, "shift"], sort=False)
    return {
        "format": 1,
        "protocol": {
            "studies": ["made_up"],
            "split": "GivenFolds(column='fold_comb', unit='pair')",
            "title": "leave-combination-out",
            "flatters": False,
            "folds": [f"fold{i}" for i in range(N_FOLDS)],
            "seeds": 5,
            "headline": HEADLINE,
            "endpoints": [LOEWE],
            "thresholds": {LOEWE: THRESHOLD},
            "units": {LOEWE: "score points"},
            "directions": {LOEWE: "good"},
        },
        "table": [_mean([r for r in rows if r["model"] == m]) for m in MODELS],
        "rows": rows,
        "groups": [_named([*keys, "shift"], k) | {"rows": len(p)} | scores(p) for k, p in by_shift],
        "differences": [
            _difference(rows, metric, other)
            for metric in ("mse", "pearson")
            for other in MODELS
            if other != HEADLINE
        ],
        "ceiling": {"groups": 40, "pearson": 0.92, "ceiling": 0.96},
        "leakage": [{"check": "a pair on both sides", "severity": "fail", "found": 0}],
        "cpu_minutes": 1.5,
        "command": "combo-dl evaluate experiment=demo",
        "config": {"seed": 0, "paths": {"data": "somewhere/private"}},
        "versions": {"combo-dl": "0.1.0", "torch": "2.13.0"},
        "digests": {"made_up": "ab" * 32},
        "seeds": [0, 1, 2, 3, 4],
    }


def _named(keys: list[str], values: tuple) -> dict:
    return dict(zip(keys, values, strict=True))


def _mean(rows: list[dict]) -> dict:
    numbers = [k for k in rows[0] if k not in ("endpoint", "model", "fold")]
    found = {k: float(np.mean([r[k] for r in rows])) for k in numbers}
    spread = {f"{k}_sd": float(np.std([r[k] for r in rows])) for k in ("mse", "pearson")}
    return {"endpoint": LOEWE, "model": rows[0]["model"], "folds": len(rows)} | found | spread


def _difference(rows: list[dict], metric: str, other: str) -> dict:
    of = {m: np.array([r[metric] for r in rows if r["model"] == m]) for m in (HEADLINE, other)}
    folds = of[HEADLINE] - of[other]
    reach = 1.96 * np.std(folds)
    return {
        "endpoint": LOEWE,
        "metric": metric,
        "model": HEADLINE,
        "against": other,
        "mean": float(folds.mean()),
        "low": float(folds.mean() - reach),
        "high": float(folds.mean() + reach),
        "folds": folds.tolist(),
        "clusters": "pair",
        "n_clusters": 45,
    }
