"""A screen from its request to the kept rows: encode once, score block by block, keep the best."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import reduce

import numpy as np
import pandas as pd

from combo_dl.core.errors import ConfigError
from combo_dl.core.files import digest_of
from combo_dl.infer.bundle import Bundle
from combo_dl.screen.asked import named_profiles, screened, study_of
from combo_dl.screen.choose_drugs import ChosenDrugs, chosen_drugs
from combo_dl.screen.combos import Block
from combo_dl.screen.constraints import (
    Allowed,
    contraindicated,
    never_together,
    shared_targets,
)
from combo_dl.screen.found import Found, merged
from combo_dl.screen.plan import Plan, plan_of
from combo_dl.screen.score_block import Ranker
from combo_dl.screen.settings import RankSettings
from combo_dl.screen.store import BlockFiles, Store, found_bytes, scores_bytes
from combo_dl.screen.views import views_of

Teller = Callable[[int, bool], None]
# (screen, blocks, store, tell): scores the blocks and writes their files.
Filler = Callable[["Screen", list[Block], Store, Teller], None]


@dataclass(frozen=True, kw_only=True)
class ScreenRequest:
    """What is screened. drugs, profiles: names, or a table, or None (see ``chosen_drugs`` and
    ``named_profiles``); drugs may be the word TRAINED.  groups: ``profile, group``.  apart:
    contraindicated pairs ``drug_a, drug_b``.  block_rows: scores of a block.  keep_scores: all
    scores as Parquet too.  precision: of matrix products over pairs, float32 or bf16."""

    rank: RankSettings
    sizes: range
    drugs: list[str] | str | pd.DataFrame | None = None
    profiles: list[str] | pd.DataFrame | None = None
    groups: pd.DataFrame | None = None
    apart: pd.DataFrame | None = None
    allow_missing_fields: bool = False
    block_rows: int = 1_000_000
    keep_scores: bool = False
    precision: str = "float32"


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A screen that is ready to run."""

    bundle: Bundle
    request: ScreenRequest
    chosen: ChosenDrugs
    ranker: Ranker
    plan: Plan

    @property
    def tables(self) -> dict:
        """The user's own tables, as ``Bundle.predict`` takes them."""
        profiles = self.request.profiles
        return {
            "profiles": profiles if isinstance(profiles, pd.DataFrame) else None,
            "drugs": self.chosen.own,
            "allow_missing_fields": self.request.allow_missing_fields,
        }

    def identity(self) -> dict:
        """All that scores depend on: a screen is only gone on with where it is the same."""
        request, screened_ = self.request, self.ranker.screened
        return {
            "bundle": self.bundle.card["digest"],
            "drugs": digest_of(*(f"{d.name}|{d.smiles}" for d in screened_.drugs)),
            "own_drugs": _digest(self.chosen.own),
            "profiles": digest_of(*screened_.profiles),
            "own_profiles": _digest(self.tables["profiles"]),
            "groups": _digest(request.groups),
            "contraindicated": _digest(request.apart),
            "size": f"{request.sizes.start}..{request.sizes.stop - 1}",
            "sets_of_block": self.plan.sets,
            "keep_scores": request.keep_scores,
            "computed": f"{self.bundle.parts.device}, {request.precision}",
        } | json.loads(json.dumps(asdict(request.rank)))


