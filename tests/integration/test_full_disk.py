"""A disk that refuses: one clear line, no half-written folder, and what was finished stays."""

import resource
from contextlib import contextmanager

import pytest

from combo_dl.infer.bundle import load_bundle

# A member's weights are smaller than the limit, the bundle of three is larger.
LIMIT_BYTES = 60_000
TINY = [
    "data=[synthetic]",
    "data.synthetic.n_rows=100",
    "data.synthetic.n_profiles=4",
    "data.synthetic.n_genes=4",
    "split=combination",
    "model.width=8",
    "molecule=[fingerprint]",
    "relation=none",
    "profile=none",
    "fusion.width=8",
    "fusion.pair_width=8",
    "trainer.max_epochs=2",
    "folds=0",
    "seeds=3",
]


@contextmanager
def files_no_larger_than(limit_bytes: int):
    """The system refuses larger files, as a full disk does (Python ignores the signal for it)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def last_line(said) -> str:
    """What is said after the bars of the progress; fails on a traceback."""
    assert said.status == 2 and "Traceback" not in said.err
    line = said.err.splitlines()[-1]
    assert line.startswith("combo-dl: error: cannot write")
    return line


def test_a_bundle_that_does_not_fit_leaves_its_members(command, tmp_path):
    words = ["train", f"out={tmp_path / 'out'}", "callbacks.checkpoint_epochs=100", *TINY]
    with files_no_larger_than(LIMIT_BYTES):
        assert "free some space" in last_line(command(*words))
    members = sorted((tmp_path / "out").rglob("weights.safetensors"))
    assert [p.parent.name for p in members] == ["seed0", "seed1", "seed2"]
    before = [p.stat().st_mtime_ns for p in members]
    left = [p.name for p in (tmp_path / "out").iterdir() if "bundle" in p.name]
    assert left == []
    assert command(*words).status == 0
    assert [p.stat().st_mtime_ns for p in members] == before
    assert len(load_bundle(tmp_path / "out" / "bundle").parts.members) == 3


def test_a_checkpoint_that_does_not_fit_is_one_line(command, tmp_path):
    words = ["train", f"out={tmp_path / 'out'}", "callbacks.checkpoint_epochs=1", *TINY]
    with files_no_larger_than(20_000):
        assert "goes on where it stopped" in last_line(command(*words))
    assert command(*words).status == 0


def test_a_table_that_does_not_fit_leaves_the_old_one(command, frozen, tmp_path):
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    rows.write_text("drug_a,drug_b,profile\n" + "olaparib,cisplatin,LINE000\n" * 50)
    out.write_text("as it was")
    words = ["predict", f"bundle={frozen}", f"rows={rows}", f"out={out}"]
    with files_no_larger_than(1000):
        last_line(command(*words))
    assert out.read_text() == "as it was"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "rows.csv"]


@pytest.mark.parametrize("before", [True, False])
def test_a_bundle_is_replaced_whole_or_not_at_all(command, tmp_path, before):
    words = ["train", f"out={tmp_path / 'out'}", "callbacks.checkpoint_epochs=100", *TINY]
    if before:
        assert command(*words, "seeds=1").status == 0
    with files_no_larger_than(LIMIT_BYTES):
        last_line(command(*words))
    bundle = tmp_path / "out" / "bundle"
    assert bundle.exists() == before
    if before:
        assert len(load_bundle(bundle).parts.members) == 1
