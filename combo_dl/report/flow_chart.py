"""A flow chart of a cohort as a picture."""

import io

import pandas as pd
from matplotlib.figure import Figure


def flow_chart(frame: pd.DataFrame) -> bytes:
    """PNG of a table ``step, people``: one bar a step, with the people left after it."""
    figure = Figure(figsize=(8, 0.5 * len(frame) + 0.8), layout="constrained")
    axes = figure.subplots()
    places = range(len(frame))
    axes.barh(places, frame["people"], color="#4c78a8")
    labels = [step if len(step) < 60 else step[:57] + "..." for step in frame["step"]]
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlabel("people left")
    for place, people in zip(places, frame["people"], strict=True):
        axes.text(people, place, f" {people}", va="center")
    axes.set_xlim(0, max(frame["people"]) * 1.15)
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=120, metadata={"Software": None})
    return made.getvalue()
