"""Predictions are read with replicates collapsed, or refused in one line."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import FormatError
from combo_dl.report.forecasts import COLUMNS, read_forecasts


def written(folder, frame):
    frame.to_parquet(folder / "predictions.parquet", index=False)
    return folder


@pytest.fixture
def raw(folder):
    return pd.read_parquet(folder / "predictions.parquet")


def test_an_absent_file_is_none(tmp_path):
    assert read_forecasts(tmp_path) is None


def test_replicates_count_once(tmp_path, raw):
    twice = pd.concat([raw.head(1), raw.head(1).assign(truth=raw["truth"][0] + 2)])
    found = read_forecasts(written(tmp_path, twice))
    assert len(found) == 1 and found["truth"][0] == pytest.approx(raw["truth"][0] + 1)


def test_rows_without_a_label_are_left_out(tmp_path, raw):
    part = raw.head(3).assign(truth=[1.0, np.nan, 2.0], mean=[1.0, 1.0, np.inf])
    assert len(read_forecasts(written(tmp_path, part))) == 1


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_lacks_is_named(tmp_path, raw, column):
    with pytest.raises(FormatError, match=f"lacks '{column}'"):
        read_forecasts(written(tmp_path, raw.drop(columns=column)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.head(0), "has no rows"),
        (lambda f: f.assign(truth=f["truth"].astype(str)), "'truth' holds object"),
        (lambda f: f.assign(profile=1), "'profile' holds int64; text was expected"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, raw, change, message):
    with pytest.raises(FormatError, match=message):
        read_forecasts(written(tmp_path, change(raw)))


def test_a_broken_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(FormatError, match="is no readable Parquet file") as said:
        read_forecasts(tmp_path)
    assert "\n" not in str(said.value)


def test_text_in_categories_is_text(tmp_path, raw):
    kept = raw.assign(shift=raw["shift"].astype("category"))
    assert len(read_forecasts(written(tmp_path, kept))) == len(raw)
