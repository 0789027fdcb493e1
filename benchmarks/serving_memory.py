"""Memory of every process of a `galatea run`, those of its Ray too (Linux)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.jobs_memory import private_kb
from deployments.layout import layout_of
from serve.settings import Settings

__all__ = ["Held", "memory_of"]

_REPLICA = "ray::ServeReplica:galatea:"
_RAY = "Ray itself"


@dataclass(frozen=True, slots=True)
class Held:
    """Memory that is the processes' own and that they have written.

    Args:
        name: What they are.
        process_count: How many.
        mib: Of all of them.
    """

    name: str
    process_count: int
    mib: float


def memory_of(settings: Settings) -> list[Held]:
    """What the service of this data folder holds, by name; Ray's own processes are one row, the last."""
    found: dict[str, list[float]] = {}
    for pid, title in _processes(settings):
        with suppress(OSError):  # it has just ended
            found.setdefault(_name(settings, pid, title), []).append(private_kb(pid) / 1024)
    order = sorted(found, key=lambda name: (name == _RAY, name))
    return [Held(name, len(found[name]), sum(found[name])) for name in order]


def _processes(settings: Settings) -> Iterator[tuple[int, str]]:
    """Id and command line of each, whoever started it: Ray hands its environment on."""
    mark = f"GALATEA_DATA_DIR={settings.data_dir}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        with suppress(OSError):  # it has ended, or is another user's
            if pid != os.getpid() and mark in (process / "environ").read_bytes().split(b"\0"):
                yield pid, (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()


def _name(settings: Settings, pid: int, title: str) -> str:
    if title.startswith(_REPLICA):
        return title.removeprefix(_REPLICA).split("#")[0]
    if "-m galatea run" in title:
        return "galatea run"
    pids = layout_of(settings).pids_file
    names = json.loads(pids.read_text()) if pids.exists() else {}
    return next((name for name, one in names.items() if one == pid), _RAY)
