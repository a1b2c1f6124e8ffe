"""One Spark session for the whole folder: to start it takes longer than all that is asked of it."""

import shutil

import pytest


@pytest.fixture(scope="session")
def spark_session():
    """A local session of one core; skipped where pyspark or Java is absent."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    from combo_dl.screen.spark import open_session

    session = open_session(n_cores=1)
    yield session
    session.stop()
