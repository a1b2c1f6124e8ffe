"""The protocol of a benchmark: which split, which models beside the model, what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.study import HOSPITAL, Study
from combo_dl.data.cohort_split import CohortFolds
from combo_dl.data.entry_split import EntryFolds
from combo_dl.data.published_split import PublishedTest
from combo_dl.data.splits import DrugFolds, FieldFolds, GivenFolds, Split, UnitFolds
from combo_dl.data.time_split import UNIT as TIME
from combo_dl.data.time_split import TimeFolds
from combo_dl.evaluate.alone_rates import ALONE
from combo_dl.evaluate.baselines import DESIGNS, check_known
from combo_dl.nn.build import NetworkSpec
from combo_dl.train.settings import TrainSettings

TREES, TWIN, SHUFFLED = "trees", "one_hot", "shuffled"
OF_RISKS = (
    "prevalence",
    "frequency",
    "dose_rank",
    "logistic",
    "logistic_fields",
    "tmb",
    "loris",
    "scores",
    "best_score",
    "clinical",
    "boosted",
    "single_drugs",
)
OF_SURVIVAL = ("kaplan_meier", "kaplan_meier_cancer", "cox", "loris")
KNOWN = list(dict.fromkeys([*DESIGNS, ALONE, TREES, *OF_RISKS, *OF_SURVIVAL, TWIN, SHUFFLED]))
TITLES = {
    "pair": "leave-combination-out",
    "drug": "leave-drug-out",
    "profile": "leave-profile-out",
    TIME: "leave-future-out",
    "group": "random rows (flatters: a pair stands on both sides)",
}
ENTRIES = "random entries (the usual protocol; flatters: the pair stands on both sides)"


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings:
    """train: the model.  baselines: names of closed forms; ``trees``; ``one_hot``, the model's twin
    that knows drugs and profiles by name only; ``shuffled``, the network on shuffled labels; and
    those OF_RISKS and OF_SURVIVAL. Each is used for the endpoints that it can predict; where none
    of OF_RISKS is named, a risk gets all that it can, and so does survival of OF_SURVIVAL.
    command: what was typed, for the record.  membership: whether an attack on the networks is made
    too, which tells who was learned from."""

    train: TrainSettings
    baselines: tuple[str, ...]
    command: str = ""
    membership: bool = False

    @property
    def of_risks(self) -> tuple[str, ...]:
        """Names of the baselines of risks."""
        return tuple(n for n in self.baselines if n in OF_RISKS) or OF_RISKS

    @property
    def of_survival(self) -> tuple[str, ...]:
        """Names of the baselines of survival."""
        return tuple(n for n in self.baselines if n in OF_SURVIVAL) or OF_SURVIVAL

    def validate(self) -> "EvaluateSettings":
        """Itself. Raises ConfigError."""
        for name in self.baselines:
            check_known(name, KNOWN)
        if self.train.folds == "none":
            raise ConfigError("folds is none: nothing is held out to evaluate on; say folds=all")
        return self


def refuse_survival(endpoints: Iterable[Endpoint]) -> None:
    """Raise ConfigError on an endpoint of survival: its label is no number that a bundle's other
    endpoint could be compared with as a measurement."""
    names = [e.name for e in endpoints if e.is_survival]
    if names:
        raise ConfigError(
            f"a bundle is not scored on the survival of a study that it never saw "
            f"({', '.join(names)}): train on one study and test on cohorts of it, as in "
            "combo-dl evaluate experiment=ici_loris_survival split.by=cohort"
        )


def unit_of(split: Split) -> str:
    """What a split holds apart: pair, drug, profile, time, or group (replicates alone, or
    single entries of them: scores flatter)."""
    if isinstance(split, GivenFolds | UnitFolds):
        return split.unit
    of_profiles: dict[type, str] = dict.fromkeys(
        (FieldFolds, PublishedTest, CohortFolds), "profile"
    )
    named = of_profiles | {DrugFolds: "drug", TimeFolds: TIME}
    return named.get(type(split), "group")


def folds_differ(split: Split) -> bool:
    """Whether each fold is a question of its own, such as another cohort, and not one draw of
    several."""
    return isinstance(split, CohortFolds) or (
        isinstance(split, PublishedTest) and split.by is not None
    )


def title_of(split: Split) -> str:
    """What people call the split."""
    if isinstance(split, FieldFolds):
        return f"leave-{split.field}-out"
    if isinstance(split, CohortFolds):
        return f"leave-{split.column}-out, nobody of its {split.apart} learned from"
    if isinstance(split, GivenFolds) and split.column == HOSPITAL:
        return f"leave-{HOSPITAL}-out"
    if isinstance(split, PublishedTest):
        each = split.by
        return "published test set" if each is None else f"published training, {each} by {each}"
    if isinstance(split, EntryFolds):
        return ENTRIES
    return TITLES[unit_of(split)]


def one_hot_twin(settings: TrainSettings) -> TrainSettings:
    """The same network, one seed, without structures, targets, classes, relations, curves, profile
    fields or kernels."""
    spec = settings.network
    twin = replace(
        spec,
        model=spec.model | {"ids": True, "targets": False, "classes": False, "id_dropout": 0.0},
        molecule={},
        relation={"_target_": "combo_dl.nn.relation.no_relation.NoRelation"},
        profile={"_target_": "combo_dl.nn.profile.one_hot.OneHotProfile"},
        response={},
        genes={},
    )
    return _alone(settings, twin, TWIN)


def shuffled_control(settings: TrainSettings) -> TrainSettings:
    """The same network, one seed, for shuffled labels."""
    return _alone(settings, settings.network, SHUFFLED)


def _alone(settings: TrainSettings, network: NetworkSpec, folder: str) -> TrainSettings:
    return replace(settings, network=network, out=settings.out / folder, seeds=1, kernel=None)


def with_shuffled_labels(study: Study, *, seed: int) -> Study:
    """The study with its rows' labels in another order: what is learned from it means nothing."""
    order = np.random.default_rng(seed).permutation(len(study))
    labels = {name: label[order] for name, label in study.combos.labels.items()}
    return replace(study, combos=replace(study.combos, labels=labels))
