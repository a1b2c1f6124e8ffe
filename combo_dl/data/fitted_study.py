"""FittedStudy: what the training rows of one study taught, and its flat arrays."""

from dataclasses import dataclass, field, replace

import numpy as np

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import ConfigError
from combo_dl.core.monotherapy import TABLE, Curves, curves_of
from combo_dl.core.single_effects import TABLE as EFFECTS_TABLE
from combo_dl.core.single_effects import SingleEffects, single_effects
from combo_dl.core.study import Study
from combo_dl.data.dose_scale import DoseScale, fit_dose_scale
from combo_dl.data.effects_alone import EffectScaler, fit_effect_scaler
from combo_dl.data.gene_meeting import GeneGraph, GeneMeeting, fit_gene_meeting
from combo_dl.data.response import ResponseScaler, fit_response_scaler
from combo_dl.data.scale import ProfileScaler, fit_profile_scaler
from combo_dl.data.support import seen_pairs

NO_DRUGS = np.zeros(0, np.int32)


@dataclass(frozen=True, kw_only=True)
class FittedStudy:
    """What was learned from one study.

    known: names of its training profiles, in order of their ids (empty for patients).
    pairs: int32[n, 2] ascending catalog ids of the pairs seen in training rows.
    triples: int32[n, 3] the same with the id of the profile (empty for patients).
    alone: int32[n] catalog ids of the drugs that a training row has alone.
    doses: whether any training row had a known dose.  response, by_profile, curves: scalers of the
    single-drug curves of a drug and of a profile, and the curves, None where they are not used.
    dose_scale: typical doses, None where doses are all in one unit.  effects, single: scaler of the
    side effects that drugs have alone, and those, None where they are not used.  genes: how fields
    of genes meet drugs, None where they do not.
    """

    scaler: ProfileScaler
    known: tuple[str, ...]
    pairs: np.ndarray
    triples: np.ndarray
    alone: np.ndarray = field(default_factory=lambda: NO_DRUGS)
    doses: bool = False
    response: ResponseScaler | None = None
    by_profile: ResponseScaler | None = None
    curves: Curves | None = None
    dose_scale: DoseScale | None = None
    effects: EffectScaler | None = None
    single: SingleEffects | None = None
    genes: GeneMeeting | None = None

    @property
    def seen_drugs(self) -> np.ndarray:
        """int64[n] catalog ids of the drugs of its training rows, ascending."""
        return np.union1d(self.pairs.reshape(-1), self.alone).astype(np.int64)

    @property
    def profile_width(self) -> int:
        """Numbers that describe a profile: components of its fields, and of its response."""
        # The last number of a response says whether it is known: a mask, not a feature.
        extra = 0 if self.by_profile is None else self.by_profile.width - 1
        return self.scaler.width + extra


def fit_study(
    part: Study, world_ids: np.ndarray, *, max_fields: int, genes: GeneGraph | None = None
) -> FittedStudy:
    """Fit on the rows of ``part``. world_ids: int64[D] catalog id of each of its drugs.  genes:
    None = fields of genes do not meet drugs."""
    profile = part.combos.profile
    named = part.profiles.space == "cell_line"
    used = np.unique(profile[profile >= 0]) if named else np.zeros(0, np.int64)
    pairs, triples = seen_pairs(part, world_ids)
    return FittedStudy(
        scaler=fit_profile_scaler(part.profiles, profile, max_fields=max_fields),
        known=tuple(part.profiles.ids.names[i] for i in used),
        pairs=pairs,
        triples=triples if named else np.zeros((0, 3), np.int32),
        doses=bool((~np.isnan(part.combos.dose)).any()),
        dose_scale=fit_dose_scale(part),
        genes=None if genes is None else fit_gene_meeting(part.profiles, profile, genes),
        alone=np.unique(world_ids[part.combos.drugs[part.combos.size == 1, 0]]).astype(np.int32),
    )


def with_curves(
    fitted: dict[str, FittedStudy], parts: dict[str, Study], components: int
) -> dict[str, FittedStudy]:
    """The same with scalers of single-drug curves. Curves of drugs and profiles that are held out
    are kept, since they are inputs, but nothing is fitted on them."""
    having = [n for n, p in parts.items() if TABLE in p.tables and p.profiles.space == "cell_line"]
    if not having:
        raise ConfigError(
            f"single-drug curves are asked for and no study has the table {TABLE!r}; "
            "say response=none"
        )
    made = dict(fitted)
    for name in having:
        part = parts[name]
        curves = curves_of(part.tables[TABLE].to_pandas())
        drugs = np.unique(part.combos.drugs[part.combos.present])
        scaler = fit_response_scaler(
            curves,
            drugs=tuple(part.drugs.names[d] for d in drugs),
            profiles=fitted[name].known,
            components=components,
        )
        by_profile = fit_response_scaler(
            curves.by_profile(),
            drugs=fitted[name].known,
            profiles=tuple(part.drugs.names[d] for d in drugs),
            components=components,
        )
        made[name] = replace(fitted[name], response=scaler, by_profile=by_profile, curves=curves)
    return made


