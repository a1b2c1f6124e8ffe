"""TWOSIDES as in Decagon: side effects that were reported of pairs of drugs.

The layout of the source folder is in docs/data.md. What is known is reports: a pair and effect that
is not listed was not reported, which is not proof that it does not occur.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import ConfigError
from combo_dl.core.study import Study
from combo_dl.datasets import twosides_entries as entries
from combo_dl.datasets.pair_screen import (
    FoundFiles,
    Screen,
    cached_study,
    check_choice,
    find_files,
)
from combo_dl.datasets.side_effects import (
    EffectLabel,
    EffectRows,
    KeyedDrugs,
    check_whole,
    effect_study,
    refuse_all_positive,
)
from combo_dl.datasets.twosides_reports import (
    FILES,
    pair_codes,
    pair_sides,
    read_drugs,
    read_reports,
    read_single,
)

LABEL = "ae_twosides"
SCREEN = Screen(
    name="twosides",
    version="1",
    citation="Tatonetti NP et al. Data-driven prediction of drug effects and interactions. Sci "
    "Transl Med 2012;4:125ra31; Zitnik M, Agrawal M, Leskovec J. Modeling polypharmacy side "
    "effects with graph convolutional networks. Bioinformatics 2018;34:i457-i466",
    labels={"side_effect_idx": LABEL},
)
PROTOCOLS = ("pairs", "entries")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What to build of the reports."""

    min_pairs: int
    protocol: str
    empty_pairs: int
    draw: entries.Draw


def load(
    *,
    folder: str | None,
    min_pairs: int,
    protocol: str,
    empty_pairs: int,
    share: float,
    least_entries: int,
    seed: int,
    check_digests: bool,
) -> Study:
    """The reports as a Study of pairs with the label ``ae_twosides`` float32[N, W]: 1 reported, 0
    not reported. Its table ``single_effects`` (drug, name, code) has what single drugs do.

    folder: the source folder, laid out as in docs/data.md.
    min_pairs: an effect is a column when it was reported of at least so many pairs.
    protocol: ``pairs`` has one row a pair; ``entries`` holds out single entries of each effect (see
    ``twosides_entries``), with the column ``fold_entries``: 0 test, 1 validation, 2 training.
    empty_pairs: so many pairs without any report, drawn by ``seed``, are rows too. ``entries``
    draws negatives from these and from reported pairs, in the numbers that both have among all
    pairs of the drugs: from a uniform sample of all pairs.
    share, least_entries: of each effect, the share of its pairs that is the test, and again the
    validation, and the least number of pairs (``entries`` alone).
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_choice("data.twosides.protocol", protocol, PROTOCOLS)
    check_whole("data.twosides.min_pairs", min_pairs, least=1)
    for name, value in (("empty_pairs", empty_pairs), ("seed", seed)):
        check_whole(f"data.twosides.{name}", value, least=0)
    check_whole("data.twosides.least_entries", least_entries, least=1)
    if not 0 < share < 0.5:
        raise ConfigError(f"data.twosides.share is {share!r}; expected a number between 0 and 0.5")
    draw = entries.Draw(share=share, least=least_entries, seed=seed)
    plan = _Plan(min_pairs=min_pairs, protocol=protocol, empty_pairs=empty_pairs, draw=draw)
    files = find_files(FILES, folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, repr(plan), lambda: _build(plan, files))


def _build(plan: _Plan, files: FoundFiles) -> Study:
    drugs = read_drugs(files)
    reports = read_reports(files, drugs, plan.min_pairs)
    pairs, pool = _with_empty(reports.pairs, drugs, plan)
    names = list(reports.effects["name"])
    common = reports.effect >= 0
    reported = np.zeros((len(pairs), len(names)), bool)
    reported[reports.pair[common], reports.effect[common]] = True
    refuse_all_positive(LABEL, reported, names)
    flow = [*reports.flow, (f"pairs with empty_pairs={plan.empty_pairs}", len(pairs))]
    columns = {}
    if plan.protocol == "entries":
        unit = np.unique(
            pair_codes(drugs.identity[pair_sides(pairs, drugs)], drugs), return_inverse=True
        )[1]
        made = _held_out(reported, unit, pool=pool, draw=plan.draw, names=names)
        columns["fold_entries"] = made.part
        flow += entries.counts(made)
    else:
        made = entries.whole(reported)
    codes = list(reports.effects["umls_cui"])
    rows = EffectRows(
        sets=pair_sides(pairs, drugs)[made.row].astype(np.int32),
        label=EffectLabel(name=LABEL, values=made.values, names=names, codes=codes),
        group=made.row,
        columns=columns,
        tables={"single_effects": read_single(files, drugs)},
    )
    return effect_study(
        SCREEN, rows, names=drugs.names, smiles=drugs.smiles, files=files, flow=tuple(flow)
    )


def _held_out(
    reported: np.ndarray,
    unit: np.ndarray,
    *,
    pool: np.ndarray,
    draw: entries.Draw,
    names: list[str],
) -> entries.Copies:
    """Copies of pairs whose held-out entries are drawn by structure. ``unit``: int64[N] number of
    the two structures of a pair.  pool: the pairs that negatives are drawn from."""
    positive = np.zeros((unit.max() + 1, reported.shape[1]), bool, order="F")
    pair, effect = np.nonzero(reported)
    positive[unit[pair], effect] = True
    parts = entries.draw_entries(positive, np.unique(unit[pool]), draw, names)
    return entries.copies(reported, unit, positive=positive, parts=parts)


def _with_empty(
    reported: np.ndarray, drugs: KeyedDrugs, plan: _Plan
) -> tuple[np.ndarray, np.ndarray]:
    """(codes of the reported pairs and ``empty_pairs`` others, which of them negatives may be of).

    No two structures that were reported together, under whatever names, are an empty pair.
    """
    present = np.unique(pair_sides(reported, drugs))
    left, right = np.triu_indices(len(present), k=1)
    sides = present[np.stack([left, right], axis=1)]
    seen = pair_codes(drugs.identity[pair_sides(reported, drugs)], drugs)
    alike = drugs.identity[sides[:, 0]] == drugs.identity[sides[:, 1]]
    free = ~alike & ~np.isin(pair_codes(drugs.identity[sides], drugs), seen)
    candidates = pair_codes(sides[free], drugs)
    if plan.empty_pairs > len(candidates):
        raise ConfigError(
            f"data.twosides.empty_pairs is {plan.empty_pairs}; expected at most "
            f"{len(candidates)}, the pairs of the drugs without a report"
        )
    random = np.random.default_rng([plan.draw.seed, 1])
    empty = np.sort(random.choice(candidates, plan.empty_pairs, replace=False))
    share = plan.empty_pairs / max(len(candidates), 1)
    beside = random.choice(len(reported), round(share * len(reported)), replace=False)
    pairs = np.concatenate([reported, empty])
    return pairs, np.concatenate([beside, np.arange(len(reported), len(pairs))])
