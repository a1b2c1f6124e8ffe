"""Training and screening on a GPU, as ratios to what the card was measured to do.

    python scripts/benchmark_gpu.py [--bundle checkpoints/combo] [--drugs 1000] [--profiles 100]

Needs CUDA; without it, it says so and ends with status 0. It reads no data beyond the bundle and
needs neither RDKit nor Hydra: states of drugs in profiles are drawn at random in the sizes of the
bundle's network, and the fusion and the head of its first network score them; training steps are
of the same parts with the bundle's vocabulary.

Measured: copy GB/s (a large copy on the card, read and written), GEMM TFLOP/s (float32 without and
with TF32, bf16); then pairs scored a second by one network, in float32 and bf16, with their share
of the GEMM rate; and training steps a second, with theirs.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

COLUMN = "synergy_loewe"
BATCH = 1024


def seconds(call: Callable[[], object], *, least: float = 1.0) -> float:
    """Seconds of a call on the card, the mean of as many as fill ``least`` seconds."""
    call()
    torch.cuda.synchronize()
    count, start = 0, time.monotonic()
    while time.monotonic() - start < least:
        call()
        count += 1
        # Waiting a call keeps the queue short; of a long call it costs nothing.
        torch.cuda.synchronize()
    return (time.monotonic() - start) / count


def copy_rate(mib: int = 2048) -> float:
    """Bytes a second, read and written, of a copy on the card."""
    source = torch.empty(mib << 18, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.numel() * 4 / seconds(lambda: target.copy_(source))


def gemm_rate(dtype: torch.dtype, *, tf32: bool = False, size: int = 8192) -> float:
    """Floating-point operations a second of a square matrix product."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    a, b = (torch.randn(size, size, device="cuda").to(dtype) for _ in range(2))
    rate = 2 * size**3 / seconds(lambda: a @ b)
    torch.backends.cuda.matmul.allow_tf32 = False
    return rate


def work_of(module: torch.nn.Module) -> int:
    """Operations of one row through the matrices of a module: a multiplication and an addition
    each."""
    return sum(2 * m.weight.numel() for m in module.modules() if isinstance(m, torch.nn.Linear))


def network_of(folder: Path) -> torch.nn.Module:
    """The first network of a bundle, from its card and its weights alone."""
    from safetensors.torch import load_file

    from combo_dl.core.endpoint import Endpoint
    from combo_dl.nn.build import NetworkSpec, build_network
    from combo_dl.nn.dimensions import Dimensions

    card = json.loads((folder / "card.json").read_text())
    endpoints = {n: Endpoint.from_json(n, raw) for n, raw in card["endpoints"].items()}
    spec = NetworkSpec(**card["network"], endpoints=endpoints)
    net = build_network(spec, Dimensions.from_json(card["dimensions"]))
    weights = load_file(folder / "weights.safetensors")
    net.load_state_dict({n[2:]: w for n, w in weights.items() if n.startswith("0/")})
    return net.eval()


def screening(net: torch.nn.Module, *, drugs: int, profiles: int, precision: str) -> float:
    """Pairs a second of the pair scores of one network, the loop of ``combo-dl screen``."""
    from combo_dl.infer.device import computing
    from combo_dl.nn.set_scores import Encoded, SetScores

    width = int(net.fusion.width_state)  # type: ignore[union-attr, arg-type]
    h = torch.randn(profiles, drugs, width, device="cuda")
    known = torch.full((drugs,), -1, device="cuda")
    scores = SetScores(net, COLUMN, Encoded(h_UDH=h, known_D=known), 0)  # type: ignore[arg-type]
    runs = [(i, i + 1, drugs) for i in range(drugs - 1)]

    def score() -> None:
        with computing("cuda", precision):
            scores.tables(runs)

    return drugs * (drugs - 1) / 2 * profiles / seconds(score, least=3.0)


