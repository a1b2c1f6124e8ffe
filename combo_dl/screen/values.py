"""Values of an endpoint for blocks of sets: those of ``predict``, and those of each network."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
import torch

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.data.risk_calibration import NONE
from combo_dl.infer.bundle_reader import BundleParts
from combo_dl.infer.device import computing
from combo_dl.kernels.inputs import KernelInputs, kernel_inputs
from combo_dl.nn.set_scores import SetScores
from combo_dl.screen.combos import Block, runs_of, sets_of
from combo_dl.screen.levels import SupportLevels
from combo_dl.screen.states import StudyStates

TABLE_BYTES = 2 << 30
_KERNEL_ROWS = 4096


@dataclass(frozen=True, kw_only=True)
class Values:
    """Of n sets in U profiles, in the endpoint's unit: mean float32[U, n], what ``predict`` says;
    members float32[M, U, n], what it would say of each network alone."""

    mean: np.ndarray
    members: np.ndarray


@dataclass(kw_only=True)
class EndpointValues:
    """One column of an endpoint under the study that it is predicted in.

    name: of the column.  column: its place among those of the endpoint.  first: whether the kernel
    ridge learned from the study.  precision: of matrix products over pairs, float32 or bf16.
    """

    name: str
    endpoint: Endpoint
    column: int
    states: StudyStates
    first: bool
    precision: str = "float32"
    _tables: dict[int, torch.Tensor] = field(default_factory=dict)
    _scores: dict[int, SetScores] = field(default_factory=dict)

    @property
    def parts(self) -> BundleParts:
        """Of the bundle."""
        return self.states.asked.parts

    def of(self, block: Block) -> Values:
        """Values of a block, over all profiles of the screen."""
        sets = sets_of(block, self.states.drugs)
        made = [self._member(m, block, sets) for m in range(len(self.parts.members))]
        found = self._calibrated(np.stack(made), sets)
        place = self.states.place
        if np.array_equal(place, np.arange(len(self.states.used))):
            return found
        return Values(mean=found.mean[place], members=found.members[:, place])

    def _member(self, member: int, block: Block, sets: np.ndarray) -> np.ndarray:
        """float32[U, n]: natural mean of one network; of survival its days."""
        scores = self._scored(member)
        # States, made above, are in float32; products over pairs are where the time goes.
        with computing(self.parts.device, self.precision):
            found = self._means(member, scores, block, sets).float().cpu()
        if not self.endpoint.is_survival:
            return found[..., 0].numpy()
        head, (u, n, w) = self.parts.members[member].heads[self.endpoint.name], found.shape
        curves = head.survival_curves(found.reshape(u * n, w).numpy())  # type: ignore[operator]
        days = curves.restricted_mean_days(float(self.endpoint.horizon_days or 0.0))
        return days.reshape(u, n).astype(np.float32)

    def _means(
        self, member: int, scores: SetScores, block: Block, sets: np.ndarray
    ) -> torch.Tensor:
        """[U, n, W]: natural means where the network computes."""
        ids = torch.from_numpy(sets).to(self.parts.device)
        runs = runs_of(block, self.states.drugs) if block.size == 2 else []
        if block.size > 1 and scores.additive:
            pairs = scores.tables(runs) if runs else self._from_tables(member, scores, ids)
            return scores.of_parts(ids, pairs)[..., None]
        return scores.runs(runs) if runs else scores.sets(ids)

    def _scored(self, member: int) -> SetScores:
        if member not in self._scores:
            if not self.states.keep:
                self._scores.clear()
            column = None if self.endpoint.is_survival else self.column
            net, states = self.parts.runners[member], self.states.of(member)
            self._scores[member] = SetScores(net, self.endpoint.name, states, column)
        return self._scores[member]

    def _from_tables(self, member: int, scores: SetScores, ids: torch.Tensor) -> torch.Tensor:
        """[U, n]: the sums of what the pairs of sets int64[n, K] add, each looked up."""
        count = self.states.drugs
        if member not in self._tables:
            self._tables[member] = self._table(scores)
        made = []
        for pairs in self._tables[member]:
            total = pairs.new_zeros(len(ids))
            for i, j in combinations(range(ids.shape[1]), 2):
                total += pairs.index_select(0, ids[:, i] * count + ids[:, j])
            made.append(total)
        return torch.stack(made)

    def _table(self, scores: SetScores) -> torch.Tensor:
        """[U, D * D]: what each pair adds, the drug before in the order first."""
        count = self.states.drugs
        need = 4 * count * count * scores.profiles * len(self.parts.members)
        if need > TABLE_BYTES:
            raise ConfigError(
                f"sets of three of {count} drugs over {scores.profiles} profiles need tables of "
                f"{need / 2**30:.1f} GiB; at most {TABLE_BYTES >> 30} are made: name fewer drugs "
                "or profiles, or ask for size=2"
            )
        device = self.parts.device
        table = torch.zeros(scores.profiles, count, count, device=device)
        upper = torch.ones(count, count, dtype=torch.bool, device=device).triu(1)
        table[:, upper] = scores.tables([(i, i + 1, count) for i in range(count - 1)]).float()
        return table.view(scores.profiles, -1)

    def _calibrated(self, members: np.ndarray, sets: np.ndarray) -> Values:
        """Of natural means [M, U, n], as ``infer.outcomes`` makes an outcome of them."""
        mean = members.mean(axis=0, dtype=np.float64)
        if self.endpoint.is_survival:
            return Values(mean=mean.astype(np.float32), members=members)
        if self.endpoint.is_risk:
            return self._risks(mean, members, sets)
        if self._mixed:
            mean, members = self._with_kernel(mean, members, sets)
        low, high = self._bounds
        return Values(
            mean=np.clip(mean, low, high).astype(np.float32), members=np.clip(members, low, high)
        )

    @property
    def _bounds(self) -> tuple[float, float]:
        low, high = self.endpoint.bounds
        return -np.inf if low is None else low, np.inf if high is None else high

    def _risks(self, mean: np.ndarray, members: np.ndarray, sets: np.ndarray) -> Values:
        law = self.parts.risk_laws.get(self.endpoint.name, NONE)
        made, own = np.empty(mean.shape, np.float32), np.empty(members.shape, np.float32)
        for u in range(len(mean)):
            groups = self.levels.groups(u)
            level = self.levels.of(sets, u)
            for place in np.unique(level):
                at, group = np.flatnonzero(level == place), groups[place]
                made[u, at] = law.risk(mean[u, at][:, None], [group])[:, 0]
                for m in range(len(members)):
                    own[m, u, at] = law.risk(members[m, u, at][:, None], [group])[:, 0]
        return Values(mean=made, members=own)

    @property
    def _mixed(self) -> bool:
        laws, kernels = self.parts.laws, self.parts.kernels
        return laws is not None and self.name in laws and kernels is not None and self.first

    def _with_kernel(
        self, mean: np.ndarray, members: np.ndarray, sets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        assert self.parts.laws is not None
        law = self.parts.laws[self.name]
        made, own = np.empty_like(mean), np.empty_like(members)
        for u in range(len(mean)):
            groups, level = self.levels.groups(u), self.levels.of(sets, u)
            kernel = self._kernel(sets, u)
            for place in np.unique(level):
                at, group = np.flatnonzero(level == place), groups[place]
                # One text stands for all rows of a group: the share of each is the same.
                share = float(law.mixed(np.ones(1), np.zeros(1), [group])[0][0])
                known = np.where(np.isnan(kernel[at]), 1.0, share)
                other = np.nan_to_num(kernel[at])
                made[u, at] = known * mean[u, at] + (1 - known) * other
                own[:, u, at] = known * members[:, u, at] + (1 - known) * other
        return made, own

    def _kernel(self, sets: np.ndarray, profile: int) -> np.ndarray:
        """float64[n] of the kernel ridge in one profile; NaN where it has no such column."""
        kernels = self.parts.kernels
        assert kernels is not None
        made = []
        for start in range(0, len(sets), _KERNEL_ROWS):
            part = sets[start : start + _KERNEL_ROWS]
            given = self._kernel_inputs(part, int(self.states.used[profile]))
            found = kernels.predict(given, np.arange(len(part)))
            made.append(found.get(self.name, np.full(len(part), np.nan)))
        return np.concatenate(made)

    def _kernel_inputs(self, sets: np.ndarray, profile: int) -> KernelInputs:
        base = self._kernel_base
        states, seen = base.states[:, [profile]], base.has_state[:, [profile]]
        return KernelInputs(
            drugs=sets,
            present=np.ones(sets.shape, bool),
            profile=np.zeros(len(sets), np.int64),
            of_drugs=base.of_drugs,
            of_profiles=base.of_profiles.take(np.array([profile])),
            states=states,
            has_state=seen,
        )

    @cached_property
    def _kernel_base(self) -> KernelInputs:
        return kernel_inputs(self.states.inputs.world, self.states.inputs.tensors)

    @cached_property
    def levels(self) -> SupportLevels:
        """Support of sets under the study."""
        asked = self.states.asked
        fitted = asked.fitted_study
        seen = np.full(len(self.states.used), -1, np.int64)
        at = np.searchsorted(self.states.used, self.states.inputs.tensors.profile.numpy())
        seen[at] = asked.profile_ids
        return SupportLevels(
            known=asked.known_drugs,
            pairs=fitted.pairs,
            triples=fitted.triples,
            seen=seen,
            space_none=asked.part.people.space == "none",
        )
