"""A film in small, to look at while the film is being made."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import numpy as np
from PIL import Image
from pydantic import Field

from serve.contracts.quality import Quality
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.contracts.video import MAX_FRAME_COUNT
from serve.stages.aim import example_aimed
from serve.stages.render_frames import FILMED, FilmParams, RenderFramesParams, frames_of

__all__ = ["SPEC", "PeekParams"]

_LONGEST_PX = 160
_MOST_FRAMES = 16


class PeekParams(FilmParams):
    """Of which film.

    Args:
        width: Of the film, pixels; it is shown smaller.
        height: Of the film, pixels.
        frame_count: Frames of the film, of which a few are shown.
    """

    width: int = Field(512, ge=16)
    height: int = Field(512, ge=16)
    frame_count: int = Field(120, ge=1, le=MAX_FRAME_COUNT)


def _run(
    inputs: Mapping[str, bytes], params: PeekParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    tools.check()
    step = -(-params.frame_count // _MOST_FRAMES)
    shrunk = min(1.0, _LONGEST_PX / max(params.width, params.height))
    small = RenderFramesParams(
        fps=params.fps,
        light=params.light,
        rotation_deg=params.rotation_deg,
        intensity=params.intensity,
        background=params.background,
        width=max(16, round(params.width * shrunk)),
        height=max(16, round(params.height * shrunk)),
        quality=Quality.DRAFT,
        sample_count=1,
    )
    frames = frames_of(inputs, small, range(0, params.frame_count, step), tools)
    first, *rest = (Image.fromarray(np.ascontiguousarray(frame)) for frame in frames)
    file = io.BytesIO()
    first.save(
        file, "PNG", save_all=True, append_images=rest, duration=round(1000 * step / params.fps), loop=0
    )
    yield Done({"preview": Blob(file.getvalue(), "image/png")})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return example_aimed(), PeekParams(fps=8.0, width=32, height=32, frame_count=4)


SPEC = StageSpec(
    name="peek",
    version=2,
    kind="sync",
    resource="warp",
    accepts=FILMED,
    returns={"preview": "picture"},
    params=PeekParams,
    run=_run,
    example=_example,
    weight=0.5,
    preview="preview",
)