def training(net: torch.nn.Module, *, drugs: int, profiles: int, precision: str) -> float:
    """Steps a second of ``BATCH`` pairs through fusion and head, forward, backward and AdamW."""
    from combo_dl.infer.device import computing

    fusion, head = net.fusion, net.heads[COLUMN]  # type: ignore[union-attr, index]
    weights = [p for part in (fusion, head) for p in part.parameters()]
    for weight in weights:
        weight.requires_grad_(True)
    optimizer = torch.optim.AdamW(weights, lr=1e-4, fused=True)
    x = torch.randn(drugs, fusion.drug.in_features, device="cuda")
    p = torch.randn(profiles, fusion.profile.in_features, device="cuda")
    from combo_dl.data.batch import CURVE, GENES

    told = {
        what: torch.randn(drugs, profiles, layer.in_features, device="cuda")
        for what, layer in ((CURVE, fusion.curve), (GENES, fusion.genes))
        if layer is not None
    }
    ids = torch.stack([torch.randperm(drugs, device="cuda")[:2] for _ in range(BATCH)])
    of = torch.randint(profiles, (BATCH,), device="cuda")
    there = torch.ones_like(ids, dtype=torch.bool)
    label = torch.randn(BATCH, 1, device="cuda")
    dose = torch.zeros(ids.shape, device="cuda")

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with computing("cuda", precision):
            given = {"drugs": ids, "profile": of, "present": there, "told": told}
            fused = fusion(x, p, dose=dose, dose_known=~there, **given)
            params = head(fused.interaction_BH, fused.pairs_B)
        loss = head.nll(params, label, torch.ones_like(label, dtype=torch.bool)).mean()
        loss.backward()
        optimizer.step()

    fusion.train(), head.train()
    rate = 1 / seconds(step, least=3.0)
    fusion.eval(), head.eval()
    return rate


def report(asked: argparse.Namespace) -> None:
    """Print the ceilings of the card, then the rates beside them."""
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    copied = copy_rate()
    ceilings = {
        "float32": gemm_rate(torch.float32),
        "tf32": gemm_rate(torch.float32, tf32=True),
        "bf16": gemm_rate(torch.bfloat16),
    }
    print(f"copy: {copied / 1e9:,.0f} GB/s")
    print("GEMM: " + ", ".join(f"{k} {v / 1e12:,.1f} TFLOP/s" for k, v in ceilings.items()))
    net = network_of(asked.bundle).to("cuda")
    fusion = net.fusion
    width, out = int(fusion.width_state), int(fusion.width_out)
    # A pair: a product of [a * b; |a - b|] (2 H) with H', then the rest of the pair's layers.
    a_pair = 2 * 2 * width * out + work_of(fusion.pair) + work_of(net.heads[COLUMN])
    # At least: the state of one partner is read, the first layer written and read, a score written.
    bytes_a_pair = 4 * (width + 2 * out + 1)
    sizes = {"drugs": asked.drugs, "profiles": asked.profiles}
    for precision in ("float32", "bf16"):
        rate = screening(net, precision=precision, **sizes)
        print(
            f"screen, one network, {precision}: {rate:,.0f} pairs/s, "
            f"{rate * a_pair / ceilings[precision]:.3f} of GEMM, "
            f"{rate * bytes_a_pair / copied:.3f} of copy ({a_pair:,} operations a pair)"
        )
    a_step = 3 * BATCH * (2 * work_of(fusion.state) + 6 * width * out + work_of(fusion.pair))
    for precision in ("float32", "bf16"):
        rate = training(net, precision=precision, drugs=128, profiles=64)
        print(
            f"train, one network, {precision}: {rate:,.0f} steps/s of {BATCH} pairs, at least "
            f"{rate * a_step / ceilings[precision]:.4f} of GEMM"
        )
    peak = torch.cuda.max_memory_allocated() / 2**30
    print(f"peak memory: {peak:.2f} GiB")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, default=Path("checkpoints/combo"))
    parser.add_argument("--drugs", type=int, default=1000)
    parser.add_argument("--profiles", type=int, default=100)
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA device is there: nothing is measured")
        return 0
    report(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
