"""A surface around parts becomes a mesh of at most `poly_count` faces, each face of one part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field

from serve.artifacts import TENSORS_MEDIA_TYPE, pack, unpack
from serve.contracts.stage import Blob, Context, Done, Event, Params, StageSpec, Toolbox
from serve.fields.meshing import extract_surface, mesh_parts, segment_surface
from serve.geometry.arrays import mesh_from_arrays, mesh_to_arrays, parts_from_arrays, parts_to_arrays
from serve.stages.assemble import example_parts
from serve.stages.extract_mesh import body_mesh

__all__ = ["SPEC", "SegmentParams", "example_mesh"]

_RESOLUTION, _POLY_COUNT = 24, 400  # of the example


class SegmentParams(Params):
    """How many.

    Args:
        poly_count: Most faces of the mesh.
        resolution: That of the surface: parts that it had to widen are wide here too.
    """

    poly_count: int = Field(ge=100, le=500_000)
    resolution: int = Field(ge=16, le=384)


def _run(
    inputs: Mapping[str, bytes], params: SegmentParams, context: Context, tools: Toolbox
) -> Iterator[Event]:
    del context
    surface = mesh_from_arrays(unpack(inputs["mesh"]))
    shape = parts_from_arrays(unpack(inputs["parts"]))
    tools.check()
    mesh = segment_surface(
        shape,
        surface.vertices,
        surface.faces,
        resolution=params.resolution,
        poly_count=params.poly_count,
    )
    yield Done({"mesh": Blob(pack(mesh_to_arrays(mesh)), TENSORS_MEDIA_TYPE)})


def example_mesh() -> bytes:
    """The example's stool as a packed mesh of at most 400 faces."""
    shape = example_parts()
    return pack(mesh_to_arrays(mesh_parts(shape, resolution=_RESOLUTION, poly_count=_POLY_COUNT)))


def _example() -> tuple[Mapping[str, bytes], Params]:
    shape = example_parts()
    surface = body_mesh(*extract_surface(shape, _RESOLUTION))
    params = SegmentParams(poly_count=_POLY_COUNT, resolution=_RESOLUTION)
    return {"mesh": pack(mesh_to_arrays(surface)), "parts": pack(parts_to_arrays(shape))}, params


SPEC = StageSpec(
    name="segment",
    version=1,
    kind="sync",
    resource="warp",
    accepts={"mesh": "mesh", "parts": "parts"},
    returns={"mesh": "mesh"},
    params=SegmentParams,
    run=_run,
    example=_example,
    weight=0.1,
)
