"""HazardHead: survival by hazards of about 20 bins of time, with competing risks and late entry.

In bin j, of those who are at risk at its start, the share p_jr has an event of risk r and the share
q_j has none: a softmax over {none, 1..R} a bin (Tutz G, Schmid M. Modeling Discrete Time-to-Event
Data. Springer 2016, ch. 8). With one risk this is the logistic hazard (Gensheimer MF, Narasimhan B.
PeerJ 2019;7:e6257; Kvamme H, Borgan O. Lifetime Data Anal 2021;27:710-736). Survival to the end of
bin j is the product of q up to j, so that it starts at 1 and cannot rise; the incidence of risk r
is the sum of survival before a bin times p, so that the incidences and survival sum to 1.

What is known within a bin. An event is known to its bin alone. Who is censored, or enters, within a
bin was watched for the share s of its length and stays without an event with the probability q^s:
the hazard is constant within a bin (an interpolation of Kvamme & Borgan 2021). Of one who entered
within the bin of the event, an event happens in what is left of it, 1 - q^s. So

    P(seen) = product over bins of q_j^s_j             of a censored patient,
    ... times (1 - q_k^s_k) p_kr / (1 - q_k)           of an event of risk r in bin k,

where s_j is 0 in bins before the entry (left truncation). Where times are ends of bins, that is the
life table. Who is seen beyond the last bin, with an event or without, survived all of them.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.nn.head.bernoulli import BernoulliHead
from combo_dl.nn.head.life_table import bin_edges, life_table
from combo_dl.nn.head.log1mexp import log1mexp_of_log


@dataclass(frozen=True, kw_only=True)
class Hazards:
    """Log of the odds of an event of risk r against none: logit float[B, J, R]."""

    logit: Tensor


class HazardHead(BernoulliHead):
    """A vector a row to hazards of J bins and R risks.

    bins: J; their ends are quantiles of the times of training events.  risks: R.
    shapes: in how many ways over the bins a row's log-odds leave those of all training rows: 1
    shifts all bins alike (proportional odds), each further one bends the shift once more (cosines);
    at most J.
    hidden: width of a layer before, 0 for none.  dropout: of it.
    width_out: columns of the label, 2 (time_days, event) or 3 (and entry_days). A row is observed
    where all of them are.  bounds: possible range of survival, None = open; 0 to 1 at the widest.

    What it forecasts are ``width_forecast`` probabilities: survival at the ends of the bins
    (``times_days``), then, with R > 1, the incidence of each risk at them. A mean over members of
    an ensemble is thus the mean curve. A zero vector, and each row before training, has the life
    table of the training rows.
    """

    joins_columns = True  # one loss a row, whatever the number of label columns
    edge: Tensor
    base: Tensor
    base_loss: Tensor

    def __init__(
        self,
        *,
        bins: int,
        risks: int,
        shapes: int,
        hidden: int,
        dropout: float,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        for name, value, most in (("bins", bins, 1000), ("risks", risks, 100)):
            if not 1 <= value <= most:
                raise ValueError(f"{name} is {value!r}; expected a number from 1 to {most}")
        if not 1 <= shapes <= bins:
            raise ValueError(f"shapes is {shapes!r}; expected a number from 1 to bins ({bins})")
        if width_out not in (2, 3):
            raise ValueError(
                f"a survival label has {width_out} columns; expected 2 (time_days, event) or 3 "
                "(and entry_days)"
            )
        super().__init__(width_out=bins * (1 if risks == 1 else risks + 1), bounds=bounds)
        self.bins, self.risks, self.columns = bins, risks, width_out
        self.hidden: nn.Module = nn.Identity()
        if hidden:
            first = nn.Linear(width_in, hidden, bias=False)
            self.hidden = nn.Sequential(first, nn.ReLU(), nn.Dropout(dropout))
        # Without bias: a zero vector has the hazards of all training rows.
        self.effect = nn.Linear(hidden or width_in, risks * shapes, bias=False)
        nn.init.zeros_(self.effect.weight)
        self.shapes = shapes
        self.register_buffer("edge", torch.arange(bins + 1.0))
        self.register_buffer("base", torch.zeros(bins, risks))
        self.register_buffer("base_loss", torch.ones(()))

    @property
    def width_forecast(self) -> int:
        """Columns of ``natural``: J, or J (R + 1) with several risks."""
        return len(self.rate)

    @property
    def times_days(self) -> np.ndarray:
        """float64[J]: the ends of the bins; equal to the one before where a bin is empty."""
        return self.edge[1:].double().cpu().numpy()

    def fit(self, label: Tensor, observed: Tensor, weight: Tensor) -> None:
        """Fit bins and the life table to training labels float[N, 2 or 3], with row weights
        float[N].

        Raises InputError on labels that FollowUp refuses, an event above ``risks``, and none at
        all.
        """
        rows = self.row_observed(observed)[:, 0]
        seen = FollowUp.of_label(label[rows].double().cpu().numpy())
        if seen.event.max() > self.risks:
            raise InputError(
                f"a row has event {seen.event.max()}; expected 0 (censored) to {self.risks}: set "
                "risks of the head to the number of risks, or mend the labels"
            )
        share = weight[rows].double().cpu().numpy()
        edges = bin_edges(seen, share, bins=self.bins)
        logit = life_table(seen, share, edges=edges, risks=self.risks)
        self.edge, self.base = (torch.from_numpy(found).to(self.base) for found in (edges, logit))
        with torch.no_grad():
            base = Hazards(logit=self.base[None])
            self.rate = self.risk(base)[0]
            loss = self.nll(base, label[rows], observed[rows])[:, 0]
            total = (loss * weight[rows]).sum() / weight[rows].sum().clamp(min=1e-12)
            self.base_loss = total.to(self.base.dtype).clamp(min=1e-6)

    def row_observed(self, observed: Tensor) -> Tensor:
        """bool[B, 1] of bool[B, W]: all that is needed of a row is known."""
        return observed.all(dim=1, keepdim=True)

    def forward(self, z_BH: Tensor, offset_B: Tensor) -> Hazards:
        """Parameters of B rows. ``offset_B`` is not read: no survival is certain by definition."""
        effect = self.effect(self.hidden(z_BH)).float().unflatten(1, (self.risks, -1))
        return Hazards(logit=self.base + (effect @ self.shape_of_bins()).transpose(1, 2))

    def shape_of_bins(self) -> Tensor:
        """float[K, J]: cosines over the bins, of which a row's departure is made.

        Not a buffer: one that is no weight would stay without values in a bundle that is read.
        """
        middle = (torch.arange(self.bins, device=self.base.device) + 0.5) * math.pi / self.bins
        return torch.cos(torch.arange(self.shapes, device=middle.device)[:, None] * middle)

    def log_stay(self, params: Hazards) -> Tensor:
        """float[B, J]: log q, of having no event in a bin; 0 in a bin of no length."""
        return -softplus(params.logit.logsumexp(dim=2)) * (self.edge.diff() > 0)

    def survival(self, params: Hazards) -> Tensor:
        """float[B, J] at the end of each bin."""
        return self.log_stay(params).cumsum(dim=1).exp()

    def incidence(self, params: Hazards) -> Tensor:
        """float[B, R, J]: the share that has had an event of risk r by the end of each bin."""
        after = self.survival(params)
        before = torch.cat([torch.ones_like(after[:, :1]), after[:, :-1]], dim=1)
        of_risk = params.logit.softmax(dim=2).transpose(1, 2)
        event = (before * -torch.expm1(self.log_stay(params)))[:, None]
        return (event * of_risk).cumsum(dim=2)

    def risk(self, params: Hazards) -> Tensor:  # type: ignore[override]
        """float[B, width_forecast]: survival, then incidences, at the ends of the bins."""
        if self.risks == 1:
            return self.survival(params)
        return torch.cat([self.survival(params), self.incidence(params).flatten(1)], dim=1)

    def nll(self, params: Hazards, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, 1], zero with zero gradient where a row is not observed."""
        row = self.row_observed(observed)
        logit = torch.where(row[..., None], params.logit, 0.0)
        # A row that is not observed is read as one that was hardly watched.
        time, event, entry = self._read(label, row)
        low, length = self.edge[:-1], self.edge.diff()
        watched = self._share(time, low, length) - self._share(entry, low, length)
        # The first bin that ends at the time or after it; beyond the last one there is no event.
        bin_B = torch.searchsorted(self.edge[1:].contiguous(), time.contiguous())
        had = (event > 0) & (bin_B < self.bins)
        k = bin_B.clamp(max=self.bins - 1)
        in_bin = (torch.arange(self.bins, device=k.device) == k) & had
        any_event = logit.logsumexp(dim=2)
        stay = (softplus(any_event) * torch.where(in_bin, 0.0, watched)).sum(dim=1, keepdim=True)
        left = 1.0 - self._share(entry, low, length).gather(1, k)
        at_k = logit[torch.arange(len(k), device=k.device), k[:, 0]]
        cause = at_k.gather(1, (event.long() - 1).clamp(min=0)) - at_k.logsumexp(1, keepdim=True)
        happens = log_event(at_k.logsumexp(1, keepdim=True), left) + cause
        loss = stay - torch.where(had, happens, 0.0)
        return torch.where(row, loss, 0.0)

    def _read(self, label: Tensor, row: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """time, event and entry, [B, 1] each, 0 where not observed."""
        known = torch.where(row, label, 0.0).to(self.edge.dtype)
        entry = known[:, 2:3] if self.columns == 3 else torch.zeros_like(known[:, :1])
        return known[:, :1], known[:, 1:2], entry

    @staticmethod
    def _share(day: Tensor, low: Tensor, length: Tensor) -> Tensor:
        """float[B, J]: the share of each bin that lies before a day; 0 of a bin of no length."""
        inside = (day - low) / torch.where(length > 0, length, 1.0)
        return inside.clamp(0.0, 1.0) * (length > 0)

    def error(  # type: ignore[override]
        self, params: Hazards, label: Tensor, observed: Tensor
    ) -> Tensor:
        """float[B, 1]: the loss relative to that of the life table on training rows, zero where
        unobserved.

        The logarithmic score is proper and, unlike a Brier score, needs no weights for censoring
        nor for late entry; 1 is as good as one curve for all.
        """
        return self.nll(params, label, observed) / self.base_loss

    def survival_curves(self, mean: np.ndarray) -> SurvivalCurves:
        """Curves of forecasts ``mean`` float[n, width_forecast], from day 0 on.

        Between ends of bins they are straight lines. Raises InputError as SurvivalCurves.
        """
        return forecast_curves(self.times_days, mean)


def forecast_curves(times_days: np.ndarray, mean: np.ndarray) -> SurvivalCurves:
    """Curves from day 0 on of forecasts ``mean`` float[n, width_forecast] of a head whose bins end
    at ``times_days`` float[J]. Raises InputError as SurvivalCurves."""
    days = np.concatenate([[0.0], times_days])
    curve = np.concatenate([np.ones((len(mean), 1)), mean[:, : len(times_days)]], axis=1)
    own = np.concatenate([[True], np.diff(days) > 0])
    return SurvivalCurves.of(days[own], curve[:, own])


def log_event(any_event: Tensor, left: Tensor) -> Tensor:
    """log(1 - q^left) where q = 1 / (1 + exp(any_event)), finite for any log-odds and left > 0."""
    # log of -log q: for rare events it is the log-odds themselves.
    rare = any_event < -10.0
    usual = softplus(torch.where(rare, 0.0, any_event)).log()
    rate = torch.where(rare, any_event, usual)
    return log1mexp_of_log(rate + left.clamp(min=1e-6).log())
