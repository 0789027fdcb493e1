"""A mesh becomes a picture, or a strip of pictures from all sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from serve.artifacts import unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, Spread, StageSpec, Toolbox
from serve.geometry.arrays import mesh_from_arrays
from serve.geometry.mesh import PartMesh
from serve.render import PictureSettings, encode_png, frame_bounds, render_picture, render_turntable
from serve.stages.segment import example_mesh

__all__ = ["SPEC", "RenderParams"]

_STRIP_WIDTH_PX = 16_384  # what browsers still show
# Rays to the sky for each camera ray: outlines, above all small ones, need more of those than light does.
_AMBIENT_COUNT, _TURNTABLE_AMBIENT_COUNT = 3, 2


class RenderParams(Params):
    """How to take the picture.

    Args:
        size: Width and height of a view, pixels.
        sample_count: Camera rays for each pixel.
        azimuth_deg: Where the camera stands, from the front (+Z) towards +X.
        elevation_deg: How far above the ground it looks down.
        view_count: 1 is a picture; more are a full turn, side by side, at most 16,384 pixels wide.
    """

    size: int = Field(512, ge=16, le=4096)
    sample_count: int = Field(4, ge=1, le=1024)
    azimuth_deg: float = 32.0
    elevation_deg: float = Field(20.0, ge=-89, le=89)
    view_count: int = Field(1, ge=1, le=72)

    @model_validator(mode="after")
    def _fits_a_strip(self) -> RenderParams:
        if self.view_count * self.size > _STRIP_WIDTH_PX:
            raise ValueError(f"{self.view_count} views of {self.size} px are wider than {_STRIP_WIDTH_PX} px")
        return self


def _run(
    inputs: Mapping[str, bytes], params: RenderParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    mesh, take = mesh_from_arrays(unpack(inputs["mesh"])), _turntable if params.view_count > 1 else _picture
    picture = take(mesh, params, tools.spread)
    yield Done({"picture": Blob(encode_png(picture), "image/png")})


def _picture(mesh: PartMesh, params: RenderParams, spread: Spread) -> NDArray[np.uint8]:
    camera = frame_bounds(*mesh.bounds, azimuth_deg=params.azimuth_deg, elevation_deg=params.elevation_deg)
    settings = PictureSettings(
        width=params.size,
        height=params.size,
        sample_count=params.sample_count,
        ambient_sample_count=_AMBIENT_COUNT,
    )
    return render_picture(mesh, camera, settings, spread=spread)


def _turntable(mesh: PartMesh, params: RenderParams, spread: Spread) -> NDArray[np.uint8]:
    settings = PictureSettings(
        width=params.size,
        height=params.size,
        sample_count=params.sample_count,
        ambient_sample_count=_TURNTABLE_AMBIENT_COUNT,
        shared_jitter=True,
    )
    return render_turntable(
        mesh,
        settings,
        params.view_count,
        azimuth_deg=params.azimuth_deg,
        elevation_deg=params.elevation_deg,
        spread=spread,
    )


def _example() -> tuple[Mapping[str, bytes], Params]:
    return {"mesh": example_mesh()}, RenderParams(size=48, sample_count=1)


SPEC = StageSpec(
    name="render",
    version=3,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh"},
    returns={"picture": "picture"},
    params=RenderParams,
    run=_run,
    example=_example,
    weight=0.5,
)
