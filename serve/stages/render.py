"""A mesh becomes a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import unpack
from serve.contracts.errors import GalateaError
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays
from serve.render import PictureSettings, encode_png, frame_bounds, render_picture
from serve.stages.decimate import example_mesh

__all__ = ["SPEC", "RenderParams"]


class RenderParams(Params):
    """How to take the picture.

    Args:
        size: Width and height, pixels.
        sample_count: Camera rays for each pixel.
        azimuth_deg: Where the camera stands, from the front (+Z) towards +X.
        elevation_deg: How far above the ground it looks down.
    """

    size: int = Field(512, ge=16, le=4096)
    sample_count: int = Field(4, ge=1, le=1024)
    azimuth_deg: float = 32.0
    elevation_deg: float = Field(20.0, ge=-89, le=89)


class _Stop:
    """Asks the toolbox between samples and keeps what it answered, for the renderer knows only yes and no."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools
        self.reason: GalateaError | None = None

    def __call__(self) -> bool:
        try:
            self._tools.check()
        except GalateaError as reason:
            self.reason = reason
        return self.reason is not None


def _run(
    inputs: Mapping[str, bytes], params: RenderParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    mesh = mesh_from_arrays(unpack(inputs["mesh"]))
    lower, upper = mesh.bounds
    camera = frame_bounds(lower, upper, azimuth_deg=params.azimuth_deg, elevation_deg=params.elevation_deg)
    settings = PictureSettings(width=params.size, height=params.size, sample_count=params.sample_count)
    stop = _Stop(tools)
    try:
        picture = render_picture(mesh, camera, settings, should_stop=stop)
    except GalateaError as error:
        raise stop.reason or error from None
    yield Done({"picture": Blob(encode_png(picture), "image/png")})


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, RenderParams(size=48, sample_count=1)


SPEC = StageSpec(
    name="render",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"picture": "picture"},
    params=RenderParams,
    run=_run,
    example=_example,
    weight=0.5,
)
