"""Of how many people each name and number of a bundle is, counted in the study."""

from collections.abc import Callable

import numpy as np

from combo_dl.core.study import Study
from combo_dl.infer.bundle_reader import BundleParts


def study_counts(parts: BundleParts, study: Study) -> dict[str, int]:
    """{what: people}: the study, each drug, pair and drug alone that the bundle knows, each level
    of a field that occurs, each number field. A level that nobody has is a word of the protocol."""
    fitted = parts.fitted.studies[study.name]
    names = parts.fitted.catalog.drugs.names
    given = _given(study)
    size = study.combos.size
    made = {"people": people(study, np.ones(len(study), bool))}
    for name in names:
        made[f"drug {name}"] = people(study, given(name))
    for a, b in fitted.pairs:
        both = given(names[a]) & given(names[b])
        made[f"pair {names[a]} + {names[b]}"] = people(study, both)
    for drug in fitted.alone:
        made[f"{names[drug]} alone"] = people(study, given(names[drug]) & (size == 1))
    return made | _fields(study)


def _given(study: Study) -> Callable[[str], np.ndarray]:
    index = {name: i for i, name in enumerate(study.drugs.names)}

    def given(name: str) -> np.ndarray:
        """bool[N]: rows in which the drug was given."""
        return (study.combos.drugs == index.get(name, -2)).any(axis=1)

    return given


def _fields(study: Study) -> dict[str, int]:
    made = {}
    profile, profiles = study.combos.profile, study.profiles
    for place, field in enumerate(profiles.category_fields):
        own = profiles.category[profile, place]
        for code, level in enumerate(field.levels):
            found = people(study, own == code)
            if found:
                made[f"{field.name} {level}"] = found
    for place, field in enumerate(profiles.number_fields):
        made[f"{field.name} known"] = people(study, ~np.isnan(profiles.number[profile, place]))
    return made


def people(study: Study, rows: np.ndarray) -> int:
    """How many people the rows bool[N] are of."""
    return len(np.unique(study.combos.profile[rows]))
