"""The leakage audit of a benchmark: it runs before anything is fitted, and refuses to score what
training could see."""

import numpy as np

from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.data.findings import Finding, refuse_leaks
from combo_dl.data.leakage import audit
from combo_dl.data.leakage_companion import audit_companion
from combo_dl.data.leakage_folds import claimed_unit
from combo_dl.train.prepare import training_rows
from combo_dl.train.work import Work


def audited(work: Work) -> list[Finding]:
    """One Finding a check. Raises LeakageError naming the checks that failed."""
    first, world = work.studies[0], work.world
    unit = claimed_unit(work.settings.split, work.folds)
    graph = world.graph.without_sources({s.name for s in work.studies})

    def trained_on(rows: np.ndarray) -> dict[str, np.ndarray]:
        return training_rows(rows, studies=work.studies, world=world)

    def graph_of(rows: np.ndarray) -> DrugGraph:
        return world.training_graph(trained_on(rows), work.studies)

    found = audit(
        first,
        work.folds,
        identity=world.identity(first),
        unit=unit,
        catalog=world.catalog,
        graph=graph,
        label_sources=[s.name for s in work.studies[1:]],
        graph_of=graph_of if graph.drug_relations() else None,
    )
    trained = [trained_on(fold.train) for fold in work.folds]
    for other in work.studies[1:]:
        found += audit_companion(
            (first, other),
            work.folds,
            [rows[other.name] for rows in trained],
            identities=(world.identity(first), world.identity(other)),
            unit=unit,
        )
    refuse_leaks({f"{first.name}, {work.settings.split}": found})
    return found


def told(found: list[Finding], study: Study) -> list[dict]:
    """The findings as written; of patients without examples, which name profiles."""
    hidden = study.profiles.space == PATIENT
    return [f.to_json() | ({"examples": []} if hidden and f.found else {}) for f in found]
