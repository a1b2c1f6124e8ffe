"""HillHead: viability at given doses, from which every synergy score can be computed.

Each drug in a profile has a Hill curve of its own (Hill AV. J Physiol 1910;40:iv-vii),

    s(d) = 1 - emax * d^slope / (ec50^slope + d^slope),

drugs that do not interact multiply (Bliss CI. Ann Appl Biol 1939;26:585-615), and each pair bends
the product on the log scale:

    log V = sum over drugs of log s(d) - sum over pairs of sum over c of A_c u_c(a) u_c(b),

where u_c is the share d^n / (k^n + d^n) of a further Hill curve of the drug in that channel: a drug
without an effect of its own can thus make another one stronger. The amplitudes A_c are linear in
the pair vector and have either sign (synergy, antagonism). So one drug alone has no interaction, a
dose of 0 is the drug left out, and the order of drugs cannot matter, each exactly.
"""

import math

import torch
from torch import Tensor, nn

from combo_dl.nn.head.dosed_sets import DosedSets
from combo_dl.nn.head.location_scale import LocationScale, LocationScaleHead

_LN10 = math.log(10.0)
# log10 of um about which, and decades over which, states place an ec50: screens use 1e-5 to 250 um.
_LOG_EC50, _DECADES = -0.5, 2.0
_SLOPES = (0.3, 5.0)
_MOST_KILLED = 0.999  # below 1, so that the log of what survives is finite
# A strong interaction leads no further: a viability above 0 in single precision, and as much beyond
# the control as drugs make cells grow.
_LEAST, _MOST = 1e-12, 1.5


class HillHead(LocationScaleHead):
    """Wells to a Student-t law of their viability (share of the control); likelihood, quantiles and
    summary are those of LocationScaleHead.

    channels: of the interaction.  width_state: H of states.  width_in: H of pair vectors.
    width_out: 1, since a row is one well.  The scale depends on the viability alone.
    """

    reads_doses = True

    def __init__(
        self,
        *,
        degrees: float | None,
        mean_weight: float,
        channels: int,
        width_state: int,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        if width_out != 1:
            raise ValueError(f"a viability has 1 column, not {width_out}; a row is one well")
        if channels < 1:
            raise ValueError(f"channels is {channels!r}; expected 1 or more")
        super().__init__(
            degrees=degrees,
            mean_weight=mean_weight,
            hidden=0,
            dropout=0.0,
            width_in=3,
            width_out=width_out,
            bounds=bounds,
        )
        del self.location  # a viability is made of curves, not of one linear map
        self.channels = channels
        self.curve = nn.Linear(width_state, 3)
        self.share = nn.Linear(width_state, 2 * channels)
        # Without bias: a pair that is not there has no interaction.
        self.amplitude = nn.Linear(width_in, channels, bias=False)

    def forward(self, sets: DosedSets) -> LocationScale:  # type: ignore[override]
        """Parameters of B wells. location: (viability - centre) / size."""
        viability = self.viability(sets)
        # What noise goes with a viability must not bend the curves.
        v = viability.detach()
        log_scale = self.log_scale(torch.cat([v, v**2, v**3], dim=1)).clamp(-5.0, 3.0)
        unknown = ~sets.known_BK.all(dim=1, keepdim=True)
        return LocationScale(
            location=(viability - self.centre) / self.size,
            # Of a well at an unknown dose no more is known than of any well.
            log_scale=torch.where(unknown, log_scale.clamp(min=0.0), log_scale),
            offset=torch.ones_like(viability),
        )

    def viability(self, sets: DosedSets) -> Tensor:
        """float[B, 1], above 0 and at most 1.5."""
        alone = torch.log1p(-self._killed(sets)).sum(dim=1, keepdim=True)
        log_viability = alone - self.interaction(sets)
        return log_viability.clamp(math.log(_LEAST), math.log(_MOST)).exp()

    def single(self, sets: DosedSets) -> Tensor:
        """float[B, K]: viability under each drug of a row alone; 1 where there is none."""
        return 1.0 - self._killed(sets)

    def interaction(self, sets: DosedSets) -> Tensor:
        """float[B, 1]: how far log viability lies below that of independence; 0 for one drug."""
        total = sets.log_dose_BK.new_zeros(len(sets.set_B), 1)
        if not sets.pairs:
            return total
        ec50, _, _ = self._curves(sets)
        raw = self.share(sets.h_SKH)
        shift, slope = raw[..., : self.channels], _slope(raw[..., self.channels :])
        amplitude = self.amplitude(sets.z_SPH)
        u_BKC = self._share(sets, ec50[..., None] + shift, slope)
        for p, (i, j) in enumerate(sets.pairs):
            both = u_BKC[:, i] * u_BKC[:, j]
            of_row = amplitude[:, p].index_select(0, sets.set_B)
            total = total + (of_row * both).sum(dim=1, keepdim=True)
        return total

    def _killed(self, sets: DosedSets) -> Tensor:
        ec50, slope, emax = self._curves(sets)
        share = self._share(sets, ec50[..., None], slope[..., None])[..., 0]
        return emax.index_select(0, sets.set_B) * share

    def _curves(self, sets: DosedSets) -> tuple[Tensor, Tensor, Tensor]:
        """log10 ec50, slope and emax, float[S, K] each."""
        raw = self.curve(sets.h_SKH)
        ec50 = _LOG_EC50 + _DECADES * raw[..., 0]
        return ec50, _slope(raw[..., 1]), _MOST_KILLED * torch.sigmoid(raw[..., 2])

    def _share(self, sets: DosedSets, log_half: Tensor, slope: Tensor) -> Tensor:
        """float[B, K, C]: the share of its effect that a dose has; 0 where no drug is taken.

        At an unknown dose a drug has half of it.
        """
        half, steep = (t.index_select(0, sets.set_B) for t in (log_half, slope))
        away = torch.where(sets.known_BK[..., None], sets.log_dose_BK[..., None] - half, 0.0)
        share = torch.sigmoid(_LN10 * steep * away)
        return torch.where(sets.taken_BK[..., None], share, 0.0)


def _slope(raw: Tensor) -> Tensor:
    """Slopes between the least and the largest that a curve of eight doses can tell."""
    low, high = (math.log(s) for s in _SLOPES)
    middle = (0.0 - low) / (high - low)  # a raw 0 is a slope of 1, the law of mass action
    share = torch.sigmoid(raw + math.log(middle / (1.0 - middle)))
    return torch.exp(low + (high - low) * share)
