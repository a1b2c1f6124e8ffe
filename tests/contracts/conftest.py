"""Drugs with and without structure, their graph, and what a training would have fitted on them."""

import numpy as np
import pytest
import tiny
import torch

from combo_dl.core.drug_table import oncology_drugs, target_genes
from combo_dl.data.fitted import Fitted, fit
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph
from combo_dl.nn.dimensions import Dimensions, ProfileDimensions

NAMES = ("cisplatin", "erlotinib", "olaparib", "pembrolizumab", "temozolomide", "trastuzumab")


@pytest.fixture(scope="session")
def drugs():
    """Six drugs, two of them antibodies."""
    return [oncology_drugs().get(name) for name in NAMES]


@pytest.fixture(scope="session")
def fitted(drugs) -> Fitted:
    """Catalog and graph of the drugs, with gene pairs; scalers of all of them."""
    genes = target_genes()
    pairs = np.array([[0, 1, 2, 5], [1, 0, 5, 2]], np.int32)
    graph = build_graph(drugs, targets=genes, target_edges=pairs, target_edge_source="string")
    study = tiny.study()
    ids = np.arange(len(study.drugs)) % len(drugs)
    return fit(
        catalog=build_catalog(drugs),
        graph=graph,
        studies=[study],
        world_ids={study.name: ids},
        rows={study.name: np.arange(len(study))},
        max_fields=4,
    )


@pytest.fixture(scope="session")
def world(fitted):
    """Tensors of the six drugs."""
    return fitted.world()


@pytest.fixture(scope="session")
def dims(fitted) -> Dimensions:
    """Sizes of the six drugs and of the tiny study's profiles."""
    part = fitted.studies["synthetic"]
    return Dimensions(
        fingerprint=len(fitted.drugs.fingerprint.kept),
        target=len(fitted.drugs.target.kept),
        classes=len(fitted.drugs.classes),
        known_drugs=len(fitted.known_drugs),
        graph_targets=len(fitted.graph.targets),
        relations=tuple("|".join(r) for r in sorted(fitted.graph.edges)),
        profiles={
            "synthetic": ProfileDimensions(
                components=part.scaler.width, levels=(4,), known=len(part.known)
            )
        },
    )


@pytest.fixture(autouse=True)
def seeded():
    """Weights are random, but the same in each run."""
    torch.manual_seed(0)
