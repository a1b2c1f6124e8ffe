"""The folder that ``combo-dl report`` reads of predictions: exact numbers, cards, what is what."""

import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from combo_dl.core.bundle_format import CARD
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.files import write_bytes, write_json
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.profile_table import PATIENT
from combo_dl.infer.bundle import Bundle

FORMAT = 1


def describe(out: Path, bundles: Mapping[str, Bundle], table: pd.DataFrame) -> None:
    """Write what stands beside the predictions ``table`` in the folder ``out``.

    The card is that of the bundle; of several, ``card.json`` holds {"bundles": {name: card}}.
    """
    room = io.BytesIO()
    table.to_parquet(room, index=False)
    write_bytes(out / "predictions.parquet", room.getvalue())
    cards = {name: bundle.card for name, bundle in bundles.items()}
    write_json(out / CARD, next(iter(cards.values())) if len(cards) == 1 else {"bundles": cards})
    spaces = [s["space"] for card in cards.values() for s in card["studies"].values()]
    about = {
        "format": FORMAT,
        "columns": _columns(bundles, table),
        "space": PATIENT if PATIENT in spaces else spaces[0],
        "notes": list(table.attrs["notes"]),
        "use": DISCLAIMER,
    }
    write_json(out / "predict.json", about)


def _columns(bundles: Mapping[str, Bundle], table: pd.DataFrame) -> dict[str, dict]:
    """{column: unit, direction, role, bundle}: one benefit and one harm stand against each other on
    the page, those which abstain least; of equal ones that which training weighed most."""
    made, order = {}, {"good": {}, "harm": {}}  # type: ignore[var-annotated]
    shown = dict(tuple(table.groupby("endpoint", sort=False)))
    for bundle_name, bundle in bundles.items():
        for name, endpoint in bundle.endpoints.items():
            for column in (c for c in bundle.columns[name] if c in shown):
                made[column] = _column(endpoint, bundle_name)
                if endpoint.direction in order:
                    abstains = float(shown[column]["abstain"].astype(float).mean())
                    order[endpoint.direction][column] = (abstains, -endpoint.weight)
    for direction, role in (("good", "benefit"), ("harm", "harm")):
        if order[direction]:
            made[min(order[direction], key=order[direction].__getitem__)]["role"] = role
    return made


def _column(endpoint: Endpoint, bundle: str) -> dict:
    unit = f"mean days of {endpoint.horizon_days:g}" if endpoint.is_survival else endpoint.unit
    return {"unit": unit, "direction": endpoint.direction, "role": "", "bundle": bundle}
