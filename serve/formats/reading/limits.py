"""What an uploaded file may ask for: one table, and the few ways of asking whether it is kept.

A file is untrusted: each number that it declares is held against this table, and against the bytes that are
there, before anything is allocated for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from serve.contracts.errors import UnreadableMeshError

__all__ = ["LIMITS", "Limits", "Tally", "at_most"]

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """The table.

    Args:
        file_bytes: Of the uploaded file.
        face_count: Triangles in all, instances and triangulated polygons counted.
        vertex_count: Positions in all, before equal ones are joined.
        part_count: Parts in all.
        node_count: Nodes of a glTF scene.
        node_depth: How deep they may be nested.
        json_bytes: Of a glTF document, buffers in data URIs counted.
        header_bytes: Of a PLY file's header.
        picture_side_px: Width and height of a picture.
        texel_count: Texels in all, of every picture that is decoded and of every map that is made.
        entry_count: Entries of a ZIP archive.
        archive_bytes: Of all its entries together, unpacked.
        archive_ratio: Unpacked to packed, once more than `archive_slack_bytes` come out.
        archive_slack_bytes: So much may come out whatever the ratio.
        coordinate_m: Largest coordinate, metres.
        extent_m: Least longest side of the mesh, metres.
        memory_bytes: Address space of the process that reads.
        cpu_s: Its processor time, seconds.
        wall_s: Its life, seconds.
        result_bytes: Of what it may write.
    """

    file_bytes: int = 512 * _MIB
    face_count: int = 2_000_000
    vertex_count: int = 6_000_000
    part_count: int = 1_024
    node_count: int = 100_000
    node_depth: int = 256
    json_bytes: int = 256 * _MIB
    header_bytes: int = 64 * 1024
    picture_side_px: int = 8_192
    texel_count: int = 2**28
    entry_count: int = 4_096
    archive_bytes: int = 1_024 * _MIB
    archive_ratio: int = 200
    archive_slack_bytes: int = 16 * _MIB
    coordinate_m: float = 1e9
    extent_m: float = 1e-6
    memory_bytes: int = 4_096 * _MIB
    cpu_s: int = 60
    wall_s: int = 120
    result_bytes: int = 2_048 * _MIB


LIMITS = Limits()


def at_most(limit: float, found: float, what: str, remedy: str) -> None:
    """Refuse more than the table allows.

    Args:
        limit: From the table.
        found: What the file has, or declares.
        what: Of which: `faces`.
        remedy: What the sender can do.

    Raises:
        UnreadableMeshError: `found` is above `limit`.
    """
    if found > limit:
        raise UnreadableMeshError(f"the file has {found:,} {what}, at most {limit:,} can be read: {remedy}")


class Tally:
    """A sum that may not pass a limit: what many small things come to together.

    Args:
        limit: From the table.
        what: Of which: `faces`.
        remedy: What the sender can do.
    """

    def __init__(self, limit: int, what: str, remedy: str) -> None:
        self._limit, self._what, self._remedy = limit, what, remedy
        self._sum = 0

    def add(self, count: int) -> None:
        """Count some more, before they are made.

        Raises:
            UnreadableMeshError: They are too many.
        """
        self._sum += count
        at_most(self._limit, self._sum, self._what, self._remedy)
