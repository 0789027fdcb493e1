"""Files that others made become meshes: in a process that may die, within limits that one table states."""

from __future__ import annotations

from serve.formats.reading.limits import LIMITS, Limits
from serve.formats.reading.pieces import Reading
from serve.formats.reading.process import read_mesh

__all__ = ["LIMITS", "Limits", "Reading", "read_mesh"]
