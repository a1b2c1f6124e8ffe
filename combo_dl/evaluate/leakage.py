"""The leakage audit of a benchmark: it runs before anything is fitted, and refuses to score what
training could see."""

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
    found = audit(
        first,
        work.folds,
        identity=world.identity(first),
        unit=unit,
        catalog=world.catalog,
        graph=world.graph.without_sources({s.name for s in work.studies}),
        label_sources=[s.name for s in work.studies[1:]],
    )
    trained = [training_rows(f.train, studies=work.studies, world=world) for f in work.folds]
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
