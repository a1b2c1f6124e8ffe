"""The network of hazards on the same folds: contrasts of the curves that it gives to both arms."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.evaluate.rct_baselines import Told, curve_contrast
from combo_dl.evaluate.rct_comparisons import Comparison
from combo_dl.infer.bundle_reader import read_bundle
from combo_dl.infer.survival_members import member_curves
from combo_dl.nn.head.hazard import HazardHead
from combo_dl.train.member import TEST, read_forecast
from combo_dl.train.work import Work


def network_contrasts(
    work: Work, fold: int, bundle: Path, asked: Sequence[Comparison], survival: Endpoint
) -> Told:
    """Contrasts of ``asked``, whose arms are test rows of the fold, from the mean of its networks'
    curves of ``survival``, to its horizon. A curve ends with the last event of training; both are
    cut there, which is told by the check of the horizon before training."""
    endpoint, horizon_days = survival.name, float(survival.horizon_days or 0.0)
    place = {int(row): i for i, row in enumerate(work.folds[fold].test)}
    rows = np.array([[place[c.experimental.row], place[c.control.row]] for c in asked])
    seeds = range(work.settings.seeds)
    means = [read_forecast(work.folder(fold, s) / TEST, {endpoint})[endpoint].mean for s in seeds]
    heads = [net.heads[endpoint] for net in read_bundle(bundle).members]
    curves = member_curves(
        [h for h in heads if isinstance(h, HazardHead)], [m[rows.reshape(-1)] for m in means]
    )
    mean = np.mean([c.survival for c in curves], axis=0).reshape(len(asked), 2, -1)
    days = curves[0].times_days
    told = [
        curve_contrast(SurvivalCurves.of(days, a), SurvivalCurves.of(days, b), horizon_days)
        for a, b in mean
    ]
    return Told(rmst_days=np.array([t[0] for t in told]), log_hr=np.array([t[1] for t in told]))
