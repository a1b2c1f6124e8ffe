"""A membership-inference attack: can it be told who was learned from?

The attack by loss (Yeom S et al. IEEE CSF 2018, doi 10.1109/CSF.2018.00027): a row that training
saw is fitted better than one of the same kind that it did not see, by as much as the network has
learned it by heart. Whoever knows a person's row and outcome guesses membership by the loss.
"""

from collections.abc import Iterator

import numpy as np
import torch
from safetensors.torch import load

from combo_dl.core.errors import ConfigError
from combo_dl.core.files import write_json
from combo_dl.data.loader import EvalLoader
from combo_dl.stats.ranking import auroc
from combo_dl.train.member import Ready, member_seed, ready
from combo_dl.train.patient_card import MEMBERSHIP
from combo_dl.train.work import Work

DRAWS = 500
EVERY = "all endpoints"


def write_membership(work: Work) -> list[dict]:
    """Write what ``membership`` finds beside the networks, where the card of a bundle that is
    calibrated from them takes it (``MEMBERSHIP``); its rows. Raises ConfigError as it does."""
    rows = membership(work)
    write_json(work.settings.out / MEMBERSHIP, {"format": 1, "attack": "loss", "rows": rows})
    return rows


def membership(work: Work) -> list[dict]:
    """One row an endpoint of the first study, and one of the sum of their losses: ``members`` and
    ``others`` (rows that trained and that were held out, over folds), ``auc`` of telling them apart
    by the mean loss of a fold's networks, ``low`` and ``high`` of its 95 % bootstrap interval.

    An AUC of 0.5 tells nothing, one below it nothing either. Networks must be there (``train``).
    Raises ConfigError where nobody was held out.
    """
    if not all(len(f.test) for f in work.folds):
        raise ConfigError("folds is none: everyone is a member; say folds=[0,1]")
    losses = [_fold_losses(work, at) for at in range(len(work.folds))]
    names = [n for n in losses[0] if not np.isnan(losses[0][n][0]).all()]
    return [_attack(name, [found[name] for found in losses]) for name in names]


def _attack(name: str, folds: list[tuple[np.ndarray, np.ndarray]]) -> dict:
    rng = np.random.default_rng(0)
    known = [tuple(part[~np.isnan(part)] for part in fold) for fold in folds]
    drawn = [
        np.mean([_auc(*(rng.choice(part, len(part)) for part in fold)) for fold in known])
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "endpoint": name,
        "folds": len(folds),
        "members": sum(len(m) for m, _ in known),
        "others": sum(len(o) for _, o in known),
        "auc": float(np.mean([_auc(*fold) for fold in known])),
        "low": float(low),
        "high": float(high),
    }


def _auc(members: np.ndarray, others: np.ndarray) -> float:
    """The smaller the loss, the more it looks like a member."""
    loss = np.concatenate([members, others])
    return auroc(np.arange(len(loss)) < len(members), -loss)


def _fold_losses(work: Work, fold: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{endpoint: (losses of members float64[m], of others [o])}, NaN where a label is not known."""
    parts = (work.fitted_rows(fold), work.folds[fold].test)
    # Tensors and scalers are of the rows, whichever network reads them.
    made, found = ready(work, parts[0], seed=member_seed(work.settings, 0)), []
    for seed in range(work.settings.seeds):
        kept = (work.folder(fold, seed) / "weights.safetensors").read_bytes()
        made.net.load_state_dict(load(kept))
        found.append([row_losses(made, work.studies[0].name, rows) for rows in parts])
    names = list(found[0][0])
    means = {
        n: tuple(np.mean([own[side][n] for own in found], axis=0) for side in (0, 1)) for n in names
    }
    totals = tuple(_total([means[n][side] for n in names]) for side in (0, 1))
    return means | {EVERY: totals}  # type: ignore[return-value]


def _total(losses: list[np.ndarray]) -> np.ndarray:
    """The sum of the losses that are known; NaN where none is."""
    stacked = np.stack(losses)
    return np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))


def row_losses(made: Ready, study: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    """{endpoint: negative log likelihood of each of ``rows`` float64[n]}, NaN where unlabelled."""
    made.net.eval()
    parts: dict[str, list[np.ndarray]] = {}
    for name, value in _batches(made, study, rows):
        parts.setdefault(name, []).append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _batches(made: Ready, study: str, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    world, tensors = made.fitted.world(), made.tensors[study]
    with torch.no_grad():
        x_DH = made.net.encode_drugs(world)
        for batch in EvalLoader([(tensors, torch.from_numpy(rows))], batch_size=4096):
            for name, params in made.net(world, batch, x_DH, batch.labels).items():
                head, seen = made.net.heads[name], batch.observed[name]
                loss = head.nll(params, batch.labels[name], seen).sum(dim=1)  # type: ignore[operator]
                yield name, torch.where(seen.any(dim=1), loss, torch.nan).double().numpy()
