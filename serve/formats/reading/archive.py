"""ZIP archives: the mesh file in them and what it names, read in memory, never onto a disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from posixpath import dirname, splitext

from serve.contracts.errors import UnreadableMeshError
from serve.formats.reading.files import inner_path
from serve.formats.reading.limits import LIMITS, at_most
from serve.formats.reading.quoting import quoted

__all__ = ["Archive", "open_archive"]

_MESH_ENDS = (".glb", ".gltf", ".obj", ".ply", ".stl")
_FOREIGN_ENDS = (".3mf", ".dae", ".fbx", ".model", ".usd", ".usda", ".usdc", ".x3d")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# What the standard library raises at damaged archives, found by trying.
_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


class Archive:
    """An archive whose table of contents keeps the limits.

    Attributes:
        mesh_path: The one mesh file in it.
    """

    def __init__(self, archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> None:
        self._archive, self._entries = archive, entries
        self._folded = {path.casefold(): path for path in sorted(entries, reverse=True)}
        self.mesh_path = _mesh_path(list(entries))

    def read(self, path: str) -> bytes:
        """The bytes of an entry.

        Raises:
            UnreadableMeshError: They do not unpack to what the table of contents says.
        """
        try:
            return self._archive.read(self._entries[path])
        except _FAULTS as error:
            raise UnreadableMeshError(
                f"{quoted(path)} in the archive cannot be unpacked ({str(error)[:120]}): pack it again"
            ) from None

    def find(self, path: str) -> bytes | None:
        """The bytes of what lies at this path from the mesh file's folder; if need be, case is ignored."""
        folder = dirname(self.mesh_path)
        whole = f"{folder}/{path}" if folder else path
        found = whole if whole in self._entries else self._folded.get(whole.casefold())
        return None if found is None else self.read(found)


def open_archive(data: bytes) -> Archive:
    """Judge the table of contents.

    Raises:
        UnreadableMeshError: It is damaged, names a path outside, unpacks to too much, or holds no
            mesh file, or several.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _FAULTS as error:
        raise UnreadableMeshError(
            f"the ZIP archive cannot be opened ({str(error)[:120]}): it is cut off or damaged"
        ) from None
    contents = archive.infolist()
    at_most(LIMITS.entry_count, len(contents), "entries", "send the mesh and its textures only")
    _check_sizes(contents, len(data))
    entries = {inner_path(info.filename): info for info in contents if not info.is_dir()}
    for path, info in entries.items():
        _check_entry(path, info)
    return Archive(archive, entries)


def _check_sizes(contents: list[zipfile.ZipInfo], packed_bytes: int) -> None:
    """By the sizes that are declared; no more than those is ever unpacked."""
    total = sum(info.file_size for info in contents)
    at_most(LIMITS.archive_bytes, total, "bytes when it is unpacked", "send the mesh and its textures only")
    if total > LIMITS.archive_slack_bytes + LIMITS.archive_ratio * packed_bytes:
        raise UnreadableMeshError(
            f"the archive of {packed_bytes:,} bytes would unpack to {total:,}: it is no archive of a mesh"
        )


def _check_entry(path: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableMeshError(f"{quoted(path)} in the archive is encrypted: pack it without a password")
    if info.compress_type not in _METHODS:
        raise UnreadableMeshError(
            f"{quoted(path)} in the archive is packed in an unusual way: use the usual deflate"
        )


def _mesh_path(paths: list[str]) -> str:
    seen = [path for path in paths if not path.startswith("__MACOSX/")]
    meshes = [path for path in seen if splitext(path)[1].lower() in _MESH_ENDS]
    if len(meshes) == 1:
        return meshes[0]
    if meshes:
        listed = ", ".join(quoted(path) for path in sorted(meshes)[:5])
        raise UnreadableMeshError(
            f"the archive holds {len(meshes)} mesh files ({listed}): send one at a time"
        )
    foreign = next((path for path in seen if splitext(path)[1].lower() in _FOREIGN_ENDS), None)
    hint = f"{quoted(foreign)} is of a kind that cannot be read" if foreign else "no mesh file is in it"
    raise UnreadableMeshError(f"the archive has no GLB, glTF, OBJ, PLY or STL file: {hint}")
