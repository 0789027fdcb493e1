"""Rows of a log come whole, also where Ray cuts a line that it reads while it is written."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from tests.log_rows import Tail


def line(key: str) -> str:
    at = "2026-11-24T00:16:28.592+00:00"
    return json.dumps({"time": at, "message": "stage done", "job_id": "a", "key": key, "fence": "3"})


@pytest.mark.parametrize("speaker", ["(ServeReplica:x:y pid=7) ", "\x1b[36m(ServeReplica:x:y pid=7)\x1b[0m "])
@pytest.mark.parametrize("place", [1, 40, 100])
def test_a_line_that_was_cut_is_one_row(tmp_path, speaker, place):
    log, other = tmp_path / "log", "(ServeReplica:x:z pid=8) "
    first, second = line("first"), line("second")
    log.write_text(f"{speaker}{first[:place]}\n{other}{second}\n{speaker}{first[place:]}\n{speaker}a word\n")
    with closing(Tail(log, whole=True)) as tail:
        rows = tail.new()
    assert [row.key for row in rows] == ["second", "first"]
    assert rows[1].fence == 3


def test_a_row_that_is_not_whole_is_an_error_and_not_dropped(tmp_path):
    log = tmp_path / "log"
    log.write_text(f"{line('first')[:40]}\n")
    with closing(Tail(log, whole=True)) as tail, pytest.raises(json.JSONDecodeError):
        tail.new()
