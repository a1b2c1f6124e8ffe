"""What the training rows of a companion study show of the rows that the first study holds out."""

from collections.abc import Iterable, Sequence

import numpy as np

from combo_dl.core.names import normalise
from combo_dl.core.study import Study
from combo_dl.data.findings import UNITS, Finding, finding
from combo_dl.data.fold import Fold
from combo_dl.data.leakage_rows import as_sets, marked, row_ids


def audit_companion(
    studies: tuple[Study, Study],
    folds: Sequence[Fold],
    rows: Sequence[np.ndarray],
    *,
    identities: tuple[Sequence[str], Sequence[str]],
    unit: str,
) -> list[Finding]:
    """Whether rows of the second of ``studies`` that train show what the first one holds out.

    rows: for each of ``folds`` (of the first study), the row ids of the second study that train
    beside its training rows.  identities: InChIKey first blocks of the drugs of each study.  unit:
    what the folds hold apart (pair, drug, profile; of any other, triples alone are looked at).

    A triple is a set of drugs by identity and a profile by name, whatever its case, spaces and
    hyphens. It is held out when it stands in test rows of the first study and in none of its
    training rows; pairs, drugs and profiles likewise. Found: different ones, over all folds.
    """
    ids = _shared_ids(studies, identities)
    findings = []
    for kind in ("triple", *(u for u in UNITS if u == unit)):
        ours, theirs = ids[kind][: len(studies[0])], ids[kind][len(studies[0]) :]
        size = int(ids[kind].max(initial=-1)) + 1
        where = np.full(size, -1, np.int64)
        for at in reversed(range(len(folds))):
            hidden = marked(ours[folds[at].test], size) & ~marked(ours[folds[at].train], size)
            where[hidden & marked(theirs[rows[at]], size)] = at
        said = _words(studies[1], kind, theirs, where, folds=folds, rows=rows)
        check = f"held-out {kind}s in a companion: {studies[1].name}"
        findings.append(finding(check, "fail", (where >= 0).sum(), said))
    return findings


def _shared_ids(
    studies: tuple[Study, Study], identities: tuple[Sequence[str], Sequence[str]]
) -> dict[str, np.ndarray]:
    """Ids of the rows of both studies, one after the other: int64[N], and [N, K] of the drugs."""
    keys = np.array([*identities[0], *identities[1]], dtype=str)
    number = np.unique(keys, return_inverse=True)[1]
    names = [normalise(n) for s in studies for n in s.profiles.ids.names]
    line = np.unique(np.array(names, dtype=str), return_inverse=True)[1]
    width = max(s.combos.drugs.shape[1] for s in studies)
    drugs, profile, drug_start, line_start = [], [], 0, 0
    for study in studies:
        own = study.combos.drugs
        padded = np.pad(own, ((0, 0), (0, width - own.shape[1])), constant_values=-1)
        drugs.append(np.where(padded >= 0, number[padded + drug_start], -1))
        at = study.combos.profile
        profile.append(np.where(at >= 0, np.append(line, -1)[at + line_start], -1))
        drug_start += len(study.drugs)
        line_start += len(study.profiles)
    found = {"drug": np.concatenate(drugs), "profile": np.concatenate(profile)}
    found["pair"] = row_ids(as_sets(found["drug"]))[0]
    found["triple"] = row_ids(np.stack([found["pair"], found["profile"]], axis=1))[0]
    return found


def _words(
    study: Study,
    kind: str,
    ids: np.ndarray,
    where: np.ndarray,
    *,
    folds: Sequence[Fold],
    rows: Sequence[np.ndarray],
) -> Iterable[str]:
    """What is shown, under the companion's names, and the fold that holds it out."""
    names, lines = study.drugs.names, study.profiles.ids.names
    for which in np.flatnonzero(where >= 0):
        trained = rows[where[which]]
        hit = ids[trained] == which
        row = trained[np.argmax(hit.any(axis=1) if hit.ndim == 2 else hit)]
        drugs, at = study.combos.drugs[row], study.combos.profile[row]
        if kind == "drug":
            drugs = drugs[ids[row][: len(drugs)] == which]
        parts = [] if kind == "profile" else [" + ".join(names[d] for d in drugs[drugs >= 0])]
        parts += [lines[at] if at >= 0 else "no profile"] if kind in ("triple", "profile") else []
        yield f"{' in '.join(parts)} ({folds[where[which]].name} test)"
