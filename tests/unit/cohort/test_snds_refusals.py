"""Deliveries that cannot be read are refused in one line, before anything is computed."""

from datetime import date

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from combo_dl.cohort.atc import DrugNames, both_generations
from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.snds_columns import SndsNames
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_generator import SndsDesign, write_snds
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import TypedTables
from combo_dl.core.errors import ConfigError, SourceError

SPAN = {"first_day": date(2017, 1, 1), "last_day": date(2019, 12, 31)}


@pytest.fixture
def claims(tmp_path):
    write_snds(tmp_path, SndsDesign(n_people=20, first_year=2017, last_year=2019))
    return tmp_path / "claims"


def refused(folder, message, error=SourceError, **changed):
    with pytest.raises(error, match=message) as caught:
        read_snds(open_duckdb(), SndsSettings(**(SPAN | changed)), folder=folder)
    assert "\n" not in str(caught.value)


def test_a_missing_table(claims):
    (claims / "ER_PHA_F.parquet").unlink()
    refused(claims, "no table ER_PHA_F", parts=("dcir",))


def test_a_missing_column_and_where_to_name_it(claims):
    place = claims / "IR_BEN_R.parquet"
    pq.write_table(pq.read_table(place).rename_columns({"BEN_NIR_PSA": "NUM_ENQ"}), place)
    refused(claims, "IR_BEN_R lacks the column BEN_NIR_PSA", parts=("causes",))
    names = SndsNames(columns={"IR_BEN_R.BEN_NIR_PSA": "NUM_ENQ"})
    settings = SndsSettings(**SPAN, parts=("causes",), names=names)
    found = read_snds(open_duckdb(), settings, folder=claims)
    assert found.kept["people"] == 20
    assert ("IR_BEN_R", "NUM_ENQ") in found.columns_read


def test_a_year_without_its_table(claims):
    (claims / "T_MCO18B.parquet").unlink()
    refused(claims, r"no table of T_MCOaaB for 2018 \(T_MCO18B\)", parts=("mco",))


def test_an_optional_table_is_of_all_years_or_of_none(claims):
    (claims / "T_MCO18FH.parquet").unlink()
    refused(claims, "no table of T_MCOaaFH for 2018", parts=("mco",))


def test_a_column_of_the_wrong_type(claims):
    place = claims / "IR_BEN_R.parquet"
    table = pq.read_table(place)
    words = pa.array(["unknown"] * len(table))
    at = table.column_names.index("BEN_NAI_ANN")
    pq.write_table(table.set_column(at, "BEN_NAI_ANN", words), place)
    refused(
        claims,
        "BEN_NAI_ANN of IR_BEN_R holds 'unknown'; expected a whole number",
        parts=("causes",),
    )


def test_dates_written_in_two_ways(claims):
    place = claims / "IR_BEN_R.parquet"
    table = pq.read_table(place)
    dates = pa.array(["2018-02-01", "01/02/2018"] * (len(table) // 2))
    at = table.column_names.index("BEN_DCD_DTE")
    pq.write_table(table.set_column(at, "BEN_DCD_DTE", dates), place)
    refused(claims, "BEN_DCD_DTE of IR_BEN_R are written in 2 ways", parts=("causes",))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"last_day": date(2016, 1, 1)}, "first_day"),
        ({"parts": ("dcir", "psychiatry")}, "parts"),
        ({"twins": "merge"}, "twins"),
        ({"flow_months": -1}, "flow_months"),
        ({"contact_grace_days": -1}, "contact_grace_days is -1"),
        ({"contact_grace_days": 90, "parts": ("ald",)}, "with parts ald; expected"),
        ({"names": SndsNames(tables={"T_XX": "A"})}, "T_XX"),
        ({"names": SndsNames(columns={"NOTHING": "A"})}, "NOTHING"),
    ],
)
def test_settings_that_contradict_one_another(changed, message, tmp_path):
    refused(tmp_path, message, error=ConfigError, **changed)


def test_a_folder_that_is_not_there(tmp_path):
    refused(tmp_path / "away", "no folder")


@pytest.mark.parametrize(
    "written",
    [
        "2018-03-02",
        "2018-03-02 00:00:00",
        "02/03/2018",
        "20180302",
        "02032018",
        "02Mar2018:10:11:12",
    ],
)
def test_a_date_is_read_however_it_is_written(written, tmp_path):
    rows = pa.table({"A": [written, ""], "B": ["61.0", " 7 "], "C": ["0012 ", "12"]})
    csv.write_csv(rows, tmp_path / "T.csv", csv.WriteOptions(delimiter=";"))
    tables = TypedTables(SourceTables(open_duckdb(), tmp_path))
    read = tables.read("T", {"A": "date", "B": "integer", "C": "key"}).to_pyarrow().to_pydict()
    assert sorted(read["A"], key=str) == [date(2018, 3, 2), None]
    assert sorted(read["B"]) == [7, 61]
    assert read["C"] == ["12", "12"]


def test_the_year_1600_is_no_date(tmp_path):
    pq.write_table(pa.table({"A": [date(1600, 1, 1), date(2018, 1, 1)]}), tmp_path / "T.parquet")
    read = TypedTables(SourceTables(open_duckdb(), tmp_path)).read("T", {"A": "date"})
    assert sorted(read.A.to_pyarrow().to_pylist(), key=str) == [date(2018, 1, 1), None]


def test_both_generations_of_atc_name_one_drug():
    names = DrugNames()
    assert both_generations("L01XC17") == both_generations("L01FF01") == ("L01XC17", "L01FF01")
    assert names.of("L01XC17") == names.of("L01FF01") == ("nivolumab",)
    assert names.of("L01XE04") == ("sunitinib",)
    assert set(names.of("L01BC59")) == {"trifluridine", "tipiracil"}
    assert names.of("C09AA05") == ()
