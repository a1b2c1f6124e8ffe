"""What a user chooses of outcomes."""

import math
from dataclasses import dataclass

from combo_dl.core.errors import ConfigError
from combo_dl.stats.independent_action import FIRST_SCAN_DAYS


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """level: share of new observations within an interval.  spearman: rank correlation of a
    patient's times under each drug alone, for the nulls of survival.  first_scan_days: beyond
    which times add under the second of them; None to do without it."""

    level: float = 0.8
    spearman: float = 0.3
    first_scan_days: float | None = FIRST_SCAN_DAYS

    def validate(self) -> "Assumed":
        """Itself. Raises ConfigError on a number out of range."""
        level, rho, scan = self.level, self.spearman, self.first_scan_days
        if not 0 < level < 1:
            raise ConfigError(f"level is {level}; expected a share between 0 and 1, such as 0.8")
        if not 0 <= rho <= 1:
            raise ConfigError(f"spearman is {rho}; expected a rank correlation from 0 to 1")
        if scan is not None and not (math.isfinite(scan) and scan >= 0):
            raise ConfigError(
                f"first_scan_days is {scan}; expected a day from 0 on, such as 60, or null for no "
                "additive null"
            )
        return self
