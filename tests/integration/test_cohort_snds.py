"""From claims of the SNDS to a study: the demonstration, and a delivery with other names."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from combo_dl.cli.main import main
from combo_dl.cohort.snds_generator import SndsDesign, generated_settings
from combo_dl.core.study_files import read_study

SPAN = ["source.first_day=2016-01-01", "source.last_day=2020-12-31"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snds")
    words = ["source.people=500", f"source.folder={folder}/kept", f"out={folder}/demo"]
    assert main(["cohort", "protocol=demo_snds", *words]) == 0
    return folder


def test_the_demonstration_writes_a_study_and_what_may_leave(made):
    study = read_study(made / "demo" / "study")
    assert set(study.combos.labels) == {"os", "ttnt", "colitis"}
    audit = pd.read_csv(made / "demo" / "audit.csv")
    assert audit["people_left"].iloc[-1] == len(study) > 50
    stated = json.loads((made / "demo" / "export" / "manifest.json").read_text())
    assert min(entry["smallest_cell"] for entry in stated) >= 11


def test_the_columns_read_and_the_rows_left_out_are_listed(made):
    read = pd.read_csv(made / "demo" / "columns_read.csv")
    assert {"IR_BEN_R", "ER_PRS_F", "T_MCO18B"} <= set(read["table"])
    left_out = pd.read_csv(made / "demo" / "source_audit.csv")
    assert left_out["dropped"].sum() > 0
    assert {"stage", "rule", "unit", "dropped"} == set(left_out)


def test_a_delivery_that_renames_its_columns_gives_the_same_study(made):
    """As project extractions do: BEN_NIR_PSA and NIR_ANO_17 arrive as NUM_ENQ."""
    renamed = made / "renamed"
    renamed.mkdir()
    for path in (made / "kept" / "claims").iterdir():
        table = pq.read_table(path)
        own = {"BEN_NIR_PSA": "NUM_ENQ", "NIR_ANO_17": "NUM_ENQ"}
        pq.write_table(
            table.rename_columns([own.get(c, c) for c in table.column_names]), renamed / path.name
        )
    words = [
        "cohort",
        "protocol=demo_snds",
        "source=snds",
        f"source.folder={renamed}",
        "+source.names.columns={BEN_NIR_PSA: NUM_ENQ, NIR_ANO_17: NUM_ENQ}",
        *_lists(),
        *SPAN,
        f"out={made}/other",
    ]
    assert main(words) == 0
    read = pd.read_csv(made / "other" / "columns_read.csv")
    assert "NUM_ENQ" in set(read["column"]) and "BEN_NIR_PSA" not in set(read["column"])
    one, other = (read_study(made / name / "study").combos for name in ("demo", "other"))
    assert np.array_equal(one.drugs, other.drugs)
    assert all(np.array_equal(v, other.labels[k], equal_nan=True) for k, v in one.labels.items())


def _lists():
    """What a delivery does not say of itself: the lists of codes that rules stand on."""
    given = generated_settings(SndsDesign(n_people=500))
    words = [f"+source.listing.{d}=[{a},{b}]" for d, (a, b) in given.listing.items()]
    words.append(f"source.partner_codes=[{','.join(given.partner_codes)}]")
    quoted = ",".join(f"'{number}'" for number in given.duplicate_finess)
    return [*words, f"source.duplicate_finess=[{quoted}]"]


def test_a_setting_of_the_delivery_that_is_wrong_is_one_line(made, capsys):
    words = ["cohort", "protocol=demo_snds", "source=snds", f"source.folder={made}/kept/claims"]
    for extra, said in (
        (["source.first_day=2016", SPAN[1]], "source.first_day"),
        ([*SPAN, "source.twins=keep"], "twins is 'keep'"),
        ([*SPAN, "+source.names.columns={NO: X}"], "renames 'NO'"),
        (["source.first_day=2015-01-01", SPAN[1]], "no table of"),
    ):
        assert main([*words, *extra, f"out={made}/no"]) == 2
        told = capsys.readouterr().err
        assert said in told and told.strip().count("\n") == 0, told
    assert not (made / "no").exists()
