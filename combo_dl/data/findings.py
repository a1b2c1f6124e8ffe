"""Finding: what one check for leakage found, in numbers and in a few words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from combo_dl.core.errors import LeakageError

MOST_EXAMPLES = 5
# What folds may hold apart, beside rows.
UNITS = ("pair", "drug", "profile")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    severity: ``fail`` (scores would not be of unseen data) or ``warn`` (scores would flatter).
    found: how many, 0 where clean.  examples: at most five, in words.
    """

    check: str
    severity: str
    found: int
    examples: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """It is a leak, and not only something to know."""
        return self.severity == "fail" and self.found > 0

    def to_json(self) -> dict:
        """Plain values for a JSON file."""
        return {
            "check": self.check,
            "severity": self.severity,
            "found": self.found,
            "examples": list(self.examples),
        }


def finding(check: str, severity: str, found: int, examples: Iterable[str]) -> Finding:
    """A Finding with the first few of ``examples``; what is lazy beyond them is never made."""
    kept = tuple(islice(examples, MOST_EXAMPLES))
    return Finding(check=check, severity=severity, found=int(found), examples=kept)


def not_asked(check: str, why: str) -> Finding:
    """The Finding of a check that has no meaning here; ``why``: no folds, or what they keep."""
    return finding(check, "warn", 0, [f"not looked for: {why}"])


def refuse_leaks(findings: Mapping[str, Sequence[Finding]]) -> None:
    """Raise LeakageError in one line that names the failed checks of each place (study, split)."""
    failed = []
    for where, found in findings.items():
        named = [f"{f.check} ({f.found}, such as {f.examples[0]})" for f in found if f.failed]
        failed += [f"{where}: {', '.join(named)}"] if named else []
    if failed:
        raise LeakageError(
            f"{'; '.join(failed)}; expected none: mend the folds, the names of the drugs or the "
            "graph before scores are read"
        )
