"""The drugs of a screen: those named, those of a table, or the package's catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from combo_dl.core.drug_table import Drug, oncology_drugs
from combo_dl.core.errors import InputError
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.request import resolve_drug
from combo_dl.infer.asked import asked_drugs
from combo_dl.infer.bundle import Bundle

TRAINED = "trained"  # in place of a list: the drugs of the training rows of what is maximised


@dataclass(frozen=True, kw_only=True)
class ChosenDrugs:
    """drugs: in the order asked.  own: facts of a user's own drugs, as ``predict`` takes them, None
    where there are none.  left_out: sentences on drugs that are not screened."""

    drugs: tuple[Drug, ...]
    own: pd.DataFrame | None
    left_out: tuple[str, ...]


def chosen_drugs(
    bundle: Bundle,
    asked: Sequence[str] | pd.DataFrame | None,
    *,
    approved: bool,
    study: str,
) -> ChosenDrugs:
    """asked: names or SMILES; a table with the column ``drug`` (or ``name``) and any of smiles,
    targets, modality, drug_class; TRAINED, the drugs of the training rows of ``study``; or None,
    the catalogue as far as the bundle can encode it: drugs that training saw, and drugs with a
    structure.

    approved: drugs with an ATC code only. A code is given to medicines that have, or have asked
    for, a licence somewhere; a drug that the catalogue does not know has none.
    Raises InputError or UnknownNameError naming the drug.
    """
    if isinstance(asked, str):
        asked = trained_drugs(bundle, study)
    if asked is None:
        drugs, left_out = _catalogue(bundle)
        own = None
    else:
        own = _own_facts(asked) if isinstance(asked, pd.DataFrame) else None
        names = _names(asked) if isinstance(asked, pd.DataFrame) else list(asked)
        table = bundle.table_of_drugs(own)
        drugs = [resolve_drug(n, table=table, where=f"drug {i}") for i, n in enumerate(names)]
        left_out = []
    kept = [d for d in drugs if d.atc] if approved else drugs
    if len(kept) < len(drugs):
        left_out.append(f"{len(drugs) - len(kept)} drugs have no ATC code and are not screened.")
    _refuse_twice(kept)
    if not kept:
        raise InputError("no drug is left to screen; name drugs, or drop approved=true")
    return ChosenDrugs(drugs=tuple(kept), own=own, left_out=tuple(left_out))


def trained_drugs(bundle: Bundle, study: str) -> list[str]:
    """Names of the drugs that a training row of ``study`` has: of these it has seen the endpoints,
    where of others it has at most learned what another study says."""
    fitted = bundle.parts.fitted
    return [fitted.catalog.drugs.names[i] for i in fitted.studies[study].seen_drugs.tolist()]


def _catalogue(bundle: Bundle) -> tuple[list[Drug], list[str]]:
    drugs = list(oncology_drugs().drugs)
    known = asked_drugs(bundle.parts.fitted, build_catalog(drugs)).known
    kept = [d for d, i in zip(drugs, known, strict=True) if d.smiles or i >= 0]
    rest = len(drugs) - len(kept)
    said = f"{rest} drugs of the catalogue have no structure and were not trained on: left out."
    return kept, [said] if rest else []


def _names(frame: pd.DataFrame) -> list[str]:
    column = "drug" if "drug" in frame.columns else "name"
    if column not in frame.columns:
        raise InputError(
            f"a table of drugs needs the column drug; it has {', '.join(map(str, frame.columns))}"
        )
    empty = frame[column].isna().to_numpy()
    if empty.any():
        raise InputError(f"row {int(empty.argmax())} of the drugs has no name")
    return [str(n) for n in frame[column]]


def _own_facts(frame: pd.DataFrame) -> pd.DataFrame | None:
    """The rows that say more than a name, with the columns of a table of drugs."""
    names = _names(frame)
    facts = [c for c in frame.columns if c not in ("drug", "name")]
    described = frame[facts].notna().any(axis=1).to_numpy()
    if not described.any():
        return None
    return frame.assign(name=names)[["name", *facts]][described].reset_index(drop=True)


def _refuse_twice(drugs: Sequence[Drug]) -> None:
    seen: dict[str, str] = {}
    for drug in drugs:
        key = drug.inchikey or drug.name
        if key in seen:
            raise InputError(f"the drug {drug.name!r} is named twice ({seen[key]!r}); name it once")
        seen[key] = drug.name
