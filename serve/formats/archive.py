"""ZIP archives with equal bytes for equal files, for the formats that are several files."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

__all__ = ["archive"]

# Local header of an entry without its name (APPNOTE 6.3.10, section 4.3.7).
_LOCAL_HEADER_BYTES = 30
# An extra field of our own, as zipalign and USD pad theirs: an id that is assigned to nobody, and a length.
_PADDING_ID, _PADDING_HEADER_BYTES = 0x1986, 4


def archive(files: Mapping[str, bytes], *, alignment: int = 1) -> bytes:
    """A ZIP of these files, in this order.

    Entries are stored, since other builds of zlib deflate to other bytes, and their time is the earliest that
    ZIP knows.

    Args:
        files: Path inside the archive -> bytes.
        alignment: Every file's bytes begin at a multiple of it (USDZ asks for 64).
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as entries:
        for path, data in files.items():
            start = file.tell() + _LOCAL_HEADER_BYTES + len(path.encode())
            entries.writestr(_entry(path, _padding(start, alignment)), data)
    return file.getvalue()


def _padding(start: int, alignment: int) -> bytes:
    """An extra field after which the entry's bytes are aligned; none where they are without it."""
    if start % alignment == 0:
        return b""
    byte_count = -(start + _PADDING_HEADER_BYTES) % alignment
    return struct.pack("<HH", _PADDING_ID, byte_count) + bytes(byte_count)


def _entry(path: str, extra: bytes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # Unix, also where this runs on Windows
    info.external_attr = 0o644 << 16
    info.extra = extra
    return info
