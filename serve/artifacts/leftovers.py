"""What a killed writer leaves: obstore writes `<name>#<number>`, and renames it when it is whole."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["delete_leftovers"]

_LEFTOVER = re.compile(r"[0-9a-f]{64}#[0-9]+")


def delete_leftovers(folder: Path, before_s: float) -> int:
    """Delete the leftovers in a folder that were last written before a time; returns how many they were.

    Args:
        folder: May be missing.
        before_s: Seconds since 1970, by the disk's clock.

    Raises:
        OSError: The folder cannot be read, or a file not be deleted.
    """
    if not folder.is_dir():
        return 0
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if _LEFTOVER.fullmatch(entry.name)]
    old = [entry for entry in found if Path(entry).exists() and entry.stat().st_mtime < before_s]
    for entry in old:
        Path(entry).unlink(missing_ok=True)
    return len(old)
