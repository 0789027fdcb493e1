"""What may be uploaded: media types, and how bytes of each begin.

The first bytes are looked at, no more: they tell a picture from a mesh, not a sound file from a broken one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from serve.contracts.errors import UnsupportedMediaTypeError

__all__ = ["EXAMPLE_OBJ", "HEAD_BYTES", "UPLOAD_TYPES", "UploadType", "upload_type"]

HEAD_BYTES = 512  # as many as are looked at
EXAMPLE_OBJ = "o triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
"""A file of the type `model/obj`, for pages and tests."""
_MAX_SHOWN = 80
_STL_HEAD_BYTES = 84  # of the binary form: 80 of any text, then the count of its triangles
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
_RADIANCE = (b"#?RADIANCE", b"#?RGBE")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The statements of an OBJ file (Wavefront, Advanced Visualizer, appendix B1), those that lead one.
_OBJ_STATEMENTS = frozenset(b"mtllib usemtl o g s v vt vn vp f l p usemap maplib cstype deg".split())


@dataclass(frozen=True, slots=True)
class UploadType:
    """A row of the table.

    Args:
        media_type: As the store and the ledger keep it.
        ext: How a file of it is named.
        begins_well: Whether bytes that begin so may be of it.
        aliases: Other names that clients use.
    """

    media_type: str
    ext: str
    begins_well: Callable[[bytes], bool]
    aliases: tuple[str, ...] = ()


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


_SIGNATURES = (b"glTF", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"ply\n", b"ply\r")


def _is_json(head: bytes) -> bool:
    return head.removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n").startswith(b"{")


def _is_obj(head: bytes) -> bool:
    if head.translate(None, _CONTROLS) != head:
        return False
    words = head.removeprefix(_BYTE_ORDER_MARK).split(maxsplit=1)
    is_remark = words[:1] and words[0].startswith(b"#") and words[0] not in _RADIANCE
    return bool(is_remark or (words and words[0] in _OBJ_STATEMENTS))


def _is_stl(head: bytes) -> bool:
    if head.startswith(b"solid"):
        return True
    return len(head) >= _STL_HEAD_BYTES and not head.startswith(_SIGNATURES)


def _is_bvh(head: bytes) -> bool:
    return head.removeprefix(_BYTE_ORDER_MARK).lstrip().upper().startswith(b"HIERARCHY")


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


UPLOAD_TYPES: tuple[UploadType, ...] = (
    UploadType("application/x-bvh", "bvh", _is_bvh, ("text/x-bvh", "model/x-bvh")),
    UploadType("application/x-ply", "ply", _starts(b"ply\n", b"ply\r"), ("model/ply", "application/ply")),
    UploadType("application/zip", "zip", _starts(b"PK\x03\x04", b"PK\x05\x06")),
    UploadType("image/jpeg", "jpg", _starts(b"\xff\xd8\xff")),
    UploadType("image/png", "png", _starts(b"\x89PNG\r\n\x1a\n")),
    UploadType(
        "image/vnd.radiance",
        "hdr",
        _starts(*(word + b"\n" for word in _RADIANCE)),
        ("image/x-hdr", "image/hdr"),
    ),
    UploadType("image/webp", "webp", _is_webp),
    UploadType("model/gltf+json", "gltf", _is_json),
    UploadType("model/gltf-binary", "glb", _starts(b"glTF")),
    UploadType("model/obj", "obj", _is_obj),
    UploadType("model/stl", "stl", _is_stl),
)


def upload_type(content_type: str) -> UploadType:
    """The row that a Content-Type names; its parameters mean nothing to these types.

    Raises:
        UnsupportedMediaTypeError: None does.
    """
    name = content_type.partition(";")[0].strip().lower()
    for row in UPLOAD_TYPES:
        if name == row.media_type or name in row.aliases:
            return row
    raise UnsupportedMediaTypeError(
        f"the content type {content_type[:_MAX_SHOWN]!a} cannot be uploaded; send the bytes as they are, "
        f"with one of {', '.join(row.media_type for row in UPLOAD_TYPES)}"
    )
