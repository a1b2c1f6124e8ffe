"""Dimensions: the sizes that come from data, never from configuration.

Legend of the shape suffixes used in this room: B rows of a batch, K drugs in a combination, D drugs
of the world, T targets, A atoms, M bonds, U profiles of a batch, C profile components, W columns of
an endpoint, H width of a vector, P pairs of drugs, R length of a drug's single-drug response, F of
a single-drug curve in one profile.
"""

from dataclasses import asdict, dataclass, field

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import FormatError


@dataclass(frozen=True, kw_only=True)
class ProfileDimensions:
    """Sizes of one study's profiles: components, levels of each category field, and known profiles
    (0 for patients, who never get a vector of their own)."""

    components: int
    levels: tuple[int, ...]
    known: int


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """Sizes of the drug world and of each study's profiles.

    response, curve: R and F, 0 where single-drug curves are not used (also in a bundle from before
    they were known).  columns: {endpoint: names of its W columns}.  known_pairs: of training drugs,
    that stand together in a training row (0 in a bundle from before they were counted).  genes:
    names of what profiles say of the genes that a drug acts on, two numbers each.
    """

    fingerprint: int
    target: int
    classes: int
    known_drugs: int
    graph_targets: int
    relations: tuple[str, ...]
    profiles: dict[str, ProfileDimensions]
    response: int = 0
    curve: int = 0
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    known_pairs: int = 0
    genes: tuple[str, ...] = ()

    def names(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Names of the columns that are predicted of an endpoint: a label may have many."""
        return self.columns.get(endpoint.name, endpoint.columns)

    def to_json(self) -> dict:
        """Plain values for a JSON file; no genes where none are told, as before they could be."""
        return {k: v for k, v in asdict(self).items() if k != "genes" or v}

    @classmethod
    def from_json(cls, raw: dict) -> "Dimensions":
        """The inverse of ``to_json``. Raises FormatError."""
        try:
            profiles = {
                name: ProfileDimensions(**(p | {"levels": tuple(p["levels"])}))
                for name, p in raw["profiles"].items()
            }
            columns = {name: tuple(names) for name, names in raw.get("columns", {}).items()}
            own = {"profiles": profiles, "relations": tuple(raw["relations"]), "columns": columns}
            own["genes"] = tuple(raw.get("genes", ()))
            return cls(**(raw | own))
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"broken dimensions {raw!r}: {error}") from error
