"""Reads ``contrasts.json`` of ``evaluate protocol=rct_contrasts``: another program may have changed
it."""

from dataclasses import dataclass
from pathlib import Path

from combo_dl.core.errors import FormatError
from combo_dl.core.files import read_json
from combo_dl.report.measures import number

JSON, FORMAT = "contrasts.json", 1
NORMAL_95 = 1.96
_TEXTS = ("trial", "stratum", "study", "cancer", "line", "experimental", "control")


@dataclass(frozen=True, kw_only=True)
class ModelScore:
    """Scores of a model over all comparisons; None where it has none."""

    model: str
    spearman: float | None
    low: float | None
    high: float | None
    answered: int
    own_spearman: float | None
    headline_on_own: float | None
    gain: tuple[float | None, float | None, float | None]
    failed_in_lower_half: float | None
    error_days: float | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A comparison. days, se: the randomised contrast.  told: {model: days or None}.  failed: it
    is a combination of which the trial shows no benefit."""

    texts: dict[str, str]
    patients: int
    fold: int
    days: float
    se: float
    log_hr: float | None
    failed: bool
    told: dict[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Contrasts:
    """A benchmark of randomised contrasts. leakage: rows of the audit; None where it has none."""

    protocol: dict
    ceiling: float | None
    models: tuple[ModelScore, ...]
    rows: tuple[Compared, ...]
    leakage: tuple[dict, ...] | None
    command: str
    digests: dict[str, str]

    @property
    def headline(self) -> str:
        """The model that is judged."""
        return str(self.protocol["headline"])

    @property
    def ranked(self) -> list[ModelScore]:
        """The models, the best Spearman first, those without one last."""
        return sorted(self.models, key=lambda m: -2.0 if m.spearman is None else m.spearman)[::-1]


def is_contrasts(folder: Path) -> bool:
    """Whether the folder is one of randomised contrasts."""
    return (folder / JSON).is_file()


def read_contrasts(folder: Path) -> Contrasts:
    """The benchmark in ``folder``. Raises FormatError in one line on whatever is wrong with it."""
    path = folder / JSON
    raw = read_json(path)
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else raw
        raise FormatError(
            f"{path} has format {str(found)[:40]!r}; expected {FORMAT}: run combo-dl evaluate "
            "protocol=rct_contrasts again"
        )
    try:
        made = _read(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(
            f"{path} is not one of combo-dl evaluate protocol=rct_contrasts ({error!r}); run it "
            "again"
        ) from error
    if not made.rows or made.headline not in {m.model for m in made.models}:
        raise FormatError(
            f"{path} has {len(made.rows)} comparisons and no scores of {made.headline!r}; run "
            "combo-dl evaluate protocol=rct_contrasts again"
        )
    return made


def _read(raw: dict) -> Contrasts:
    models = tuple(_model(r) for r in raw["table"])
    names = [m.model for m in models]
    leakage = raw.get("leakage")
    return Contrasts(
        protocol={**raw["protocol"], "headline": str(raw["protocol"]["headline"])},
        ceiling=number(raw["ceiling"]),
        models=models,
        rows=tuple(_row(r, names) for r in raw["rows"]),
        leakage=None if leakage is None else tuple(_finding(r) for r in leakage),
        command=str(raw.get("command", "")),
        digests={str(k): str(v) for k, v in raw.get("digests", {}).items()},
    )


def _model(raw: dict) -> ModelScore:
    gain = tuple(number(raw[f"headline_gain{end}"]) for end in ("", "_low", "_high"))
    return ModelScore(
        model=str(raw["model"]),
        spearman=number(raw["spearman"]),
        low=number(raw["spearman_low"]),
        high=number(raw["spearman_high"]),
        answered=int(raw["answered"]),
        own_spearman=number(raw["own_spearman"]),
        headline_on_own=number(raw["headline_on_own"]),
        gain=(gain[0], gain[1], gain[2]),
        failed_in_lower_half=number(raw["failed_in_lower_half"]),
        error_days=number(raw["mean_absolute_error_days"]),
    )


def _row(raw: dict, models: list[str]) -> Compared:
    return Compared(
        texts={name: str(raw[name]) for name in _TEXTS},
        patients=int(raw["patients"]),
        fold=int(raw["fold"]),
        days=float(raw["rmst_days"]),
        se=float(raw["rmst_se"]),
        log_hr=number(raw["log_hr"]),
        failed=raw["failed_combination"] is True,
        told={name: number(raw[f"rmst_days: {name}"]) for name in models},
    )


def _finding(raw: dict) -> dict:
    return {
        "check": str(raw["check"]),
        "severity": str(raw["severity"]),
        "found": int(raw["found"]),
        "examples": [str(e) for e in raw["examples"]],
    }
