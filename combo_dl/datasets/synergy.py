"""Synergy scores of dose-response matrices: Bliss, HSA, Loewe and ZIP from raw wells.

Each score is 100 times the mean over the combination wells of (observed - expected inhibition):
percentage points, positive = synergy. What is expected of two drugs that do not interact:

- Bliss (Bliss CI. Ann Appl Biol 1939;26:585-615): fa + fb - fa fb, of the measured single effects.
- HSA, highest single agent (Berenbaum MC. Pharmacol Rev 1989;41:93-141): max(fa, fb), measured.
- Loewe additivity (Loewe S. Arzneimittelforschung 1953;3:285-290): the effect y at which
  da / Da(y) + db / Db(y) = 1, where D(y) is the dose of one drug that alone has effect y, the
  inverse of its Hill curve. An effect beyond what a drug can reach needs infinitely much of it, so
  that its term is 0 there and the other drug stands alone; y is thus never below max(fa, fb).
- ZIP, zero interaction potency (Yadav B et al. Comput Struct Biotechnol J 2015;13:504-513): Hill
  curves from 0 to 1, alone and, at each dose of the other drug, from the other drug's effect to 1;
  delta is the mean of the two curves through a well less the Bliss of the two drugs' own curves.

Measured single effects are linear in log dose between the doses measured; beyond them the nearest
one stands. Inhibition is not cut to 0..1: noise about 0 would turn into an effect.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_range, check_shape
from combo_dl.core.errors import InputError
from combo_dl.datasets.dose_response import DoseResponse, HillCurves, dose_response, log10_dose
from combo_dl.datasets.hill_fit import fit_hill

SCORES = ("synergy_bliss", "synergy_hsa", "synergy_loewe", "synergy_zip")
LEAST_DOSES = 3  # a Hill curve through fewer doses is a guess: Loewe and ZIP are then unseen (NaN)
_HALVINGS = 50


@dataclass(frozen=True, kw_only=True)
class Wells:
    """Combination wells of B matrices, both doses above 0.

    matrix: int64[N], the matrix of each well.  dose_a_um, dose_b_um, inhibition: float64[N].
    curve_a, curve_b: int64[B], the curve among ``singles`` of each matrix's two drugs.
    """

    matrix: np.ndarray
    dose_a_um: np.ndarray
    dose_b_um: np.ndarray
    inhibition: np.ndarray
    curve_a: np.ndarray
    curve_b: np.ndarray
    singles: DoseResponse

    def __len__(self) -> int:
        return len(self.matrix)

    def validate(self) -> "Wells":
        """Itself. Raises InputError when shapes, ids or numbers do not fit."""
        for name in ("dose_a_um", "dose_b_um", "inhibition"):
            values = getattr(self, name)
            check_shape(name, values, (len(self),))
            if not np.isfinite(values).all():
                raise InputError(f"combination wells have {name} that is not a number; drop them")
        if not ((self.dose_a_um > 0) & (self.dose_b_um > 0)).all():
            raise InputError("combination wells need both doses above 0; others are single wells")
        check_shape("curve_b", self.curve_b, self.curve_a.shape)
        check_range("matrix", self.matrix, 0, len(self.curve_a))
        check_range("curve_a", self.curve_a, 0, len(self.singles))
        check_range("curve_b", self.curve_b, 0, len(self.singles))
        return self


def synergy_scores(wells: Wells) -> dict[str, np.ndarray]:
    """{score: float64[B]}, percentage points; NaN for a matrix without wells, and Loewe and ZIP
    also where a drug was measured alone at fewer than three doses.

    Drugs may be given in either order. Raises InputError.
    """
    expected = expected_inhibition(wells.validate())
    points = {name: 100 * (wells.inhibition - e) for name, e in expected.items()}
    points["synergy_zip"] = 100 * zip_delta(wells)
    count = np.bincount(wells.matrix, minlength=len(wells.curve_a))
    doses = wells.singles.measured.sum(axis=1)
    fitted = np.minimum(doses[wells.curve_a], doses[wells.curve_b]) >= LEAST_DOSES
    found = {}
    for name in SCORES:
        total = np.bincount(wells.matrix, weights=points[name], minlength=len(count))
        known = (count > 0) & (fitted | (name in SCORES[:2]))
        found[name] = np.where(known, total / np.maximum(count, 1), np.nan)
    return found


def loewe_volume(wells: Wells) -> np.ndarray:
    """float64[B]: the Loewe excess summed over the log-dose plane, percentage points x decades^2.

    The trapezoid rule over each matrix's own doses: the scale of Combenefit's synergy volume (Di
    Veroli GY et al. Bioinformatics 2016;32:2866-2868), which grows with the range of doses. NaN as
    in ``synergy_scores``, and where a drug has a single dose.
    """
    mean = synergy_scores(wells)["synergy_loewe"]
    excess = 100 * (wells.inhibition - expected_inhibition(wells)["synergy_loewe"])
    area = _decades(wells.matrix, wells.dose_a_um) * _decades(wells.matrix, wells.dose_b_um)
    keys = np.stack([wells.matrix.astype(np.float64), wells.dose_a_um, wells.dose_b_um], axis=1)
    _, place, repeats = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    total = np.bincount(wells.matrix, area * excess / repeats[place.ravel()], len(mean))
    flat = np.bincount(wells.matrix, area, len(mean)) == 0
    return np.where(np.isnan(mean) | flat, np.nan, total)


def _decades(matrix: np.ndarray, dose_um: np.ndarray) -> np.ndarray:
    """float64[N]: width in log10 dose that each well's dose stands for (trapezoid rule)."""
    keys = np.stack([matrix.astype(np.float64), np.log10(dose_um)], axis=1)
    levels, place = np.unique(keys, axis=0, return_inverse=True)
    gap = np.where(np.diff(levels[:, 0]) == 0, np.diff(levels[:, 1]), 0.0)
    return ((np.append(gap, 0.0) + np.append(0.0, gap)) / 2)[place.ravel()]


