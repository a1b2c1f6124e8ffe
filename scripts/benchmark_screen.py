"""Screening against a bare loop of the same pair head, in process CPU time on one thread.

    python scripts/benchmark_screen.py [--quick] [--bundle FOLDER] [--plot FILE.png] [--only cde]
                                       [--networks 1] [--profiles 4]

(a) pairs per CPU-second of a screen of 1,000 drugs x 100 profiles (a share of its blocks, from the
number of pairs on as it comes), against a bare torch loop of the same pair head on states that were
made beforehand; interleaved rounds, the median ratio. (b) against encoding both molecules for every
pair; (c) peak memory over the bundle, at three numbers of pairs, with all networks or the first
--networks; (d) growth with the number of drugs, in --profiles profiles; (e) predict of one row from
a cold start against importing torch. --quick: (a) alone. --only: these parts alone, of b to e,
without a ratio at the end.
The last line is the ratio to the floor; exit status 0 when it is at least 0.8.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import torch

from combo_dl.infer.bundle import Bundle, load_bundle
from combo_dl.screen.combos import Block, sets_of
from combo_dl.screen.run import Screen, ScreenRequest, prepared, run_blocks
from combo_dl.screen.settings import RankSettings
from combo_dl.screen.store import Store

LEAST = 0.8
COLUMN = "synergy_loewe"
ROWS = 1024  # of a step of the bare loop: the fastest of 512, 1,024, 2,048 and 8,192


def cpu(call: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    start = time.process_time()
    call()
    return time.process_time() - start


def own_lines(bundle: Bundle, count: int) -> pd.DataFrame:
    """``count`` profiles: the bundle's, again and again with a little noise."""
    table = bundle.profiles(
        "oneil_computed" if "oneil_computed" in bundle.card["studies"] else None
    )
    random = np.random.default_rng(0)
    told = np.flatnonzero(~np.isnan(table.number).all(axis=1))
    pick = np.resize(told, count)
    number = table.number[pick] + random.normal(0, 0.01, (count, table.number.shape[1]))
    frame = pd.DataFrame(number, columns=[f.name for f in table.number_fields])
    return frame.assign(profile=[f"line {i}" for i in range(count)])


def names_of(bundle: Bundle) -> list[str]:
    """Drugs with a structure that the bundle knows, each structure once."""
    catalog = bundle.parts.fitted.catalog
    structures = zip(catalog.drugs.names, catalog.smiles, catalog.inchikey, strict=True)
    return list({key: name for name, smiles, key in structures if smiles}.values())


def screen_of(bundle: Bundle, drugs: int, profiles: int, **changes: object) -> Screen:
    """A screen of pairs of the first ``drugs`` drugs with a structure that the bundle knows."""
    names = names_of(bundle)
    request = ScreenRequest(
        rank=RankSettings(maximise=COLUMN, top=100),
        sizes=range(2, 3),
        drugs=names[:drugs],
        profiles=own_lines(bundle, profiles),
        allow_missing_fields=True,
    )
    return prepared(bundle, replace(request, **changes))  # type: ignore[arg-type]


def bare_loop(screen: Screen, block: Block, steps: int) -> tuple[float, int]:
    """CPU seconds and pairs of the pair head on states made beforehand: no calibration, no mean of
    networks, nothing is kept."""
    values = screen.ranker.screened.values[COLUMN]
    sets = torch.from_numpy(sets_of(block, screen.plan.drugs))
    nets = values.parts.members
    # Drug by drug in memory, which is how this loop reads them.
    states = [values.states.of(m).h_UDH.contiguous() for m in range(len(nets))]
    ones = torch.ones(ROWS)
    start, done = time.process_time(), 0
    with torch.no_grad():
        for step in range(steps):
            at = (step * ROWS) % max(1, len(sets) - ROWS)
            ids = sets[at : at + ROWS]
            for net, h_UDH in zip(nets, states, strict=True):
                h = h_UDH[step % len(h_UDH)]
                z = net.fusion.pair_term(h[ids[:, 0]], h[ids[:, 1]])  # type: ignore[operator]
                head = net.heads[COLUMN]
                head.natural(head(z, ones[: len(z)]))
            done += len(ids)
    return time.process_time() - start, done


