"""Cohorts are made where no network is: a namespace of processes without a route."""

import shutil
import subprocess
import sys

import pytest

ALONE = ["unshare", "-rn"]
REACH = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)"


def works() -> bool:
    """Whether this system lets a user make a namespace."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ALONE, "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not works(), reason="no namespaces for users on this system")


def test_the_namespace_has_no_route():
    tried = subprocess.run([*ALONE, sys.executable, "-c", REACH], capture_output=True, text=True)
    assert tried.returncode != 0 and "unreachable" in tried.stderr


def test_the_cohort_of_the_demonstration_needs_no_network(tmp_path):
    words = ["cohort", "protocol=demo_omop", "source.people=250", f"out={tmp_path}/demo"]
    code = f"import sys; from combo_dl.cli.main import main; sys.exit(main({words!r}))"
    made = subprocess.run([*ALONE, sys.executable, "-c", code], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "demo" / "export" / "manifest.json").is_file()