def with_effects(
    fitted: dict[str, FittedStudy], parts: dict[str, Study], components: int
) -> dict[str, FittedStudy]:
    """The same with scalers of what drugs do alone. Effects of drugs that are held out are kept,
    since they are inputs, but nothing is fitted on them."""
    having = [name for name, part in parts.items() if EFFECTS_TABLE in part.tables]
    if not having:
        raise ConfigError(
            f"side effects of single drugs are asked for and no study has the table "
            f"{EFFECTS_TABLE!r}; say response=none"
        )
    made = dict(fitted)
    for name in having:
        part = parts[name]
        single = single_effects(part.tables[EFFECTS_TABLE])
        drugs = np.unique(part.combos.drugs[part.combos.present])
        names = tuple(part.drugs.names[d] for d in drugs)
        scaler = fit_effect_scaler(single, drugs=names, components=components)
        made[name] = replace(fitted[name], effects=scaler, single=single)
    return made


def _effects_from(own: dict[str, np.ndarray]) -> dict:
    effects = under("effects", own)
    if not effects:
        return {}
    return {
        "effects": EffectScaler.from_arrays(effects),
        "single": SingleEffects.from_arrays(under("single", own)),
    }


def _response_from(own: dict[str, np.ndarray]) -> dict:
    response, by_profile = under("response", own), under("by_profile", own)
    if not response:
        return {}
    return {
        "response": ResponseScaler.from_arrays(response),
        # A bundle from before profiles had a response was trained without.
        "by_profile": ResponseScaler.from_arrays(by_profile) if by_profile else None,
        "curves": Curves.from_arrays(under("curves", own)),
    }


def profile_response(study: Study, part: FittedStudy, panel: Curves | None) -> np.ndarray | None:
    """float32[P, R]: what the training drugs do alone in each profile; None where not used."""
    known = panel or part.curves
    if part.by_profile is None or known is None or not len(study.profiles):
        return None
    return part.by_profile.drug_vectors(known.by_profile(), study.profiles.ids.names)


def relative_doses(study: Study, scale: DoseScale | None) -> np.ndarray:
    """float32[N, K] doses as a network reads them."""
    combos = study.combos
    if scale is None:
        return combos.dose
    names = np.array([*study.drugs.names, ""], dtype=object)[combos.drugs]
    return scale.relative(combos.dose, names)


def study_arrays(part: FittedStudy) -> dict[str, np.ndarray]:
    """Flat arrays (no objects) for an npz file."""
    own = prefixed("scaler", part.scaler.to_arrays())
    own |= {"known": text_array(part.known), "pairs": part.pairs, "triples": part.triples}
    own |= {"doses": np.array([part.doses]), "alone": part.alone}
    if part.response is not None and part.curves is not None:
        own |= prefixed("response", part.response.to_arrays())
        own |= prefixed("curves", part.curves.to_arrays())
    if part.by_profile is not None:
        own |= prefixed("by_profile", part.by_profile.to_arrays())
    if part.effects is not None and part.single is not None:
        own |= prefixed("effects", part.effects.to_arrays())
        own |= prefixed("single", part.single.to_arrays())
    if part.genes is not None:
        own |= prefixed("genes", part.genes.to_arrays())
    if part.dose_scale is not None:
        own |= prefixed("dose_scale", part.dose_scale.to_arrays())
    return own


def study_from_arrays(own: dict[str, np.ndarray]) -> FittedStudy:
    """The inverse of ``study_arrays``. Raises FormatError."""
    scale, genes = under("dose_scale", own), under("genes", own)
    return FittedStudy(
        scaler=ProfileScaler.from_arrays(under("scaler", own)),
        known=take_text(own, "known"),
        genes=GeneMeeting.from_arrays(genes) if genes else None,
        pairs=take(own, "pairs"),
        triples=take(own, "triples"),
        alone=own.get("alone", NO_DRUGS),
        # A bundle from before doses were noted was trained without.
        doses=bool(own["doses"].any()) if "doses" in own else False,
        dose_scale=DoseScale.from_arrays(scale) if scale else None,
        **_response_from(own),
        **_effects_from(own),
    )


def prefixed(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays under ``prefix:name``."""
    return {f"{prefix}:{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that ``prefixed`` put under ``prefix``, by their own names."""
    start = f"{prefix}:"
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
