"""The known truth behind the synthetic study: what a perfect model would predict.

The score of a set S in profile p is

    sum over drugs d of (main[d] + state[d, p]) + sum over pairs {a, b} of interaction[a, b, p]

and exactly 0 for one drug alone: synergy is the excess over what single drugs explain.
"""

from dataclasses import dataclass

import numpy as np

MAIN_SHARE = 0.4  # of the variance that single drugs carry; the rest is drug x profile state
DRUG_SHARE = 0.2  # of a drug's own in its effects; the rest is its class's
TRUE_SD = 20.0  # standard deviation of true scores over all pairs and profiles (points)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Noiseless parts over D drugs and P profiles, and the noiseless labels of a study's N rows.

    main: float64[D].  state: float64[D, P].  interaction: float64[D, D, P], symmetric, diagonal 0,
    and without any part that a sum over single drugs could carry.
    factors: float64[P, F], the hidden factors that expression shows.
    means: {label: float64[N]}, in the order of the study's rows.
    """

    main: np.ndarray
    state: np.ndarray
    interaction: np.ndarray
    factors: np.ndarray
    means: dict[str, np.ndarray]

    def score(self, drugs: np.ndarray, profile: np.ndarray) -> np.ndarray:
        """float64[N]: true score of sets int[N, K] (-1 pad, any order) in profiles int[N]."""
        total = np.zeros(len(drugs))
        for i in range(drugs.shape[1]):
            a = drugs[:, i]
            total += np.where(a >= 0, self.main[a] + self.state[a, profile], 0.0)
            for j in range(i):
                b = drugs[:, j]
                both = (a >= 0) & (b >= 0)
                total += np.where(both, self.interaction[a, b, profile], 0.0)
        alone = (drugs >= 0).sum(axis=1) < 2
        return np.where(alone, 0.0, total)


def draw_truth(
    rng: np.random.Generator, *, classes: np.ndarray, factors: np.ndarray, pair_share: float
) -> Truth:
    """A truth without rows (``means`` is empty) for drugs of ``classes`` int[D].

    Over all pairs and profiles the scores have standard deviation TRUE_SD, and interactions carry
    ``pair_share`` of their variance. Effects depend on the class and on ``factors`` float[P, F], so
    that a drug or profile never seen can be told from its features.
    """
    main = _of_class(rng, classes, 1)[:, 0]
    state = _of_class(rng, classes, factors.shape[1]) @ factors.T
    interaction = _interactions(rng, classes, factors)
    first, second = np.triu_indices(len(classes), k=1)
    single = TRUE_SD**2 * (1 - pair_share)
    return Truth(
        main=main * _gain(main[first] + main[second], single * MAIN_SHARE),
        state=state * _gain(state[first] + state[second], single * (1 - MAIN_SHARE)),
        interaction=interaction * _gain(interaction[first, second], TRUE_SD**2 * pair_share),
        factors=factors,
        means={},
    )


def _of_class(rng: np.random.Generator, classes: np.ndarray, width: int) -> np.ndarray:
    """float64[D, width]: normal effects shared by a class, with a part of the drug's own."""
    shared = rng.normal(size=(classes.max() + 1, width))[classes]
    own = rng.normal(size=(len(classes), width))
    return np.sqrt(1 - DRUG_SHARE) * shared + np.sqrt(DRUG_SHARE) * own


def _interactions(rng: np.random.Generator, classes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """float64[D, D, P]: class x class, half of it the same in all profiles, half by the factors."""
    n_classes = classes.max() + 1
    raw = rng.normal(size=(n_classes, n_classes, 1 + factors.shape[1]))
    symmetric = (raw + raw.swapaxes(0, 1))[classes][:, classes]
    moved = symmetric[..., 1:] @ factors.T / np.sqrt(factors.shape[1])
    return _without_single_part(symmetric[..., :1] + moved)


def _without_single_part(pairs: np.ndarray) -> np.ndarray:
    """``pairs`` less its least-squares fit by x[a] + x[b] over a != b, in each profile."""
    n = len(pairs)
    off = pairs * (1 - np.eye(n))[:, :, None]
    rows = off.sum(axis=1)
    single = (rows - rows.sum(axis=0) / (2 * (n - 1))) / (n - 2)
    return (off - single[:, None] - single[None, :]) * (1 - np.eye(n))[:, :, None]


def _gain(values: np.ndarray, variance: float) -> float:
    """The factor that gives ``values`` this variance."""
    return float(np.sqrt(variance) / values.std())
