"""The load test, run for some seconds by a real Locust against a real service without a real engine."""

import csv
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.parts import require
from tests.served import serving

LOCUSTFILE = Path(__file__).parents[1] / "loadtest" / "locustfile.py"
USER_COUNT = 3
CALLS = {
    ("POST", "/v1/text-to-3d"),
    ("GET", "/v1/jobs/{job_id}"),
    ("GET", "/v1/jobs/{job_id}/events"),
    ("GET", "/v1/assets/{digest}"),
}


@pytest.fixture
def rows(request):
    """(type, name) of each row of Locust's table -> the row."""
    require("locust", find_spec("locust") is not None, "pip install -c constraints.txt -e '.[loadtest]'")
    return request.getfixturevalue("table")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("load")
    with serving(engine="fake") as served:
        options = ["--host", served.url, "--users", str(USER_COUNT), "--spawn-rate", "3", "--run-time", "12s"]
        line = ["-f", LOCUSTFILE, "--headless", "--only-summary", "--stop-timeout", "60", "--csv", "load"]
        subprocess.run([sys.executable, "-m", "locust", *line, *options], cwd=folder, check=True, timeout=120)
        assert served.client.get("/readyz").status_code == 200
    with (folder / "load_stats.csv").open() as file:
        return {(row["Type"], row["Name"]): row for row in csv.DictReader(file)}


def test_every_call_is_made_and_none_fails(rows):
    assert rows.keys() >= CALLS
    assert all(int(row["Request Count"]) > 0 and int(row["Failure Count"]) == 0 for row in rows.values())


def test_jobs_have_rows_of_their_own(rows):
    """Locust writes the table while jobs are under way: each has come so far, or a step less."""
    first, done, made = rows["JOB", "first progress"], rows["JOB", "done"], rows["GET", "/v1/assets/{digest}"]
    counts = [int(row["Request Count"]) for row in (first, done, made)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] - counts[-1] <= USER_COUNT
    assert 0 < float(first["Min Response Time"]) < float(done["Max Response Time"])