def matrix_scores(
    viability: np.ndarray, *, doses_a_um: np.ndarray, doses_b_um: np.ndarray
) -> dict[str, float]:
    """Scores of one matrix: viability [I, J] (fraction of the vehicle; NaN = not measured) at
    ``doses_a_um`` [I] and ``doses_b_um`` [J], with the single drugs along the rows of dose 0.

    Raises InputError when there is no dose 0 or no combination well.
    """
    check_shape("viability", viability, (len(doses_a_um), len(doses_b_um)))
    a, b = (np.asarray(d, np.float64).ravel() for d in np.meshgrid(doses_a_um, doses_b_um))
    effect = 1.0 - np.asarray(viability, np.float64).T.ravel()
    seen, both = np.isfinite(effect), (a > 0) & (b > 0)
    single = seen & ((a > 0) ^ (b > 0))
    for name, dose in (("a", a), ("b", b)):
        if not (single & (dose > 0)).any():
            raise InputError(f"no well has drug {name} alone; the matrix needs a row of dose 0")
    if not (seen & both).any():
        raise InputError("no well has both drugs; the matrix needs at least one")
    rows = np.flatnonzero(seen & both)
    wells = Wells(
        matrix=np.zeros(len(rows), np.int64),
        dose_a_um=a[rows],
        dose_b_um=b[rows],
        inhibition=effect[rows],
        curve_a=np.array([0]),
        curve_b=np.array([1]),
        singles=dose_response(
            (b > 0).astype(np.int64)[single], (a + b)[single], effect[single], n_curves=2
        ),
    )
    return {name: float(score[0]) for name, score in synergy_scores(wells).items()}


def expected_inhibition(wells: Wells) -> dict[str, np.ndarray]:
    """{score: float64[N]} what Bliss, HSA and Loewe expect of each well."""
    a, b = wells.curve_a[wells.matrix], wells.curve_b[wells.matrix]
    fa, fb = wells.singles.at(a, wells.dose_a_um), wells.singles.at(b, wells.dose_b_um)
    hill = fit_hill(wells.singles)
    return {
        "synergy_bliss": fa + fb - fa * fb,
        "synergy_hsa": np.maximum(fa, fb),
        "synergy_loewe": loewe(
            hill.take(a), hill.take(b), dose_a_um=wells.dose_a_um, dose_b_um=wells.dose_b_um
        ),
    }


def loewe(
    a: HillCurves, b: HillCurves, *, dose_a_um: np.ndarray, dose_b_um: np.ndarray
) -> np.ndarray:
    """float64[N]: the Loewe-additive inhibition of doses of two drugs with curves that start at 0.

    Bisection between the larger single effect, where the sum of the two terms is at least 1, and
    the larger emax, where it is 0; between them it falls.
    """
    low = np.maximum(a.inhibition(dose_a_um), b.inhibition(dose_b_um))
    high = np.maximum(a.emax, b.emax)
    log_a, log_b = log10_dose(dose_a_um), log10_dose(dose_b_um)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        terms = _term(a, log_a, middle) + _term(b, log_b, middle)
        low, high = np.where(terms > 1, middle, low), np.where(terms > 1, high, middle)
    return (low + high) / 2


def _term(curves: HillCurves, log_dose: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """d / D(effect); 0 where the drug cannot have the effect."""
    needed = curves.log_dose(effect)
    # No effect needs no drug: any dose, however small, is then more than enough.
    power = np.where(np.isneginf(log_dose), -np.inf, np.minimum(log_dose - needed, 300.0))
    return 10.0**power


def zip_delta(wells: Wells) -> np.ndarray:
    """float64[N]: inhibition above what zero interaction potency expects, of each well."""
    alone = fit_hill(wells.singles, emax=1.0)
    fa = alone.take(wells.curve_a[wells.matrix]).inhibition(wells.dose_a_um)
    fb = alone.take(wells.curve_b[wells.matrix]).inhibition(wells.dose_b_um)
    along_b = _fitted_along(wells, wells.dose_a_um, wells.dose_b_um, start=fa)
    along_a = _fitted_along(wells, wells.dose_b_um, wells.dose_a_um, start=fb)
    return (along_a + along_b) / 2 - (fa + fb - fa * fb)


def _fitted_along(
    wells: Wells, fixed: np.ndarray, moving: np.ndarray, *, start: np.ndarray
) -> np.ndarray:
    """float64[N]: effects on Hill curves over the ``moving`` doses at each ``fixed`` dose of a
    matrix, which begin at the fixed drug's own effect ``start`` and end at 1."""
    keys = np.stack([wells.matrix.astype(np.float64), fixed], axis=1)
    _, first, curve = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    curve = curve.ravel()
    measured = dose_response(curve, moving, wells.inhibition, n_curves=len(first))
    return fit_hill(measured, e0=start[first], emax=1.0).take(curve).inhibition(moving)
