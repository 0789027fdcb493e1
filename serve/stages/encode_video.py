"""Frames become a film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

import numpy as np
from pydantic import Field

from serve.contracts.film import FilmReport
from serve.contracts.quality import Quality
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.contracts.video import MAX_FRAME_COUNT, MAX_SIDE_PX, Codec, Container
from serve.formats.video import VideoFormat, encode_video, iterate_frames, pack_frames, poster_of

__all__ = ["SPEC", "EncodeVideoParams"]


class EncodeVideoParams(Params):
    """Which film.

    Args:
        width: Of the frames, pixels.
        height: Of the frames, pixels.
        fps: Frames a second.
        frame_count: Of all inputs together.
        codec: How frames are coded.
        container: The file around them.
        quality: How exactly, and how slowly.
        transparent: Whether the film keeps the frames' alpha.
    """

    width: int = Field(ge=16, le=MAX_SIDE_PX)
    height: int = Field(ge=16, le=MAX_SIDE_PX)
    fps: float = Field(ge=1, le=120)
    frame_count: int = Field(ge=1, le=MAX_FRAME_COUNT)
    codec: Codec = Codec.H264
    container: Container = Container.AUTO
    quality: Quality = Quality.MEDIUM
    transparent: bool = False


def _run(
    inputs: Mapping[str, bytes], params: EncodeVideoParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    chunks = [inputs[name] for name in sorted(inputs, key=lambda name: int(name.removeprefix("frames")))]
    film = encode_video(
        chain.from_iterable(map(iterate_frames, chunks)),
        VideoFormat(**params.model_dump()),
        check=tools.check,
    )
    report = FilmReport(
        width=film.width,
        height=film.height,
        fps=float(film.frame_rate),
        frame_count=film.frame_count,
        duration_s=film.duration_s,
        codec=film.codec,
        bitrate_bps=film.bitrate_bps,
        byte_count=len(film.data),
    )
    outputs = {
        "video": Blob(film.data, film.media_type),
        "poster": Blob(poster_of(iterate_frames(chunks[0])), "image/png"),
        "film": Blob(report.model_dump_json().encode(), "application/json"),
    }
    yield Done(outputs, warnings=film.warnings)


def _encoder() -> str:
    """What codes the frames: PyAV's wheel brings FFmpeg and its encoders."""
    try:
        return f"av-{version('av')}"
    except PackageNotFoundError:
        return "pictures"


def _example() -> tuple[Mapping[str, bytes], Params]:
    """Three frames of a square that moves, in two chunks, as pictures: these need no codec."""
    frames = np.full((3, 16, 24, 4), 255, np.uint8)
    for index in range(3):
        frames[index, 4:12, 4 * index : 4 * index + 8, :3] = (200, 60, 40)
    inputs = {"frames0": pack_frames(frames[:2]), "frames1": pack_frames(frames[2:])}
    return inputs, EncodeVideoParams(width=24, height=16, fps=8.0, frame_count=3, codec=Codec.PNG)


SPEC = StageSpec(
    name="encode_video",
    version=2,
    kind="sync",
    resource="cpu",
    accepts={"frames*": "frames"},
    returns={"video": "video", "poster": "picture", "film": "film"},
    params=EncodeVideoParams,
    run=_run,
    example=_example,
    weight=3.0,
    tool=_encoder,
)
