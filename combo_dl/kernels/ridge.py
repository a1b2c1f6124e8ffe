"""ProductRidge: kernel ridge regression of a synergy score on pairs of drugs x profiles.

f(row) = count * centre + sum over its pairs of
    sum_{pair', profile'} k(pair, pair') k(profile, profile') w[pair', profile'] + states . beta

The kernel of a row is the sum over its pairs, so that one drug alone has exactly 0 and a larger set
is the sum of its pairs, as in the network. The normal equations are solved by conjugate gradients;
a product with the kernel costs two small matrix products and never its N x N entries (Kronecker
product kernels, van Loan 2000; pairwise learning, Stock et al. 2018).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from combo_dl.kernels.clip import clipped
from combo_dl.kernels.inputs import KernelInputs, Things
from combo_dl.kernels.pairs import Cells, cells_of, pair_similarity
from combo_dl.kernels.similarity import medians_of, similarity
from combo_dl.kernels.spec import KernelSpec
from combo_dl.kernels.states import StateFeatures, fit_states, median_of_states, of_both

MAX_STEPS = 200
TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What all kernels of a training share: the drugs and profiles of its rows.

    pairs: int64[n, 2] ids of ``drugs``.  medians: {"drug"|"profile": {block: median distance}}.
    state_median: of states, 0.0 where there are none.
    """

    drugs: Things
    profiles: Things
    pairs: np.ndarray
    medians: dict[str, dict[str, float]]
    state_median: float


@dataclass(frozen=True, kw_only=True)
class ProductRidge:
    """One fitted kernel. weight: {column: float64[n pairs, P profiles]}.  beta: {column:
    float64[F]}.  centre: {column: mean of a pair}.  states: None where curves are not used."""

    spec: KernelSpec
    states: StateFeatures | None
    weight: dict[str, np.ndarray]
    beta: dict[str, np.ndarray]
    centre: dict[str, float]

    def predict(
        self, trained: Trained, inputs: KernelInputs, rows: np.ndarray
    ) -> dict[str, np.ndarray]:
        """{column: float64[N]} of these rows of ``inputs``."""
        cells = cells_of(inputs, rows)
        alike = similarity(inputs.of_drugs, trained.drugs, self.spec.drug, trained.medians["drug"])
        near = similarity(
            inputs.of_profiles, trained.profiles, self.spec.profile, trained.medians["profile"]
        )
        between = pair_similarity(alike, cells.pairs, trained.pairs, single=self.spec.single)
        features = state_features(self.states, self.spec, inputs, rows, cells)
        made = {}
        for column, weight in self.weight.items():
            grid = (between @ weight) @ near.T
            found = cells.of_row @ grid.reshape(-1) + features @ self.beta[column]
            made[column] = cells.count * self.centre[column] + found
        return made


def trained_on(inputs: KernelInputs, rows: np.ndarray) -> Trained:
    """Drugs, profiles and pairs of the training ``rows``, and their typical distances."""
    used = np.unique(inputs.drugs[rows][inputs.present[rows]])
    profiles = np.unique(inputs.profile[rows])
    drugs = inputs.of_drugs.take(used)
    cells = cells_of(inputs, rows)
    states, seen = _training_states(inputs, used, profiles)
    shown = inputs.of_profiles.take(profiles)
    return Trained(
        drugs=drugs,
        profiles=shown,
        pairs=np.searchsorted(used, cells.pairs),
        medians={"drug": medians_of(drugs), "profile": medians_of(shown)},
        state_median=median_of_states(states[seen], seed=0) if seen.any() else 0.0,
    )


def fit_ridge(
    spec: KernelSpec,
    trained: Trained,
    inputs: KernelInputs,
    rows: np.ndarray,
    *,
    labels: dict[str, np.ndarray],
    weight: np.ndarray,
) -> ProductRidge:
    """Fit one kernel on the training ``rows``.

    labels: {column: float[n]} of these rows, NaN unseen.  weight: float[n] of these rows.
    Columns that are seen in the same rows cost little more than one.
    """
    used = np.unique(inputs.drugs[rows][inputs.present[rows]])
    profiles = np.unique(inputs.profile[rows])
    cells = _own_cells(inputs, rows, profiles)
    found = None
    if trained.state_median:
        states, seen = _training_states(inputs, used, profiles)
        found = fit_states(
            states[seen], median=trained.state_median, width=spec.state_width, seed=0
        )
    features = state_features(found, spec, inputs, rows, cells)
    alike = similarity(trained.drugs, trained.drugs, spec.drug, trained.medians["drug"])
    near = similarity(trained.profiles, trained.profiles, spec.profile, trained.medians["profile"])
    between = pair_similarity(alike, trained.pairs, trained.pairs, single=spec.single)
    grid, beta, centre = {}, {}, {}
    for columns in _alike(labels):
        near_mean = [clipped(labels[c].astype(np.float64), weight, spec.clip) for c in columns]
        label = np.stack(near_mean, axis=1)
        seen = np.flatnonzero(~np.isnan(label[:, 0]) & (cells.count > 0))
        y, share, count = label[seen], weight[seen].astype(np.float64), cells.count[seen]
        means = (share * count) @ y / max(float(share @ count**2), 1e-12)
        system = _System(cells.of_row[seen], features[seen], between, near, spec.penalty / share)
        grids, betas = system.spread(system.solve(y - count[:, None] * means))
        for i, column in enumerate(columns):
            grid[column], beta[column] = grids[:, :, i], betas[:, i]
            centre[column] = float(means[i])
    return ProductRidge(spec=spec, states=found, weight=grid, beta=beta, centre=centre)


