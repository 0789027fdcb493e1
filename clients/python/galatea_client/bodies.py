"""What is uploaded: a file, bytes, or pieces that come from elsewhere."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from galatea_client.errors import InvalidRequestError, problem

__all__ = ["PIECE_BYTES", "Body", "Source", "body_of", "media_type_of", "sync_pieces"]

PIECE_BYTES = 512 * 1024  # a gRPC message of the service holds less than 1 MiB

Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | Iterable[bytes] | AsyncIterable[bytes]
"""A path, bytes, an open binary file, or an iterable of bytes; `AsyncGalatea` also takes an async one."""

_MEDIA_TYPES = {
    ".bvh": "application/x-bvh",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".hdr": "image/vnd.radiance",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".obj": "model/obj",
    ".ply": "application/x-ply",
    ".png": "image/png",
    ".stl": "model/stl",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of an upload.

    Args:
        pieces: Begins to read them, from the first on.
        byte_count: How many there are, where that is known before.
        repeatable: Whether `pieces` can be called again, and so the upload be tried again.
    """

    pieces: Callable[[], Iterator[bytes] | AsyncIterator[bytes]]
    byte_count: int | None
    repeatable: bool


def body_of(source: Source) -> Body:
    """The source as the body of an upload.

    Raises:
        OSError: The file cannot be read.
        TypeError: It is nothing that can be uploaded.
    """
    if isinstance(source, bytes):
        return Body(lambda: _slices(source), len(source), repeatable=True)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return Body(lambda: _file_pieces(path), path.stat().st_size, repeatable=True)
    if isinstance(source, AsyncIterable):
        return Body(lambda: aiter(source), None, repeatable=False)
    if not isinstance(source, Iterable):
        raise TypeError(
            f"a {type(source).__name__} cannot be uploaded; give a path, bytes, a file or an iterable"
        )
    read = getattr(source, "read", None)
    if read is None:
        return Body(lambda: _not_too_large(source), None, repeatable=False)
    return Body(lambda: iter(lambda: read(PIECE_BYTES), b""), None, repeatable=False)


def sync_pieces(body: Body) -> Iterator[bytes]:
    """The pieces, for a thread.

    Raises:
        TypeError: They come from an async iterable.
    """
    pieces = body.pieces()
    if isinstance(pieces, AsyncIterator):
        raise TypeError(
            "an async iterable needs AsyncGalatea; give Galatea a path, bytes, a file or an iterable"
        )
    return pieces


def media_type_of(source: Source) -> str:
    """What the source is, by the extension of its path.

    Raises:
        InvalidRequestError: It has none that is known.
    """
    name = getattr(source, "name", source)
    suffix = Path(name).suffix.lower() if isinstance(name, str | os.PathLike) else ""
    if suffix in _MEDIA_TYPES:
        return _MEDIA_TYPES[suffix]
    told = problem(
        "unsupported_media_type",
        f"the media type cannot be told from {suffix!r}; give media_type, such as 'model/gltf-binary'",
        field="media_type",
    )
    raise InvalidRequestError(told)


def _slices(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))


def _file_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _not_too_large(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from _slices(piece)
