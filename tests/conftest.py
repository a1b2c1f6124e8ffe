"""What all tests share: repeatable laws, one thread, a cache of their own, and a tiny study."""

import os

import numpy as np
import pytest
import torch
from hypothesis import settings

from combo_dl.core.study import Study
from combo_dl.datasets import synthetic

settings.register_profile("combo_dl", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("combo_dl")
torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """No test reads or writes the user's cache."""
    os.environ["COMBO_DL_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def tiny_study() -> Study:
    """300 rows of sets of one to three drugs in six cell lines of twelve genes, some repeated."""
    return synthetic.load(
        seed=1,
        n_rows=300,
        n_profiles=6,
        n_genes=12,
        pair_share=0.3,
        noise=5.0,
        replicate_share=0.1,
        three_drug_share=0.1,
        single_drug_share=0.05,
    )


@pytest.fixture(scope="session")
def tiny_identity(tiny_study) -> tuple[str, ...]:
    """An identity a drug: here simply its name."""
    return tiny_study.drugs.names


@pytest.fixture(scope="session")
def tiny_world(tiny_study):
    """(catalog, graph, world ids) of the drugs of the tiny study."""
    from combo_dl.core.drug_table import oncology_drugs, target_genes
    from combo_dl.drugs.catalog import build_catalog, study_drugs
    from combo_dl.drugs.graph import build_graph

    table = oncology_drugs()
    drugs = study_drugs(tiny_study.drugs.names, tiny_study.smiles, table=table)
    catalog = build_catalog(drugs)
    graph = build_graph(drugs, targets=target_genes())
    return catalog, graph, np.arange(len(drugs))
