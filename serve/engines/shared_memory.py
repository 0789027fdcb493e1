"""Segments of POSIX shared memory: files in `/dev/shm` that another process on this host maps too."""

from __future__ import annotations

import fcntl
import mmap
import os
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHARED_FOLDER", "Segment", "is_segment", "sweep"]

SHARED_FOLDER = Path("/dev/shm")
_NAME = re.compile(r"galatea-\d+-[0-9a-f]{32}")
_YOUNG_S = 60.0  # of an age at which a segment may not be locked yet


class Segment:
    """Made by the constructor, locked while this process lives, and gone after `close`.

    The name carries the process id, for people, and a nonce, so that nobody can have laid it there before.

    Args:
        size: Bytes.
        folder: Where.

    Raises:
        OSError: There is no room, or no such folder.
    """

    def __init__(self, size: int, folder: Path = SHARED_FOLDER) -> None:
        self.name = f"galatea-{os.getpid()}-{secrets.token_hex(16)}"
        self.size = size
        self._path = folder / self.name
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            # Not `ftruncate`: where memory is short, writing would then end the process (SIGBUS).
            os.posix_fallocate(self._file, 0, size)
            self._map = mmap.mmap(self._file, size)
        except OSError:
            self._forget()
            raise

    def write(self, array: NDArray[np.generic], offset: int) -> None:
        """Put an array at a place."""
        self._view(array.dtype, array.shape, offset)[...] = array

    def read(self, dtype: str, shape: tuple[int, ...], offset: int) -> NDArray[np.generic]:
        """A copy of the array at a place."""
        return self._view(np.dtype(dtype), shape, offset).copy()

    def close(self) -> None:
        """Remove it; who has it mapped keeps the memory."""
        self._map.close()
        self._forget()

    def _view(self, dtype: np.dtype[np.generic], shape: tuple[int, ...], offset: int) -> NDArray[np.generic]:
        # Nobody may keep it: the map cannot be closed while there is a view of it.
        return np.ndarray(shape, dtype, buffer=self._map, offset=offset)

    def _forget(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def is_segment(name: str) -> bool:
    """Whether a segment could have this name."""
    return _NAME.fullmatch(name) is not None


def sweep(folder: Path = SHARED_FOLDER) -> list[str]:
    """Remove the segments of processes that died; their names.

    A lock that can be taken says that its process is dead, also where process ids mean something else.
    """
    names = [path.name for path in folder.glob("galatea-*") if is_segment(path.name) and _is_dead(path)]
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return sorted(names)


def _is_dead(path: Path) -> bool:
    with suppress(OSError):  # it is gone, or another user's
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return datetime.now(UTC).timestamp() - os.fstat(file).st_mtime > _YOUNG_S
        finally:
            os.close(file)
    return False