def against_floor(bundle: Bundle, drugs: int, profiles: int, *, rounds: int, rows: int) -> float:
    """(a): print the speeds, return the median ratio."""
    screen = screen_of(bundle, drugs, profiles, block_rows=rows)
    values = screen.ranker.screened.values[COLUMN]
    encode = cpu(lambda: [values.states.of(m) for m in range(len(bundle.parts.members))])
    states = len(values.states.used) * screen.plan.drugs
    print(
        f"{screen.plan.drugs} drugs x {len(screen.ranker.screened.profiles)} profiles; all "
        f"states of {len(bundle.parts.members)} networks: {encode:.2f} CPU-s ({states} states)"
    )
    print(f"states are {'kept' if screen.ranker.screened.states_kept else 'made in each block'}")
    blocks = screen.plan.blocks()
    screen.ranker.block(replace(blocks[0], stop=64), first=0)
    ratios, ours, theirs = [], [], []
    for n in range(rounds):
        block = blocks[(n * len(blocks)) // rounds]
        steps = max(1, len(block) * states // screen.plan.drugs // ROWS // 2)
        left, done = bare_loop(screen, block, steps)
        count = len(block) * len(screen.ranker.screened.profiles)
        own = cpu(lambda block=block: screen.ranker.block(block, first=0))
        theirs.append(done / left)
        ours.append(count / own)
        ratios.append(ours[-1] / theirs[-1])
        print(
            f"round {n}: bare {theirs[-1]:,.0f}, screen {ours[-1]:,.0f} pairs per CPU-s, "
            f"ratio {ratios[-1]:.3f}"
        )
    every = screen.plan.total * len(screen.ranker.screened.profiles)
    print(f"all {every:,} pairs at that speed: {every / median(ours):,.0f} CPU-s")
    return median(ratios)


def against_encoding(folder: Path) -> None:
    """(b): pairs per CPU-second with both molecules encoded for every pair, as a model without
    states does: of 2 n drugs, n pairs that share none, in one forward pass a network. Of five
    interleaved rounds that of the median ratio."""
    bundle = load_bundle(folder)
    known = names_of(bundle)
    # A bundle of few drugs takes the rest from the catalogue.
    more = [d.name for d in bundle.drug_table.drugs if d.smiles] if len(known) < 160 else []
    names = list(dict.fromkeys([*known, *more]))[:160]
    screen = prepared(
        bundle,
        ScreenRequest(rank=RankSettings(maximise=COLUMN, top=100), sizes=range(2, 3), drugs=names),
    )
    values = screen.ranker.screened.values[COLUMN]
    nets, inputs = bundle.parts.members, values.states.inputs
    pairs = torch.arange(len(names)).view(-1, 2)
    one = inputs.tensors.batch(torch.zeros(len(pairs), dtype=torch.int64))
    there, zero = torch.ones_like(pairs, dtype=torch.bool), torch.zeros(pairs.shape)
    batch = replace(one, drugs=pairs, present=there, dose=zero, dose_known=~there)

    def encode() -> None:
        with torch.no_grad():
            for net in nets:
                net(inputs.related, batch, endpoints=[COLUMN])

    encode()
    block = screen.plan.blocks()[0]
    screen.ranker.block(replace(block, stop=64), first=0)
    rows = len(block) * len(screen.ranker.screened.profiles)
    both = []
    for _ in range(5):
        slow = 5 * len(pairs) / cpu(lambda: [encode() for _ in range(5)])
        both.append((slow, rows / cpu(lambda: screen.ranker.block(block, first=0))))
    slow, fast = sorted(both, key=lambda pair: pair[1] / pair[0])[2]
    molecules = ", ".join(bundle.card["network"]["molecule"])
    print(
        f"{folder.name} ({molecules}; {len(nets)} networks): both molecules for every pair "
        f"{slow:,.0f}, screen {fast:,.0f} pairs per CPU-s: {fast / slow:.0f} x"
    )


def peak_mib(
    folder: Path, drugs: int, profiles: int, share: float, networks: int
) -> tuple[float, int]:
    """(c): MiB at the peak of a process of its own that screens a share of the blocks, over one
    that has read the bundle and prepared the request of two drugs; and pairs scored."""
    words = [
        sys.executable,
        __file__,
        "--bundle",
        str(folder),
        "--peak",
        f"{drugs},{profiles},{share},{networks}",
    ]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return float(said[-2]), int(said[-1])


def screen_a_share(bundle: Bundle, drugs: int, profiles: int, share: float) -> None:
    """Print peak MiB of this process and the pairs that it scored."""
    scored = 0
    if share > 0:
        screen = screen_of(bundle, drugs, profiles)
        with tempfile.TemporaryDirectory() as folder:
            some = screen.plan.blocks()[: max(1, round(share * len(screen.plan.blocks())))]
            scored = sum(map(len, some)) * profiles
            plan = _Share(screen.plan, some)
            run_blocks(
                replace(screen, plan=plan), Store(folder=Path(folder) / "s"), lambda *_: None
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:.0f} {scored}")


class _Share:
    """A plan of which some blocks are run."""

    def __init__(self, plan: object, some: list[Block]) -> None:
        self.plan, self.some = plan, some

    def __getattr__(self, name: str) -> object:
        return getattr(self.plan, name)

    def blocks(self) -> list[Block]:
        return self.some


def growth(bundle: Bundle, plot: Path | None, profiles: int) -> None:
    """(d): exponents of CPU time with the number of drugs, by least squares in logarithms."""
    counts, encoder, pairs = [125, 250, 500, 1000], [], []
    for count in counts:
        screen = screen_of(bundle, count, profiles)
        states = screen.ranker.screened.values[COLUMN].states
        nets = range(len(bundle.parts.members))
        encoder.append(min(_encoded_again(states, nets) for _ in range(3)))
        screen.ranker.block(replace(screen.plan.blocks()[0], stop=64), first=0)
        whole = Block(number=0, size=2, start=0, stop=screen.plan.total)
        pairs.append(cpu(lambda screen=screen, whole=whole: screen.ranker.block(whole, first=0)))
        print(f"{count} drugs: encoder and states {encoder[-1]:.3f}, pairs {pairs[-1]:.2f} CPU-s")
    slopes = [float(np.polyfit(np.log(counts), np.log(t), 1)[0]) for t in (encoder, pairs)]
    print(f"exponents: encoder {slopes[0]:.2f}, pairs {slopes[1]:.2f}")
    if plot is not None:
        _plot(plot, counts, encoder, pairs, slopes, profiles)


def _encoded_again(states: object, nets: range) -> float:
    states._vectors.clear(), states._states.clear()  # type: ignore[attr-defined]
    return cpu(lambda: [states.of(m) for m in nets])  # type: ignore[attr-defined]


def _plot(
    path: Path,
    counts: list[int],
    encoder: list[float],
    pairs: list[float],
    slopes: list[float],
    profiles: int,
) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4), layout="constrained")
    for name, seconds, slope in (("encoder", encoder, slopes[0]), ("pairs", pairs, slopes[1])):
        axes.loglog(counts, seconds, "o-", label=f"{name}, exponent {slope:.2f}")
    axes.set(xlabel="drugs", ylabel=f"CPU seconds, {profiles} profiles, 5 networks")
    axes.set_xticks(counts, [str(c) for c in counts], minor=False)
    axes.minorticks_off()
    axes.legend()
    figure.savefig(path)


