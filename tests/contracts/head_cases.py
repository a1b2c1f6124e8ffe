"""What the contracts of heads share: labels that suit a head, and sets of drugs at doses."""

import torch
from torch import Tensor

from combo_dl.nn.build import build_part, part_class
from combo_dl.nn.head.bernoulli import BernoulliHead
from combo_dl.nn.head.dosed_sets import DosedSets, log10_of_log1p, pair_places
from combo_dl.nn.head.hazard import HazardHead
from combo_dl.nn.head.location_scale import LocationScaleHead


def head_class(spec: dict) -> type:
    return part_class("head", spec["_target_"])


def reads_doses(spec: dict) -> bool:
    return getattr(head_class(spec), "reads_doses", False)


def is_continuous(spec: dict) -> bool:
    """Whether labels are numbers with a location and a scale."""
    return issubclass(head_class(spec), LocationScaleHead)


def label_width(spec: dict, outcomes: int) -> int:
    """Columns of a label of so many outcomes: follow-up has three columns and is one outcome."""
    return 3 if joins_columns(spec) else outcomes


def joins_columns(spec: dict) -> bool:
    return getattr(head_class(spec), "joins_columns", False)


def random_label(spec: dict, *shape: int) -> Tensor:
    """Labels of a head: 0 or 1 of a risk, a grade, a viability, days and events, or any number."""
    if issubclass(head_class(spec), HazardHead):
        return random_follow_up(shape[0], risks=spec["risks"])
    if issubclass(head_class(spec), BernoulliHead):
        return (torch.rand(*shape) > 0.6).float()
    if "grades" in spec:
        return torch.randint(0, spec["grades"] + 1, shape).float()
    return torch.rand(*shape) * 1.2 if reads_doses(spec) else torch.randn(*shape) * 20 + 5


def random_follow_up(n: int, *, risks: int) -> Tensor:
    """float32[n, 3]: time_days, event and entry_days; half of the patients came in late."""
    time = torch.rand(n) * 900 + 1
    entry = time * torch.rand(n) * 0.9 * (torch.rand(n) > 0.5)
    event = torch.randint(0, risks + 1, (n,)).float()
    return torch.stack([time, event, entry], dim=1)


def built_head(spec: dict, sizes: dict) -> torch.nn.Module:
    """A head fitted to random labels, its weights as far from the start as training leads."""
    head = build_part("head", spec, sizes).eval()
    if not is_continuous(spec):
        for weight in head.parameters():
            torch.nn.init.normal_(weight, std=0.5)
    label, observed = random_label(spec, 50, sizes["width_out"]), torch.rand(50, 1) > 0.2
    head.fit(label, observed.expand(label.shape), torch.rand(50) + 0.5)
    return head


def made_sets(h_SKH, size, dose_BK, *, known=None, pair=None, width=8) -> DosedSets:
    """Sets of the first ``size`` drugs, each with as many rows of ``dose_BK`` as another.

    pair: [H, width], from the product of two states to a pair vector, the same in either order.
    """
    H = h_SKH.shape[2]
    present = torch.arange(h_SKH.shape[1]) < torch.as_tensor(size)[:, None]
    weight = torch.linspace(-1, 1, H * width).reshape(H, width) if pair is None else pair
    pairs = pair_places(h_SKH.shape[1])
    z = [
        ((h_SKH[:, i] * h_SKH[:, j]) @ weight) * (present[:, i] & present[:, j])[:, None]
        for i, j in pairs
    ]
    of = torch.arange(len(h_SKH)).repeat_interleave(len(dose_BK) // len(h_SKH))
    there = present[of]
    known = there if known is None else known
    return DosedSets(
        h_SKH=h_SKH,
        present_SK=present,
        z_SPH=torch.stack(z, dim=1) if z else h_SKH.new_zeros(len(h_SKH), 0, 1),
        pairs=pairs,
        set_B=of,
        log_dose_BK=log10_of_log1p(torch.log1p(dose_BK)),
        taken_BK=there & ((dose_BK > 0) | ~known),
        known_BK=known | ~there,
    )
