"""What browsers call a coded film: the `codecs` parameter of RFC 6381, read from the file.

Each container keeps the encoder's own record of profile and level near its beginning: `avcC` and `hvcC` of
ISO/IEC 14496-15, `av1C` of the AV1 bindings for ISOBMFF and Matroska, `vpcC` of the VP9 one.
"""

from __future__ import annotations

import struct

from serve.contracts.video import Codec, Container
from serve.formats.video.wanted import VideoFormat

__all__ = ["codec_name"]

_HEAD_BYTES = 4096
_BOX_TYPE_BYTES = 4
_MATROSKA_CODEC_PRIVATE = b"\x63\xa2"
_AV1_MARKER = 0x81  # of an av1C record: marker bit and version 1


def codec_name(data: bytes, wanted: VideoFormat) -> str:
    """Such as `avc1.64001f`; `gif` and `png` are their own names.

    Args:
        data: The file, of which the beginning is looked at.
        wanted: What was written.
    """
    head = data[:_HEAD_BYTES]
    match wanted.codec:
        case Codec.H264:
            return "avc1." + _record(head, b"avcC")[1:4].hex()
        case Codec.H265:
            return _h265_name(_record(head, b"hvcC"))
        case Codec.AV1:
            return _av1_name(_record(head, b"av1C") if wanted.holder is Container.MP4 else _private(head))
        case Codec.VP9 if wanted.holder is Container.MP4:
            profile, level, depth = _record(head, b"vpcC")[4:7]
            return f"vp09.{profile:02}.{level:02}.{depth >> 4:02}"
    return wanted.codec.value


def _record(head: bytes, box_type: bytes) -> bytes:
    """What an MP4's box of this type has in it, and what comes after."""
    return head[head.index(box_type) + _BOX_TYPE_BYTES :]


def _private(head: bytes) -> bytes:
    """The codec's record in a WebM: the element's size, in one byte or more, comes before it."""
    element = head[head.index(_MATROSKA_CODEC_PRIVATE) + len(_MATROSKA_CODEC_PRIVATE) :]
    return element[element.index(_AV1_MARKER) :]


def _h265_name(record: bytes) -> str:
    """ISO/IEC 14496-15, annex E.3: the profile's flags, their bits turned round, trailing zeros left out."""
    profile, flags, level = record[1], struct.unpack_from(">I", record, 2)[0], record[12]
    space, tier = "ABC"[(profile >> 6) - 1] if profile >> 6 else "", "LH"[profile >> 5 & 1]
    turned = int(f"{flags:032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\0")
    return ".".join(
        [f"hvc1.{space}{profile & 31}", f"{turned:X}", f"{tier}{level}", *(f"{c:X}" for c in constraints)]
    )


def _av1_name(record: bytes) -> str:
    """AV1 codec ISO media file format binding 1.2, section 5: profile, level, tier, depth."""
    profile, level = record[1] >> 5, record[1] & 31
    tier, is_deep = "MH"[record[2] >> 7], record[2] >> 6 & 1
    return f"av01.{profile}.{level:02}{tier}.{10 if is_deep else 8:02}"
