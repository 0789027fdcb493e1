"""Codes frames as an animated GIF: 256 colours for the whole film, chosen from all of its frames.

One palette keeps what stands still from flickering, and lets the coder leave out what did not change. So the
frames are read twice; between, they lie packed in a file without a name. A colour that the palette has not is
mixed by an ordered pattern, which stands still too, unlike errors that are handed on from pixel to pixel.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from serve.formats.video.chunks import pack_frames, unpack_frames
from serve.formats.video.timing import GIF_TICK_S, gif_step, gif_ticks
from serve.formats.video.wanted import VideoFormat

__all__ = ["write_gif"]

Pixels = NDArray[np.uint8]

_MAKE_PALETTE = "max_colors=256:stats_mode=full"
_USE_PALETTE = "dither=bayer:bayer_scale=4:diff_mode=rectangle"
_PALETTE_SIZE = 16, 16
_PIXEL_FORMAT = "bgra"  # what both filters work on
_RGBA_TO_BGRA = [2, 1, 0, 3]


def write_gif(wanted: VideoFormat, frames: Iterable[Pixels], output: BinaryIO) -> None:
    """Write the film, which begins anew for ever.

    Args:
        wanted: Its frame n begins at the hundredth of a second nearest to n over its rate; of more than 50 a
            second some are left out, see `gif_step`.
        frames: uint8 [H, W, 3 or 4], sRGB; alpha below one half is see-through.
        output: Is not closed.
    """
    kept = itertools.islice(frames, 0, None, gif_step(wanted.frame_rate))
    with TemporaryFile() as spool:
        lengths: list[int] = []
        chooser = _graph("palettegen", _MAKE_PALETTE, [(wanted.width, wanted.height)])
        (palette,) = _filtered(chooser, _spooled(kept, spool, lengths))
        spool.seek(0)
        pictures = (unpack_frames(spool.read(length))[0] for length in lengths)
        _write(wanted, pictures, palette, output)


def _write(wanted: VideoFormat, pictures: Iterator[Pixels], palette: VideoFrame, output: BinaryIO) -> None:
    starts = gif_ticks(wanted.frame_rate, wanted.frame_count)
    last_delay = {"final_delay": str(starts[-1] - starts[-2]), "fflags": "+bitexact"}
    painter = _graph("paletteuse", _USE_PALETTE, [(wanted.width, wanted.height), _PALETTE_SIZE])
    palette.pts, palette.time_base = 0, GIF_TICK_S
    painter.push(palette, at=1)
    painter.push(None, at=1)
    with av.open(output, "w", format="gif", options=last_delay) as container:
        stream = cast(VideoStream, container.add_stream("gif", 1 / GIF_TICK_S))
        stream.width, stream.height, stream.pix_fmt = wanted.width, wanted.height, "pal8"
        stream.codec_context.time_base = GIF_TICK_S
        stream.codec_context.thread_count = 1
        for painted in _filtered(painter, pictures):
            index, painted.time_base = cast(int, painted.pts), GIF_TICK_S
            painted.pts, painted.duration = starts[index], starts[index + 1] - starts[index]
            container.mux(stream.encode(painted))
        container.mux(stream.encode(None))


def _spooled(frames: Iterable[Pixels], spool: IO[bytes], lengths: list[int]) -> Iterator[Pixels]:
    """The frames with alpha, each once it is packed away."""
    for pixels in frames:
        picture = _with_alpha(pixels)
        lengths.append(spool.write(pack_frames(picture[None])))
        yield picture


def _filtered(graph: Graph, pictures: Iterable[Pixels]) -> Iterator[VideoFrame]:
    """What a filter makes of them; frames have their numbers for their times."""
    for index, picture in enumerate(pictures):
        graph.push(_frame(picture, index), at=0)
        yield from _ready(graph)  # else the graph would gather them
    graph.push(None, at=0)
    yield from _ready(graph)


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    with suppress(BlockingIOError, av.EOFError):  # it wants more, or has given all
        while True:
            yield cast(VideoFrame, graph.pull())


def _graph(name: str, arguments: str, sizes: Iterable[tuple[int, int]]) -> Graph:
    """A filter with pictures of these sizes for its inputs."""
    graph = Graph()
    middle, sink = graph.add(name, arguments), graph.add("buffersink")
    for index, (width, height) in enumerate(sizes):
        kind = av.VideoFormat(_PIXEL_FORMAT, width, height)
        source = graph.add_buffer(width=width, height=height, format=kind, time_base=GIF_TICK_S)
        source.link_to(middle, 0, index)
    middle.link_to(sink)
    graph.configure()
    return graph


def _frame(picture: Pixels, index: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture[..., _RGBA_TO_BGRA]), _PIXEL_FORMAT)
    frame.pts, frame.time_base = index, GIF_TICK_S
    return frame


def _with_alpha(pixels: Pixels) -> Pixels:
    """uint8 [H, W, 4], opaque where it had none."""
    missing = 4 - pixels.shape[-1]
    return np.pad(pixels, ((0, 0), (0, 0), (0, missing)), constant_values=255)
