"""Random studies for laws: small, of any shape, with two names for some structures."""

import numpy as np
import pytest
from hypothesis import strategies as st

from combo_dl.core.combo_table import ComboTable, sorted_sets
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.study import Study
from combo_dl.core.vocab import Vocab

N_STRUCTURES = 15


def draw_study(seed: int, n_names: int, n_profiles: int, width: int) -> tuple[Study, tuple]:
    """A study of 120 rows and the identity of each of its drugs (some are two names of one)."""
    rng = np.random.default_rng(seed)
    identity = np.concatenate(
        [np.arange(N_STRUCTURES), rng.integers(0, N_STRUCTURES, n_names - N_STRUCTURES)]
    )
    # Every structure occurs; sets have one to ``width`` drugs.
    drugs = np.stack([rng.permutation(n_names)[:width] for _ in range(120)]).astype(np.int32)
    drugs[np.arange(N_STRUCTURES), 0] = np.arange(N_STRUCTURES)
    drugs[:, 1:][drugs[:, 1:] == drugs[:, :1]] = -1
    drugs[:, 1:][rng.random((120, width - 1)) < 0.2] = -1
    drugs, dose = sorted_sets(drugs, rng.random(drugs.shape).astype(np.float32))
    number = rng.normal(size=(n_profiles, 4)).astype(np.float32)
    number[rng.random(number.shape) < 0.2] = np.nan
    fields = [ProfileField(name=f"expr:G{i}") for i in range(4)]
    combos = ComboTable(
        drugs=drugs,
        dose=dose,
        profile=np.resize(np.arange(n_profiles), 120).astype(np.int32),
        labels={"y": rng.normal(size=(120, 1)).astype(np.float32)},
        weight=np.ones(120, np.float32),
        group=rng.integers(0, 100, 120).astype(np.int32),
        day=np.full(120, np.nan, np.float32),
    )
    study = Study(
        name="drawn",
        version="1",
        dose_unit="uM",
        drugs=Vocab(kind="drug", names=tuple(f"d{i:02d}" for i in range(n_names))),
        smiles=("",) * n_names,
        combos=combos,
        profiles=ProfileTable(
            space="cell_line",
            ids=Vocab(kind="profile", names=tuple(f"L{i}" for i in range(n_profiles))),
            fields=tuple(fields),
            number=number,
            category=np.zeros((n_profiles, 0), np.int16),
        ),
    )
    return study.validate(), tuple(f"KEY{i:02d}" for i in identity)


@pytest.fixture(scope="session")
def drawn_studies():
    """A strategy of (study, identity of each drug)."""
    return st.builds(
        draw_study,
        seed=st.integers(0, 2**31),
        n_names=st.integers(N_STRUCTURES, 20),
        n_profiles=st.integers(5, 9),
        width=st.integers(2, 3),
    )