def cold_start(folder: Path) -> None:
    """(e): CPU time of one prediction from a cold start, in importing torch."""
    program = str(Path(sys.executable).parent / "combo-dl")
    with tempfile.TemporaryDirectory() as temporary:
        rows = Path(temporary) / "rows.csv"
        rows.write_text("drug_a,drug_b,profile\nerlotinib,lapatinib,A375\n")
        ours = [program, "predict", f"bundle={folder}", f"rows={rows}", f"out={temporary}/p.csv"]
        theirs = [sys.executable, "-c", "import torch"]
        found = [[_cpu_of(words) for words in (ours, theirs)] for _ in range(3)]
    own, torch_ = (min(pair[i] for pair in found) for i in (0, 1))
    print(f"predict one row {own:.2f} CPU-s, import torch {torch_:.2f}: {own / torch_:.2f} x")


def _cpu_of(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def parts(asked: argparse.Namespace, bundle: Bundle, named: str) -> None:
    """The parts (b) to (e) whose letters are named."""
    if "b" in named:
        for folder in (asked.graphs, asked.bundle):
            against_encoding(folder)
    if "c" in named:
        nets = asked.networks or len(bundle.parts.members)
        base, _ = peak_mib(asked.bundle, 2, 1, 0.0, nets)
        for share in (0.01, 0.1, 1.0):
            peak, scored = peak_mib(asked.bundle, 1000, 200, share, nets)
            text = f"{scored:,} pairs: peak {peak:.0f} MiB, {peak - base:.0f} over the bundle alone"
            print(text, flush=True)
    if "d" in named:
        growth(bundle, asked.plot, asked.profiles)
    if "e" in named:
        cold_start(asked.bundle)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="(a) alone, on a few blocks")
    parser.add_argument("--bundle", type=Path, default=Path("checkpoints/combo"))
    parser.add_argument("--graphs", type=Path, default=Path("checkpoints/demo"))
    parser.add_argument("--plot", type=Path, default=None)
    parser.add_argument("--networks", type=int, default=0, help="of (c): the first so many")
    parser.add_argument("--profiles", type=int, default=4, help="of (d)")
    parser.add_argument("--only", default=None, help="of the parts b, c, d, e")
    parser.add_argument("--peak", default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    bundle = load_bundle(asked.bundle)
    if asked.peak is not None:
        drugs, profiles, share, networks = asked.peak.split(",")
        some = replace(bundle.parts, members=bundle.parts.members[: int(networks)])
        screen_a_share(Bundle(parts=some), int(drugs), int(profiles), float(share))
        return 0
    if asked.only is not None:
        parts(asked, bundle, asked.only)
        return 0
    rounds, rows = (3, 100_000) if asked.quick else (5, 1_000_000)
    ratio = against_floor(bundle, 1000, 100, rounds=rounds, rows=rows)
    if not asked.quick:
        parts(asked, bundle, "bcde")
    print(f"{ratio:.3f}")
    return 0 if ratio >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
