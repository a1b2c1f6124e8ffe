"""The sizes that a network takes from data."""

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.label_names import label_names
from combo_dl.core.monotherapy import FIELDS
from combo_dl.core.study import Study
from combo_dl.data.fitted import Fitted
from combo_dl.nn.dimensions import Dimensions, ProfileDimensions


def column_names(studies: list[Study], endpoint: Endpoint) -> tuple[str, ...]:
    """Names of the columns of an endpoint's labels, of the first study that has them all."""
    for study in studies:
        if all(c in study.combos.labels for c in endpoint.columns):
            return tuple(name for c in endpoint.columns for name in label_names(study, c))
    return endpoint.columns


def dimensions_of(
    fitted: Fitted, studies: list[Study], endpoints: dict[str, Endpoint]
) -> Dimensions:
    """The sizes that a network takes from data."""
    relations = tuple("|".join(r) for r in sorted(fitted.graph.edges))
    profiles = {}
    for study in studies:
        part = fitted.studies[study.name]
        levels = tuple(len(f.levels) for f in study.profiles.category_fields)
        profiles[study.name] = ProfileDimensions(
            components=part.profile_width, levels=levels, known=len(part.known)
        )
    return Dimensions(
        fingerprint=len(fitted.drugs.fingerprint.kept),
        target=len(fitted.drugs.target.kept),
        classes=len(fitted.drugs.classes),
        known_drugs=len(fitted.known_drugs),
        graph_targets=len(fitted.graph.targets),
        relations=relations,
        profiles=profiles,
        response=fitted.response_width,
        columns={n: column_names(studies, e) for n, e in endpoints.items()},
        known_pairs=len(fitted.known_pairs()),
        curve=len(FIELDS) + 1 if fitted.has_curves else 0,
        genes=fitted.gene_parts,
    )
