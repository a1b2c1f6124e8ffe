"""Drugs and profiles of a screen, encoded once for each network of a bundle."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from combo_dl.infer.asked import AskedInputs, AskedPart
from combo_dl.nn.set_scores import Encoded, encoded_states

STATE_BYTES = 1 << 30  # states of all networks up to this size are kept


@dataclass(kw_only=True)
class StudyStates:
    """The part of a request under one study, and what its networks make of drugs and profiles.

    place: int64[U], the row of ``used`` that is each profile of the screen.  used: int64[P'], the
    profiles of the study that occur: one where the study knows none of the screen's.
    """

    asked: AskedPart
    inputs: AskedInputs
    place: np.ndarray
    used: np.ndarray
    keep: bool
    _vectors: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    _states: dict[int, Encoded] = field(default_factory=dict)

    @property
    def drugs(self) -> int:
        """D."""
        return len(self.inputs.world)

    def bytes_of_states(self) -> int:
        """Memory of the states of all networks, with the drugs' own part of the first layer."""
        nets = self.asked.parts.runners
        width = max(
            int(net.fusion.width_state) + int(net.fusion.width_out)  # type: ignore[arg-type]
            for net in nets
        )
        return 4 * width * len(nets) * self.drugs * len(self.used)

    def of(self, member: int) -> Encoded:
        """States of one network; made again where those of all are too many to keep (``keep``)."""
        if member in self._states:
            return self._states[member]
        if not self.keep:
            self._states.clear()
        x, p = self._encoded(member)
        tensors = self.inputs.tensors
        told = tensors.told_of(torch.from_numpy(self.used))
        told = {k: v.to(x.device) for k, v in told.items()}
        known = self.inputs.world.known_id.to(x.device)
        net = self.asked.parts.runners[member]
        self._states[member] = encoded_states(net, x, p, told, known)
        return self._states[member]

    def _encoded(self, member: int) -> tuple[Tensor, Tensor]:
        """Vectors of the drugs and of the profiles: once a network, whatever is kept."""
        if member not in self._vectors:
            net, tensors = self.asked.parts.runners[member], self.inputs.tensors
            device = self.asked.parts.device
            rows = torch.from_numpy(self.used)
            fields = (tensors.number, tensors.seen, tensors.category, tensors.known_profile)
            with torch.no_grad():
                x = net.encode_drugs(self.inputs.related.to(device))[: self.drugs]
                p = net.profiles[tensors.study](*(t[rows].to(device) for t in fields))
            self._vectors[member] = x, p
        return self._vectors[member]


def study_states(asked: AskedPart, profiles: int, *, keep: bool = True) -> StudyStates:
    """``asked``: a request whose row n is in the screen's profile n % ``profiles``."""
    inputs = asked.inputs()
    of_row = inputs.tensors.profile.numpy()
    place = np.full(profiles, -1, np.int64)
    place[asked.part.rows % profiles] = of_row
    used = np.unique(place[place >= 0])
    return StudyStates(
        asked=asked,
        inputs=inputs,
        place=np.where(place >= 0, np.searchsorted(used, place), -1),
        used=used,
        keep=keep,
    )
