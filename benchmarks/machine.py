"""The line that says where, when and of which code a table was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["commit", "machine", "versions"]


def machine() -> str:
    """Processor, cores, Python, date and load: enough to know whether two tables can be compared."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    today = datetime.now(UTC).date().isoformat()
    python = platform.python_version()
    return f"{processor}, {os.cpu_count()} cores, Python {python}, {today}, load {load:.1f} at the start"


def commit() -> str:
    """The commit that is measured, short; and whether its code was changed since."""
    changed = _git("status", "--porcelain", "serve", "deployments", "galatea")
    return _git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def versions(tools: Sequence[str]) -> str:
    """The packages with their versions, those that are missing too."""
    return ", ".join(f"{tool} {_version(tool)}" for tool in tools)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()
