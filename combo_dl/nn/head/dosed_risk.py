"""DosedRiskHead: risk of a set of drugs at doses, from cumulative hazards that add.

Each drug in a profile has a cumulative hazard of its own, log-linear in the logarithm of its dose,

    h_d = exp(eta_d + slope_d * x_d),    x_d = log10(dose / typical dose of the drug),

hazards of drugs that do not interact add, and each pair scales the sum:

    risk = 1 - exp(-H),    H = (sum over drugs of h_d) * exp(sum over pairs of gamma_ab).

Without interaction 1 - risk is the product of the drugs' own, which is the independence of Bliss
(Bliss CI. Ann Appl Biol 1939;26:585-615). One drug alone has no interaction, a dose of 0 is the
drug left out, the order of drugs cannot matter, and more of a drug never lowers the risk, each
exactly. To leave a drug out is not to give less of it: an antagonist may lower the risk of others.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from combo_dl.nn.head.bernoulli import LEAST_RISK, BernoulliHead
from combo_dl.nn.head.dosed_sets import DosedSets
from combo_dl.nn.head.log1mexp import log1mexp_of_log

# Slope at the start, a decade of dose: the hazard is proportional to the dose.
_SLOPE = math.log(10.0)
_MOST_INTERACTION = 3.0  # of a pair, a factor of 20 either way
# The log cumulative hazard of nothing taken, and the one from which on 1 - risk is 0 in single
# precision.
_NOTHING, _CERTAIN = -30.0, math.log(16.0)
# Drugs of a set without weights: at this many, the risk at the start is the base rate.
_USUAL_DRUGS = 2


@dataclass(frozen=True, kw_only=True)
class LogHazard:
    """log_hazard: float[B, W], the logarithm of the cumulative hazard H.  interaction: float[B, W],
    what pairs add to it."""

    log_hazard: Tensor
    interaction: Tensor


class DosedRiskHead(BernoulliHead):
    """Sets of dosed drugs to W Bernoulli probabilities.

    monotone: slopes are at least 0.  interaction_precision: of the normal prior about 0 of what
    pairs add to a row's log hazard, in rows' worth of loss: that drugs do not interact is taken to
    be so until rows say otherwise.  width_state: H of states.  width_in: H of pair vectors.
    bounds: possible range of the risk, None = open.

    Each column has hazards, slopes and interactions of its own. ``log_dose_BK`` is taken to be of
    the dose relative to a typical one of the drug; a drug at an unknown dose is at its typical one.
    All maps start at zero, and ``fit`` knows labels alone: before training a pair at typical
    doses has the base rate, a drug of it half of the pair's hazard.
    """

    reads_doses = True

    def __init__(
        self,
        *,
        monotone: bool,
        interaction_precision: float,
        width_state: int,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__(width_out=width_out, bounds=bounds)
        if not interaction_precision >= 0:
            raise ValueError(
                f"interaction_precision is {interaction_precision!r}; expected 0 or more"
            )
        self.monotone, self.interaction_precision = monotone, interaction_precision
        self.hazard = nn.Linear(width_state, width_out)
        self.slope = nn.Linear(width_state, width_out)
        # Without bias: a pair that is not there has no interaction.
        self.gamma = nn.Linear(width_in, width_out, bias=False)
        for layer in (self.hazard, self.slope, self.gamma):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.hazard.bias)
        start = math.log(math.expm1(_SLOPE)) if monotone else _SLOPE
        nn.init.constant_(self.slope.bias, start)

    def forward(self, sets: DosedSets) -> LogHazard:
        """Log cumulative hazards of B rows."""
        taken = sets.taken_BK.any(dim=1, keepdim=True)
        interaction = self.interaction(sets)
        total = self._sum(self._log_hazards(sets), sets.taken_BK) + interaction
        return LogHazard(
            log_hazard=torch.where(taken, total, _NOTHING), interaction=interaction * taken
        )

    def risk(self, params: LogHazard) -> Tensor:  # type: ignore[override]
        """float[B, W], the probability of a label 1."""
        return _risk(params.log_hazard)

    def nll(self, params: LogHazard, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W]: binary cross-entropy and the prior of the interaction, zero with zero
        gradient where unobserved."""
        y = torch.where(observed, label, 0.0)
        log_hazard = torch.where(observed, params.log_hazard, 0.0).float()
        # The hazard itself is the loss of a label 0; where it is beyond all doubt it goes on as a
        # line, since its exponential would be a gradient without end.
        over = (log_hazard - _CERTAIN).clamp(min=0.0)
        hazard = (log_hazard - over).exp() + math.exp(_CERTAIN) * over
        loss = (1.0 - y) * hazard - y * log1mexp_of_log(log_hazard)
        loss = loss + self.interaction_precision / 2 * params.interaction.float().square()
        return torch.where(observed, loss, 0.0)

    def alone(self, sets: DosedSets) -> Tensor:
        """float[B, K, W]: the risk of each drug alone at its dose; 0 where there is none."""
        return torch.where(sets.taken_BK[..., None], _risk(self._log_hazards(sets)), 0.0)

    def null(self, sets: DosedSets) -> Tensor:
        """float[B, W]: the risk if drugs did not interact, 1 - prod(1 - alone)."""
        taken = sets.taken_BK.any(dim=1, keepdim=True)
        total = self._sum(self._log_hazards(sets), sets.taken_BK)
        return torch.where(taken, _risk(total), 0.0)

    def interaction(self, sets: DosedSets) -> Tensor:
        """float[B, W]: the logarithm of what pairs scale the hazard by; 0 for one drug."""
        total = sets.h_SKH.new_zeros(len(sets.set_B), len(self.rate))
        if not sets.pairs:
            return total
        gamma_SPW = self.pair_part(sets.z_SPH)
        for p, (i, j) in enumerate(sets.pairs):
            both = (sets.taken_BK[:, i] & sets.taken_BK[:, j])[:, None]
            total = total + gamma_SPW[:, p].index_select(0, sets.set_B) * both
        return total

    def pair_part(self, z: Tensor) -> Tensor:
        """float[·, W]: what a pair adds to the log hazard of a set."""
        return self.bounded(self.gamma(z))

    def weight_of_pairs(self, column: int) -> Tensor:
        """float[H]: ``pair_part`` of one column is a vector times this, ``bounded``."""
        return self.gamma.weight[column]

    def bounded(self, gamma: Tensor) -> Tensor:
        """What pairs add, within its bounds."""
        # Not tanh, whose gradient is gone for good once a pair has come near the bound.
        return _MOST_INTERACTION * nn.functional.softsign(gamma / _MOST_INTERACTION)

    def drug_part(self, h: Tensor) -> Tensor:
        """float[·, W]: log hazard of a drug in the state ``h`` at its typical dose."""
        # Of a drug in a usual set, whose hazards add up to that of the base rate.
        base = torch.log(-torch.log1p(-self.rate) / _USUAL_DRUGS)
        return base + self.hazard(h)

    def risk_of_parts(self, drugs: Tensor, pairs: Tensor) -> Tensor:
        """The risk of sets at typical doses, in the form that ``natural`` tells it. drugs: [..., K]
        log hazards; pairs: [...] the sum of what pairs add."""
        risk = _risk(torch.logsumexp(drugs, dim=-1) + pairs)
        return risk.float().clamp(LEAST_RISK, 1.0 - LEAST_RISK)

    def _log_hazards(self, sets: DosedSets) -> Tensor:
        """float[B, K, W] of each drug at its dose."""
        slope_SKW = self.slope(sets.h_SKH)
        if self.monotone:
            slope_SKW = nn.functional.softplus(slope_SKW)
        eta, slope = (
            t.index_select(0, sets.set_B) for t in (self.drug_part(sets.h_SKH), slope_SKW)
        )
        x_BK = torch.where(sets.known_BK & sets.taken_BK, sets.log_dose_BK, 0.0)
        return eta + slope * x_BK[..., None]

    def _sum(self, log_hazard_BKW: Tensor, taken_BK: Tensor) -> Tensor:
        """float[B, W]: logarithm of the sum over drugs that are taken; 0 where there is none."""
        none = ~taken_BK.any(dim=1, keepdim=True)
        left_out = torch.where(none, 0.0, -math.inf)[..., None]
        return torch.logsumexp(torch.where(taken_BK[..., None], log_hazard_BKW, left_out), dim=1)


def _risk(log_hazard: Tensor) -> Tensor:
    """1 - exp(-H), above 0 and below 1 also in single precision."""
    return -torch.expm1(-log_hazard.clamp(_NOTHING, _CERTAIN).exp())
