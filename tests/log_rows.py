"""What the workers of a service say about their stages, read from its log."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

__all__ = ["Row", "Tail"]

_POLL_S = 0.0003  # the shortest stages take a few milliseconds
_PATIENCE_S = 120
_SPEAKER = re.compile(rb"(\x1b\[\d+m)?(\(ServeReplica:\S+ pid=\d+\)(\x1b\[\d+m)? )?")  # Ray says who speaks


@dataclass(frozen=True, slots=True)
class Row:
    """A line that a worker wrote about a stage: a count of its own, which owes nothing to the ledger.

    `at` is when, by the clock of this machine.
    """

    at: datetime
    message: str
    stage: str
    job_id: str
    key: str
    fence: int
    pid: int


class Tail:
    """The rows of a log from now on."""

    def __init__(self, log: Path, *, whole: bool = False) -> None:
        self._file = log.open("rb")
        self._file.seek(0, os.SEEK_SET if whole else os.SEEK_END)
        self._part = b""
        self._begun: dict[bytes, bytes] = {}

    def new(self) -> list[Row]:
        """Those that have come since the last call."""
        *lines, self._part = (self._part + self._file.read()).split(b"\n")
        return [row for line in lines if (row := self._row(line))]

    def _row(self, line: bytes) -> Row | None:
        """What a line says; Ray reads its workers' files while they write, and prints such a line in two."""
        speaker = _SPEAKER.match(line)[0]
        begun = self._begun.pop(speaker, b"")
        said = begun + line.removeprefix(speaker)
        if not said.startswith(b"{"):
            return None
        try:
            return _row(json.loads(said))
        except json.JSONDecodeError:
            if begun or not speaker:
                raise
            self._begun[speaker] = said
            return None

    def until(self, wanted: Callable[[Row], bool]) -> list[Row]:
        """All rows up to the first that is wanted, and those that came with it."""
        found: list[Row] = []
        end_s = time.perf_counter() + _PATIENCE_S
        while not any(wanted(row) for row in found):
            assert time.perf_counter() < end_s, found
            time.sleep(_POLL_S)
            found += self.new()
        return found

    def close(self) -> None:
        self._file.close()


def _row(line: dict[str, Any]) -> Row | None:
    if "key" not in line:
        return None
    fence, pid = int(line.get("fence", 0)), int(line.get("pid", 0))
    at = datetime.fromisoformat(line["time"])
    return Row(at, line["message"], line.get("stage", ""), line["job_id"], line["key"], fence, pid)
