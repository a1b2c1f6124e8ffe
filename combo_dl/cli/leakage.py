"""``inspect leakage``: the audit of studies, as tables and an exit status."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from combo_dl.core.errors import LeakageError

if TYPE_CHECKING:
    import numpy as np

    from combo_dl.core.drug_graph import DrugGraph
    from combo_dl.core.drug_table import Drug
    from combo_dl.core.study import Study
    from combo_dl.data.findings import Finding
    from combo_dl.data.splits import Split
    from combo_dl.train.prepare import DrugWorld


def leakage(studies: "Sequence[Study]", split: DictConfig, relation: DictConfig) -> None:
    """Audit the first of ``studies``, and what the others, training with it, show of it.

    split: the configuration of one; where empty, every split that the study brings columns for.
    relation: the configuration of one, whose known interactions are edges of the graph; or empty.
    Prints a table a split. Raises LeakageError naming all checks that failed; ConfigError and
    InputError as splits do.
    """
    from hydra.utils import instantiate

    from combo_dl.data.findings import refuse_leaks
    from combo_dl.data.leakage_folds import given_splits

    first, *others = [study.validate() for study in studies]
    world = _world([first, *others], relation)
    splits = [instantiate(split)] if split else given_splits(first)
    found, refusals = {}, []
    for rule in splits or [None]:
        title = f"{first.name}, {rule or 'no split: it brings no folds, name one with split='}"
        found[title], refusal = _audited(first, others, rule, world)
        _show(title, found[title])
        refusals += [refusal] if refusal else []
    for other in others:
        found[other.name], _ = _audited(other, [], None, world)
        _show(f"{other.name}, trained beside it", found[other.name])
    refuse_leaks(found)
    # What a split refuses is no good, also where the rows happen to show nothing of it.
    for refusal in refusals:
        raise refusal


def _audited(
    first: "Study", others: "Sequence[Study]", rule: "Split | None", world: "DrugWorld"
) -> "tuple[list[Finding], LeakageError | None]":
    from combo_dl.data.leakage import audit
    from combo_dl.data.leakage_companion import audit_companion
    from combo_dl.data.leakage_folds import claimed_unit, folds_to_audit
    from combo_dl.train.prepare import training_rows

    identity = world.identity(first)
    folds, refusal = folds_to_audit(rule, first, identity) if rule else ([], None)
    unit = claimed_unit(rule, folds) if rule else ""
    studies = [first, *others]

    def trained_on(rows: "np.ndarray") -> "dict[str, np.ndarray]":
        return training_rows(rows, studies=studies, world=world)

    def graph_of(rows: "np.ndarray") -> "DrugGraph":
        return world.training_graph(trained_on(rows), studies)

    found = audit(
        first,
        folds,
        identity=identity,
        unit=unit,
        catalog=world.catalog,
        graph=world.graph.without_sources({study.name for study in studies}),
        label_sources=[other.name for other in others],
        graph_of=graph_of if world.graph.drug_relations() else None,
    )
    trained = [trained_on(fold.train) for fold in folds]
    for other in others if folds else []:
        found += audit_companion(
            (first, other),
            folds,
            [rows[other.name] for rows in trained],
            identities=(identity, world.identity(other)),
            unit=unit,
        )
    return found, refusal


def _world(studies: "Sequence[Study]", relation: DictConfig) -> "DrugWorld":
    """Catalog and graph of the drugs of ``studies``, as a training makes them."""
    import numpy as np
    from hydra.utils import instantiate

    from combo_dl.core.drug_table import oncology_drugs, target_genes
    from combo_dl.drugs.catalog import build_catalog, study_drugs
    from combo_dl.drugs.graph import build_graph
    from combo_dl.drugs.interactions import interaction_edges
    from combo_dl.train.prepare import DrugWorld

    found: dict[str, Drug] = {}
    for study in studies:
        for drug in study_drugs(study.drugs.names, study.smiles, table=oncology_drugs()):
            found.setdefault(drug.name, drug)
    drugs = [found[name] for name in sorted(found)]
    catalog = build_catalog(drugs)
    targets = sorted({*target_genes(), *(gene for drug in drugs for gene in drug.targets)})
    ids = {s.name: catalog.drugs.ids(s.drugs.names).astype(np.int64) for s in studies}
    edges, source = None, ""
    if relation.get("interactions"):
        known: Study = instantiate(relation.interactions)
        names, keys = catalog.drugs.names, catalog.inchikey14
        edges = interaction_edges(known, names=names, identity=keys, table=oncology_drugs())
        source = known.name
    graph = build_graph(drugs, targets=targets, drug_edges=edges, drug_edge_source=source)
    return DrugWorld(catalog=catalog, graph=graph, ids=ids)


def _show(title: str, findings: "Sequence[Finding]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for name in ("check", "severity", "found", "examples"):
        table.add_column(name, justify="right" if name == "found" else "left")
    for f in findings:
        said = Text("\n".join(f.examples))
        table.add_row(f.check, f.severity, str(f.found), said, style="red" if f.failed else None)
    Console().print(table)
