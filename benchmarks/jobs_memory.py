"""What processes hold, seen from outside (Linux), and whether it grows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

__all__ = ["LOOK_COUNT", "Watch", "private_kb", "slope"]

LOOK_COUNT = 50  # a load


@dataclass(slots=True)
class Watch:
    """Looks at processes now and then.

    Args:
        pids: Process ids by name.
        at: After how many jobs each look was.
        private_kb: Memory that is the process's own and that it has written, kB, at each look, by name.
        fd_counts: Open file descriptors, likewise.
        thread_counts: Threads, likewise.
    """

    pids: Mapping[str, int]
    at: list[int] = field(default_factory=list)
    private_kb: dict[str, list[int]] = field(default_factory=dict)
    fd_counts: dict[str, list[int]] = field(default_factory=dict)
    thread_counts: dict[str, list[int]] = field(default_factory=dict)

    def look(self, job_count: int) -> None:
        """Take a sample after so many jobs."""
        self.at.append(job_count)
        for name, pid in self.pids.items():
            process = Path(f"/proc/{pid}")
            self.private_kb.setdefault(name, []).append(private_kb(pid))
            self.fd_counts.setdefault(name, []).append(len(os.listdir(process / "fd")))
            self.thread_counts.setdefault(name, []).append(len(os.listdir(process / "task")))


def private_kb(pid: int) -> int:
    """Private_Dirty of proc_pid_smaps_rollup(5), kB: not the libraries, which processes share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:"))


def slope(at: list[int], values: list[int]) -> tuple[float, float]:
    """Growth over the second half of the samples: least squares, and its standard error, per 1,000 jobs."""
    half = len(at) // 2
    x, y = np.array(at[half:], dtype=float), np.array(values[half:], dtype=float)
    x -= x.mean()
    spread = float(x @ x)
    growth = float(x @ y) / spread
    rest = y - y.mean() - growth * x
    error = float(np.sqrt(rest @ rest / max(1, len(x) - 2) / spread))
    return 1000 * growth, 1000 * error