def prepared(bundle: Bundle, request: ScreenRequest) -> Screen:
    """Everything read and checked, nothing scored. Raises ComboError in one line."""
    rank = request.rank.validate()
    for setting in ("limit", "weights"):
        for name in getattr(rank, setting):
            bundle.place_of(name, setting=setting)
    endpoint, _ = bundle.place_of(rank.maximise, setting="maximise")
    if rank.harm is not None:
        bundle.place_of(rank.harm, setting="harm")
    study = study_of(bundle, endpoint)
    chosen = chosen_drugs(bundle, request.drugs, approved=rank.approved, study=study)
    own = request.profiles if isinstance(request.profiles, pd.DataFrame) else None
    names = request.profiles if isinstance(request.profiles, list) else None
    profiles = named_profiles(bundle, endpoint, names, own)
    harm = [] if rank.harm is None else [rank.harm]
    asked = screened(
        bundle,
        chosen.drugs,
        profiles,
        list(dict.fromkeys([*rank.utility, rank.maximise, *rank.limit, *harm])),
        own_profiles=own,
        own_drugs=chosen.own,
        allow_missing_fields=request.allow_missing_fields,
        precision=request.precision,
    )
    plan = plan_of(
        len(chosen.drugs),
        len(profiles),
        request.sizes,
        block_rows=request.block_rows,
        kept=asked.states_kept,
    )
    first = asked.values[rank.maximise].states.asked
    apart = shared_targets(chosen.drugs) if rank.other_targets else None
    forbidden = None
    if request.apart is not None:
        forbidden = contraindicated(request.apart, chosen.drugs, bundle.table_of_drugs(chosen.own))
    unseen = not_alone = None
    if rank.seen_pairs:
        unseen = never_together(first.known_drugs, first.fitted_study.pairs)
        not_alone = ~np.isin(first.known_drugs, first.fitted_study.alone)
    allowed = Allowed(
        apart=_either(apart, forbidden, unseen, drugs=len(chosen.drugs)),
        new=first.known_drugs < 0,
        most_new=rank.most_new,
        not_alone=not_alone,
    )
    views = views_of(profiles, request.groups)
    ranker = Ranker(screened=asked, settings=rank, allowed=allowed, views=views).check()
    return Screen(bundle=bundle, request=request, chosen=chosen, ranker=ranker, plan=plan)


def run_blocks(screen: Screen, store: Store, tell: Teller, *, fill: Filler | None = None) -> Found:
    """Score what is not scored yet; what was kept of all blocks.

    fill: scores missing blocks elsewhere, writes their files and tells of them; here by default.
    Raises ComboError where the folder is another screen's, or no set is there to be kept.
    """
    store.begin(screen.identity())
    kept, blocks = screen.request.rank.kept, screen.plan.blocks()
    if fill is not None:
        missing = [b for b in blocks if not store.path(b).is_file()]
        tell(screen.plan.total - sum(map(len, missing)), True)
        fill(screen, missing, store, tell)

    def joined(so_far: Found | None, block: Block) -> Found:
        found = store.read(block)
        resumed = found is not None
        if found is None:
            found = _scored(screen, store, block)
        if fill is None:
            tell(len(block), resumed)
        return found if so_far is None else merged(so_far, found, kept=kept)

    found = reduce(joined, blocks, None)
    assert found is not None
    if not len(found.view):
        limits = ", ".join(f"{c} {v:g}" for c, v in screen.request.rank.limit.items())
        raise ConfigError(
            f"none of {int(found.counts[0])} sets is allowed and within the limits "
            f"({limits or 'none'}); loosen them"
        )
    return found


def _scored(screen: Screen, store: Store, block: Block) -> Found:
    found, files = scored_block(screen, block)
    store.write(block, files)
    return found


def scored_block(screen: Screen, block: Block) -> tuple[Found, BlockFiles]:
    """What is kept of a block, and its files: the one way to score, whichever engine asks."""
    scored, found = screen.ranker.block(block, first=screen.plan.first(block.size))
    scores = b""
    if screen.request.keep_scores:
        names = [d.name for d in screen.ranker.screened.drugs]
        scores = scores_bytes(block, scored, names, screen.ranker.screened.profiles)
    return found, BlockFiles(found=found_bytes(found), scores=scores)


def _either(*parts: np.ndarray | None, drugs: int) -> np.ndarray:
    made = np.zeros((drugs, drugs), bool)
    for part in parts:
        if part is not None:
            made |= part
    return made


def _digest(frame: pd.DataFrame | None) -> str | None:
    return None if frame is None else digest_of(frame.to_csv(index=False))
