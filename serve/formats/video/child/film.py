"""Codes frames as a film in an MP4 or a WebM.

An MP4 is fragmented: a header without pictures, then a fragment for every second, each of which can be
played as soon as it is there. The header waits for the first fragment (`delay_moov`), or it could not say by
how much frames that are coded out of order come late, and the film would begin after zero. A WebM grows by
clusters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from serve.contracts.video import Container
from serve.formats.video.codecs import CODINGS, THREAD_COUNT, Coding, coded_size, encoder_options
from serve.formats.video.hidden import fill_hidden
from serve.formats.video.wanted import VideoFormat
from serve.formats.video.yuv import to_yuv420

__all__ = ["write_film"]

Pixels = NDArray[np.uint8]

_FRAGMENT_FLAGS = "frag_keyframe+empty_moov+default_base_moof+delay_moov"
_KEY_FRAME_S = 1.0
# ITU-T H.273.
_BT709 = 1
# FFmpeg's AVCOL_RANGE_MPEG: 16 to 235.
_LIMITED = 1


def write_film(wanted: VideoFormat, frames: Iterable[Pixels], output: BinaryIO) -> None:
    """Write the film to a file that can be seeked.

    Args:
        wanted: One of the codecs in `CODINGS`.
        frames: uint8 [H, W, 3 or 4], sRGB, of its size.
        output: Is not closed.
    """
    coding = CODINGS[wanted.codec]
    # Without the version of the muxer, and without ids drawn by chance.
    options = {"fflags": "+bitexact"}
    if wanted.holder is Container.MP4:
        options["movflags"] = _FRAGMENT_FLAGS
    with av.open(output, "w", format=wanted.file_ext, options=options) as container:
        stream = _add_stream(container, wanted, coding)
        container.start_encoding()
        for packet in _cleaned(_packets(stream, frames, wanted), stream, coding):
            container.mux(packet)


def _add_stream(container: OutputContainer, wanted: VideoFormat, coding: Coding) -> VideoStream:
    stream = cast(
        VideoStream, container.add_stream(coding.encoder, wanted.frame_rate, encoder_options(wanted))
    )
    context = stream.codec_context
    context.width, context.height = coded_size(wanted)
    context.pix_fmt = "yuva420p" if wanted.transparent else "yuv420p"
    context.time_base = 1 / wanted.frame_rate
    context.gop_size = math.ceil(_KEY_FRAME_S * wanted.frame_rate)
    context.thread_count, context.thread_type = THREAD_COUNT, "FRAME"
    _tag_color(context)
    if coding.tag is not None:
        context.codec_tag = coding.tag
    stream.time_base = context.time_base
    return stream


def _tag_color(context: VideoCodecContext) -> None:
    context.color_range = _LIMITED
    context.color_primaries = context.color_trc = context.colorspace = _BT709


def _packets(
    stream: VideoStream, frames: Iterable[Pixels], wanted: VideoFormat
) -> Iterator[Packet[VideoStream]]:
    for index, pixels in enumerate(frames):
        picture = _picture(pixels, stream.codec_context)
        picture.pts, picture.duration, picture.time_base = index, 1, 1 / wanted.frame_rate
        yield from stream.encode(picture)
    yield from stream.encode(None)


def _cleaned(
    packets: Iterable[Packet[VideoStream]], stream: VideoStream, coding: Coding
) -> Iterator[Packet[VideoStream]]:
    """The packets without what the codec's `unit_filter` drops."""
    if coding.unit_filter is None:
        yield from packets
        return
    sieve = BitStreamFilterContext(coding.unit_filter, stream, stream)
    for packet in packets:
        yield from sieve.filter(packet)
    yield from sieve.filter(None)


def _picture(pixels: Pixels, context: VideoCodecContext) -> VideoFrame:
    picture = VideoFrame(context.width, context.height, context.pix_fmt or "yuv420p")
    _tag_color(picture)
    missing = context.height - pixels.shape[0], context.width - pixels.shape[1]
    if any(missing):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    has_alpha = pixels.shape[-1] == 4
    color = fill_hidden(pixels) if has_alpha else pixels
    planes = [*to_yuv420(color), *([pixels[..., 3]] if has_alpha else [])]
    for target, plane in zip(picture.planes, planes, strict=True):
        rows = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    return picture
