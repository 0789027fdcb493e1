"""Where a download goes: into a file that appears whole or not at all, or into memory."""

from __future__ import annotations

import errno
import os
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Protocol, TypeVar

__all__ = ["FileSink", "MemorySink", "Sink"]

T_co = TypeVar("T_co", covariant=True)


class Sink(Protocol[T_co]):
    """Takes bytes; its methods may block."""

    def open(self) -> None:
        """Make ready."""

    def write(self, piece: bytes) -> object:
        """Take the next bytes."""

    def keep(self) -> T_co:
        """All bytes have come and are right; what the caller gets."""

    def discard(self) -> None:
        """Leave nothing behind that was not kept."""


class FileSink:
    """A file: written beside its place under another name, and renamed when it is whole.

    Args:
        path: Its place; what is there now stays until then.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(f".{self._path.name}.{token_hex(4)}.part")
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Raises OSError, such as for a folder that does not exist."""
        if self._path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self._path))
        self._file = self._part.open("xb")

    def write(self, piece: bytes) -> object:
        """Raises OSError, such as on a full disk."""
        assert self._file is not None
        return self._file.write(piece)

    def keep(self) -> Path:
        """Where it is; on the disk, so that a loss of power leaves the old file or the new one."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        self._file = None
        return self._path

    def discard(self) -> None:
        """Remove what was begun."""
        if self._file is not None:
            self._part.unlink(missing_ok=True)
            self._file.close()


class MemorySink:
    """Bytes in memory."""

    def __init__(self) -> None:
        self._data = BytesIO()

    def open(self) -> None:
        """Nothing to do."""

    def write(self, piece: bytes) -> object:
        """Always has room."""
        return self._data.write(piece)

    def keep(self) -> bytes:
        """All of them."""
        return self._data.getvalue()

    def discard(self) -> None:
        """Free the memory."""
        self._data.close()
