"""From frames to a film's file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

from serve.contracts.errors import InvalidRequestError, StorageError
from serve.contracts.video import Codec
from serve.formats.video.codec_names import codec_name
from serve.formats.video.codecs import coded_size
from serve.formats.video.matte import fit_frame
from serve.formats.video.pictures import write_pictures
from serve.formats.video.process import code_film
from serve.formats.video.timing import GIF_TICK_S, gif_step, gif_ticks
from serve.formats.video.wanted import VideoFormat

__all__ = ["EncodedVideo", "encode_video"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """A film's file, and what it measures.

    Args:
        data: The file.
        media_type: Of the file.
        file_ext: How its name ends, without the dot.
        width: Pixels; one more than was asked for where the codec takes even sizes alone.
        height: Pixels, likewise.
        frame_count: Frames in it.
        frame_rate: Frames a second, exactly.
        duration_s: Seconds for which they are seen.
        codec: As browsers name it (RFC 6381): `avc1.64001f`.
        warnings: What is otherwise than one would think.
    """

    data: bytes
    media_type: str
    file_ext: str
    width: int
    height: int
    frame_count: int
    frame_rate: Fraction
    duration_s: float
    codec: str
    warnings: tuple[str, ...]

    @property
    def bitrate_bps(self) -> float:
        """Bits a second, of the whole file."""
        return 8 * len(self.data) / self.duration_s


def encode_video(
    frames: Iterable[Pixels], wanted: VideoFormat, *, check: Callable[[], None] = lambda: None
) -> EncodedVideo:
    """Write a film; of the frames no more than one is held here at a time.

    Equal frames give equal bytes, on any number of cores, from one build of FFmpeg.

    Args:
        frames: uint8 [H, W, 3] or [H, W, 4] with straight alpha, sRGB, the top row first.
        wanted: What film.
        check: Asked several times a second; what it raises ends the work, and goes on upwards.

    Raises:
        InvalidRequestError: A frame has another size or type, or they are more or fewer than announced.
        UnsupportedFormatError: The codec needs PyAV, which is absent.
        WorkerLostError: The process that codes died.
        StorageError: There is no room for the file on the disk, or no process to be had.
    """
    try:
        with TemporaryFile() as output:
            if wanted.codec is Codec.PNG:
                write_pictures(wanted, _checked(frames, wanted, check), output)
            else:
                code_film(wanted, _checked(frames, wanted, check), output, check)
            output.seek(0)
            return _measured(output.read(), wanted)
    except OSError as error:
        raise StorageError(f"a film cannot be written: {error}; free some space") from error


def _checked(frames: Iterable[Pixels], wanted: VideoFormat, check: Callable[[], None]) -> Iterator[Pixels]:
    count = 0
    for count, frame in enumerate(frames, start=1):
        check()
        if count > wanted.frame_count:
            raise InvalidRequestError(
                f"there are more than the {wanted.frame_count} frames announced", "frames"
            )
        yield fit_frame(frame, wanted)
    if count < wanted.frame_count:
        raise InvalidRequestError(f"there are {count} frames, {wanted.frame_count} were announced", "frames")


def _measured(data: bytes, wanted: VideoFormat) -> EncodedVideo:
    width, height = coded_size(wanted)
    rate, count, duration_s = wanted.frame_rate, wanted.frame_count, wanted.duration_s
    if wanted.codec is Codec.GIF:
        ticks = gif_ticks(rate, count)
        rate, count, duration_s = rate / gif_step(rate), len(ticks) - 1, float(ticks[-1] * GIF_TICK_S)
    return EncodedVideo(
        data=data,
        media_type=wanted.media_type,
        file_ext=wanted.file_ext,
        width=width,
        height=height,
        frame_count=count,
        frame_rate=rate,
        duration_s=duration_s,
        codec=codec_name(data, wanted),
        warnings=tuple(_warnings(wanted)),
    )


def _warnings(wanted: VideoFormat) -> Iterator[str]:
    asked, coded = (wanted.width, wanted.height), coded_size(wanted)
    if asked != coded:
        yield (
            f"the film is {coded[0]} x {coded[1]} in the place of {asked[0]} x {asked[1]}: {wanted.codec} "
            "takes even sizes alone, so the last column or row is there twice"
        )
    step = gif_step(wanted.frame_rate)
    if wanted.codec is Codec.GIF and step > 1:
        yield f"the GIF has each {step}. frame: it shows at most 50 a second, {wanted.fps:g} were asked for"
