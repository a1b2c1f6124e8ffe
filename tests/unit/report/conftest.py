"""A made-up benchmark, written and read once."""

from dataclasses import replace

import pytest
from benchmark_folder import write_benchmark

from combo_dl.report.forecasts import read_forecasts
from combo_dl.report.reader import read_result


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return write_benchmark(tmp_path_factory.mktemp("made") / "benchmark")


@pytest.fixture(scope="session")
def result(folder):
    return read_result(folder)


@pytest.fixture(scope="session")
def frame(folder):
    return read_forecasts(folder)


@pytest.fixture
def against(result):
    """The result with differences of mse that have these (mean, low, high), one a baseline."""

    def made(*ends):
        found = [
            replace(d, mean=m, low=low, high=high, folds=(m,) * 3)
            for d, (m, low, high) in zip(result.differences, ends, strict=False)
        ]
        return replace(result, differences=tuple(found))

    return made
