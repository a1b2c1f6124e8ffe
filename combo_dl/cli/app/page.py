"""The page of ``combo-dl serve``: bundles, drugs and a profile or a table; what is predicted.

The one file that imports Streamlit, which runs it. What a user typed or uploaded is shown as plain
text or in a grid, never as Markdown or HTML.
"""

import json
import os
from pathlib import Path

import pandas as pd
import streamlit as st

from combo_dl.cli.app.tables import (
    combinations_of,
    grouped,
    read_upload,
    survival_of,
    to_csv,
)
from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ComboError
from combo_dl.core.predictions import DISCLAIMER, PAIR_SUPPORT
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.spreadsheet import inert_table
from combo_dl.infer.bundle import Bundle
from combo_dl.infer.together import Together, load_together
from combo_dl.screen.choose_drugs import trained_drugs

BUNDLES, MOST_MIB = "COMBO_DL_SERVED_BUNDLES", "COMBO_DL_MOST_UPLOADED_MIB"
MOST_DRUGS = 5
_CHOOSE, _UPLOAD = "Choose drugs", "Upload a table"


@st.cache_resource(show_spinner="Reading the bundle")
def bundles_of(folders: tuple[str, ...]) -> Together:
    """The bundles in ``folders``, read once."""
    return load_together([Path(folder) for folder in folders], device="cpu")


def page(folders: tuple[str, ...], *, most_mib: int) -> None:
    """Draw the page."""
    st.set_page_config(page_title="combo_dl", layout="wide")
    st.title("What a combination of drugs does")
    st.warning(DISCLAIMER)
    try:
        bundles = bundles_of(folders)
        people = _people(bundles, most_mib)
        rows = _asked(bundles, people, most_mib)
        if rows is not None:
            _show(bundles, bundles.predict(rows, profiles=people, allow_missing_fields=True))
    except ComboError as error:
        st.error("This cannot be predicted:")
        # As plain text: the line may repeat what was uploaded.
        st.text(" ".join(str(error).split())[:500])
    _about(folders)


def _of_patients(bundle: Bundle) -> list[str]:
    """Studies of the bundle whose profiles are patients: it names none, they are described."""
    return [s for s in bundle.card["studies"] if bundle.profiles(s).space == PATIENT]


def _people(bundles: Together, most_mib: int) -> pd.DataFrame | None:
    if not any(map(_of_patients, bundles.bundles.values())):
        return None
    st.caption("This page predicts for patients. Columns profile and any of its fields.")
    file = st.file_uploader("Patients (CSV)", type=["csv", "tsv"], key="people")
    if file is None:
        return None
    return read_upload(file.name, file.getvalue(), most_bytes=most_mib << 20)


def _drug_names(bundles: Together) -> list[str]:
    """Drugs to choose from: the catalogue, and classes and drugs that patients of training had. A
    bundle may know thousands of names from its other sources: those are for tables."""
    names = {d.name for d in oncology_drugs().drugs}
    for bundle in bundles.bundles.values():
        names.update(n for study in _of_patients(bundle) for n in trained_drugs(bundle, study))
    return sorted(names, key=str.casefold)


def _asked(bundles: Together, people: pd.DataFrame | None, most_mib: int) -> pd.DataFrame | None:
    how = st.radio("For what?", [_CHOOSE, _UPLOAD], horizontal=True)
    if how == _UPLOAD:
        st.caption("Columns drug_a, drug_b, …, profile, as combo-dl predict takes them.")
        file = st.file_uploader("CSV", type=["csv", "tsv"])
        if file is None:
            return None
        return read_upload(file.name, file.getvalue(), most_bytes=most_mib << 20)
    left, right = st.columns([2, 1])
    drugs = left.multiselect("Drugs", _drug_names(bundles), max_selections=MOST_DRUGS)
    own = [] if people is None or "profile" not in people else people["profile"].astype(str)
    lines = [n for b in bundles.bundles.values() for n in b.profiles().ids.names]
    profiles = list(dict.fromkeys([*own, *lines]))
    profile = right.selectbox("Profile", profiles) if len(profiles) else None
    if not drugs:
        return None
    made = {f"drug_{'abcde'[k]}": [name] for k, name in enumerate(drugs)}
    return pd.DataFrame(made | ({} if profile is None else {"profile": [profile]}))


def _show(bundles: Together, table: pd.DataFrame) -> None:
    endpoints = {n: e for b in bundles.bundles.values() for n, e in b.endpoints.items()}
    if table["row"].nunique() == 1:
        st.text(combinations_of(table).iloc[0])
    for kind, rows in grouped(table, endpoints).items():
        st.subheader(kind.capitalize())
        st.dataframe(rows.round(3), hide_index=True, width="stretch")
    for endpoint, curves in survival_of(table).items():
        st.subheader(f"Without an event of {endpoint}, as predicted")
        st.line_chart(curves, x_label="days", y_label="share", height=260)
    st.subheader("What this leans on")
    count = table.drop_duplicates(["row", "support"])["support"].value_counts()
    st.dataframe(
        inert_table(count.rename_axis("support").reset_index(name="combinations")), hide_index=True
    )
    st.caption("Support, from the best to the worst: " + "; ".join(PAIR_SUPPORT) + ".")
    for note in table.attrs["notes"]:
        st.text(note)
    st.download_button("Download as CSV", to_csv(table), "predictions.csv", "text/csv")


def _about(folders: tuple[str, ...]) -> None:
    try:
        bundles = bundles_of(folders).bundles
    except ComboError:
        return
    for name, bundle in bundles.items():
        card = bundle.card
        with st.expander("About this bundle" if len(bundles) == 1 else f"About {name}"):
            st.text(f"intended use: {card.get('intended_use', '')}")
            st.text(f"learned from: {', '.join(card['studies'])}")
            st.text(f"predicts: {', '.join(card['endpoints'])}; networks: {card['members']}")
            st.text(f"digest: {card['digest']}")


if __name__ == "__main__":
    page(tuple(json.loads(os.environ[BUNDLES])), most_mib=int(os.environ.get(MOST_MIB, "5")))
