"""Checks of a network against the studies, before anything is fitted or written."""

import torch

from combo_dl.core.errors import ConfigError
from combo_dl.core.gene_fields import gene_fields
from combo_dl.core.monotherapy import TABLE
from combo_dl.core.single_effects import TABLE as EFFECTS_TABLE
from combo_dl.core.study import Study
from combo_dl.nn.build import NetworkSpec


def check_names(studies: list[str], network: NetworkSpec) -> None:
    """Raise ConfigError on a name that torch does not take for a part of a network."""
    taken = torch.nn.ModuleDict()
    for kind, names in (("study", studies), ("endpoint", network.endpoints)):
        for name in names:
            if not name or "." in name or hasattr(taken, name):
                raise ConfigError(
                    f"{kind} {name!r} cannot be trained under this name; it must not be empty, "
                    "have a dot, or be a word of torch such as 'train': give it another name"
                )


def check_curves(studies: list[Study], network: NetworkSpec) -> None:
    """Raise ConfigError when the network asks for single-drug curves, or side effects of single
    drugs, that no study has."""
    having = [s for s in studies if TABLE in s.tables and s.profiles.space == "cell_line"]
    if network.components and not having:
        raise ConfigError(
            f"single-drug curves are asked for and no study has the table {TABLE!r}; "
            "say response=none"
        )
    if network.effects and not any(EFFECTS_TABLE in s.tables for s in studies):
        raise ConfigError(
            f"side effects of single drugs are asked for and no study has the table "
            f"{EFFECTS_TABLE!r}; say response=none"
        )


def check_genes(studies: list[Study], network: NetworkSpec) -> None:
    """Raise ConfigError when profiles are to meet the genes of drugs and none tells of a gene."""
    if network.genes_told != "none" and not any(gene_fields(s.profiles.fields) for s in studies):
        raise ConfigError(
            "profiles are to meet the genes of drugs and no study has a field of a gene, such as "
            "expr:EGFR or mut_EGFR; say genes=none"
        )