def _alike(labels: dict[str, np.ndarray]) -> list[list[str]]:
    """Columns that are seen in the same rows: they have one system, and are solved together."""
    groups: dict[bytes, list[str]] = {}
    for column, label in labels.items():
        groups.setdefault(np.isnan(label).tobytes(), []).append(column)
    return list(groups.values())


def state_features(
    states: StateFeatures | None,
    spec: KernelSpec,
    inputs: KernelInputs,
    rows: np.ndarray,
    cells: Cells,
) -> np.ndarray:
    """float64[N, F] of rows: the sum over their pairs of what the drugs do alone, and of both."""
    if states is None:
        return np.zeros((len(rows), 0))
    n_drugs, n_profiles, width = inputs.states.shape
    every = states.of(
        inputs.states.reshape(n_drugs * n_profiles, width), inputs.has_state.reshape(-1)
    )
    at = inputs.profile[rows][cells.rows]
    a, b = (every[drug * n_profiles + at] for drug in (cells.first, cells.second))
    parts = [np.sqrt(spec.state) * (a + b), np.sqrt(spec.both_states) * of_both(a, b)]
    wide = np.concatenate(parts, axis=1)
    if np.array_equal(cells.rows, np.arange(len(rows))):
        return wide  # every row has one pair, in its place
    made = np.zeros((len(rows), wide.shape[1]))
    np.add.at(made, cells.rows, wide)
    return made


def _training_states(
    inputs: KernelInputs, drugs: np.ndarray, profiles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    own = np.ix_(drugs, profiles)
    count, width = len(drugs) * len(profiles), inputs.states.shape[2]
    seen = inputs.has_state[own].reshape(-1) & (width > 0)
    return inputs.states[own].reshape(count, width), seen


def _own_cells(inputs: KernelInputs, rows: np.ndarray, profiles: np.ndarray) -> Cells:
    """Cells of training rows, with columns for the training ``profiles`` only."""
    wide = cells_of(inputs, rows)
    first = np.arange(len(wide.pairs))[:, None] * len(inputs.of_profiles)
    return replace(wide, of_row=wide.of_row[:, (first + profiles[None]).reshape(-1)])


class _System:
    """(K + diag(penalty)) x = y, with products instead of entries of K.

    of_row: sparse [n, pairs * P].  features: float64[n, F].  between: similarity of pairs.  near:
    of profiles.  penalty: float64[n].
    """

    def __init__(
        self,
        of_row: sparse.csr_matrix,
        features: np.ndarray,
        between: np.ndarray,
        near: np.ndarray,
        penalty: np.ndarray,
    ) -> None:
        self.of_row, self.back = of_row, of_row.T.tocsr()
        self.features, self.between, self.near = features, between, near
        self.penalty = penalty

    def spread(self, dual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights of cells [pairs, profiles, L] and of state features [F, L] of dual vectors
        float64[n, L]."""
        grid = (self.back @ dual).reshape(len(self.between), len(self.near), -1)
        return grid, self.features.T @ dual

    def times(self, dual: np.ndarray) -> np.ndarray:
        """The left side for dual vectors float64[n, L]."""
        grid, beta = self.spread(dual)
        n_pairs, n_profiles, n_columns = grid.shape
        along = (self.between @ grid.reshape(n_pairs, -1)).reshape(grid.shape)
        smooth = (along.transpose(0, 2, 1) @ self.near).transpose(0, 2, 1)
        cells = self.of_row @ smooth.reshape(n_pairs * n_profiles, n_columns)
        return cells + self.features @ beta + self.penalty[:, None] * dual

    def solve(self, y: np.ndarray) -> np.ndarray:
        """Conjugate gradients (Hestenes & Stiefel 1952) for float64[n, L], each column on its own
        to a relative residual of TOLERANCE."""
        x, residual = np.zeros_like(y), y.copy()
        direction, squared = residual.copy(), (residual**2).sum(axis=0)
        target = TOLERANCE**2 * squared
        for _ in range(MAX_STEPS):
            open_ = squared > target
            if not open_.any():
                break
            product = self.times(direction)
            curved = (direction * product).sum(axis=0)
            step = np.divide(squared, curved, out=np.zeros_like(squared), where=open_)
            x += step * direction
            residual -= step * product
            before, squared = squared, np.where(open_, (residual**2).sum(axis=0), squared)
            turn = np.divide(squared, before, out=np.zeros_like(squared), where=before > 0)
            direction = residual + turn * direction
        return x
